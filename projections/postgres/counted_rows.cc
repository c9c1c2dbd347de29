#include "projections/postgres/counted_rows.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "eventstore/base/categories.h"
#include "projections/counting/calendar.h"
#include "projections/counting/enum_words.h"
#include "projections/counting/record_rows.h"
#include "projections/counting/report.h"
#include "projections/counting/suppression.h"
#include "projections/counting/world.h"
#include "projections/postgres/copy_text.h"
#include "projections/postgres/fact_rows.h"
#include "projections/provinces.h"

namespace mlup::postgres {
namespace {

using counting::CountedCell;
using counting::RowId;
using counting::World;
using projections::Fact;
using ReportRow = reports::v1::Row;

// Quarters that are counted, from the last one back: thirty years.
constexpr int kPeriodsMax = 120;

std::string WhyWord(const ReportRow& row) {
  return counting::EnumWord(reports::v1::WhyNone_descriptor(), row.why_none());
}

void AddCellRow(const std::string& period, std::uint64_t ordinal, const ReportRow& row,
                CopyText& rows) {
  rows.Text(period)
      .Text(row.cell().code())
      .Text(row.cell().dimension())
      .Text(row.cell().member())
      .Number(ordinal)
      .TextOrNull(row.value())
      .TextOrNull(WhyWord(row))
      .TextOrNull(row.planned_value())
      .Bool(row.and_uncounted())
      .TextOrNull(row.headcount())
      .Number(row.evidence_count())
      .Number(row.not_datable())
      .Bool(row.restated())
      .TextOrNull(row.published_value())
      .TextOrNull(row.first_day())
      .TextOrNull(row.last_day())
      .Number(row.definition_version());
  rows.EndRow();
}

// What everybody may see of a quarter, and nothing besides.
std::string PublicRows(const std::string& period, const std::vector<CountedCell>& cells) {
  std::vector<ReportRow> shown;
  shown.reserve(cells.size());
  for (const CountedCell& cell : cells) shown.push_back(cell.row);
  counting::KeepTotalsAndParts(shown);
  counting::WithholdSmall(shown);
  CopyText rows;
  for (const ReportRow& row : shown) {
    rows.Text(period)
        .Text(row.cell().code())
        .Text(row.cell().dimension())
        .Text(row.cell().member())
        .TextOrNull(row.value())
        .TextOrNull(WhyWord(row))
        .TextOrNull(row.planned_value())
        .TextOrNull(row.headcount());
    rows.EndRow();
  }
  return rows.Take();
}

void AddEvidenceRows(const std::string& period, const CountedCell& counted,
                     const counting::FactTable& table, CopyText& rows) {
  const reports::v1::Cell& cell = counted.row.cell();
  for (const counting::CellShare& share : counted.shares) {
    if (!table.MannerOf(table.LowerBound(share.position)).is_normal) continue;
    rows.Text(period)
        .Text(cell.code())
        .Text(cell.dimension())
        .Text(cell.member())
        .Number(share.position.value)
        .TextOrNull(share.contributes);
    rows.EndRow();
  }
}

// Nothing of an erased person but the pseudonym.
void AddPersonRow(const World& world, counting::Word id, bool is_erased, CopyText& rows) {
  static const auto& nothing = *new counting::Facets();
  const counting::Word survivor = world.Canonical(id);
  const counting::Facets& facets = is_erased ? nothing : world.FacetsOf(survivor);
  const auto known = [&world](counting::Word word) {
    return word == counting::kNoWord ? counting::kUnknown : world.Text(word);
  };
  rows.Text(world.Text(id))
      .Text(world.Text(survivor))
      .Bool(survivor != id)
      .Text(known(facets.sex))
      .Days(facets.birth)
      .Text(known(facets.disability))
      .Text(known(facets.residence))
      .Bool(is_erased);
  rows.EndRow();
}

}  // namespace

CountedRows::CountedRows(const projections::FactSource& source,
                         const counting::Definitions& definitions)
    : source_(source),
      definitions_(definitions),
      facts_(source, definitions),
      changed_({"mlup.fact_event_changed", "position", "bigint", {"mlup.fact_event_changed"}}),
      persons_({"mlup.dim_person",
                "person_id",
                "text",
                {"mlup.dim_person (person_id, survivor_id, merged, sex, birth_from, birth_to, "
                 "disability, province_code, is_erased)"}}),
      places_({"mlup.dim_place", "province_code", "text", {"mlup.dim_place"}}),
      indicators_({"mlup.dim_indicator", "code", "text", {"mlup.dim_indicator"}}),
      reports_({"mlup.report_period",
                "period",
                "text",
                {"mlup.report_period (period, first_day, last_day)", "mlup.report_cell",
                 "mlup.report_evidence", "mlup_public.figure"}}) {}

absl::Status CountedRows::Write(Connection& connection, Position at,
                                const std::set<std::string>& streams) {
  RETURN_IF_ERROR(
      connection.Query("UPDATE mlup.checkpoint SET counted_position = $1", {absl::StrCat(at.value)})
          .status());
  {
    ASSIGN_OR_RETURN(const auto reading, facts_.Read(at));
    const auto world = facts_.WorldAt(*reading, {.position = at});
    const auto told = facts_.WorldAt(*reading, {.position = at, .normal_only = true});
    ASSIGN_OR_RETURN(const Erased erased, ReadErased(connection, told->words()));
    RETURN_IF_ERROR(WriteChanged(connection, *world, *told, erased));
    RETURN_IF_ERROR(WritePersons(connection, *told, erased));
  }
  RETURN_IF_ERROR(WriteIntervals(connection, streams));
  RETURN_IF_ERROR(WritePlaces(connection));
  RETURN_IF_ERROR(WriteIndicators(connection));
  return WriteReports(connection, at);
}

absl::Status CountedRows::WriteChanged(Connection& connection, const World& world,
                                       const World& told, const Erased& erased) {
  RETURN_IF_ERROR(changed_.Begin(connection));
  for (RowId id = 0; id < world.table().size(); ++id) {
    const bool has_row = world.Knows(id) && world.table().MannerOf(id).is_normal;
    if (!has_row || (world.IsLiving(id) && !told.IsChanged(id))) continue;
    const Position position = world.table().PositionOf(id);
    CopyText rows;
    if (world.IsLiving(id)) {
      ASSIGN_OR_RETURN(Fact fact, source_.Get(position));
      fact = told.Known(id, std::move(fact));
      if (IsPersonStream(fact.stream) &&
          erased.contains(world.table().IdOf(world.table().StreamOf(id)))) {
        fact.event_bytes.clear();
      }
      RETURN_IF_ERROR(AddCorrectedRow(fact, rows));
    } else {
      AddEndedRow(position, rows);
    }
    RETURN_IF_ERROR(changed_.Put(connection, absl::StrCat(position.value), {rows.Take()}));
  }
  return changed_.End(connection);
}

absl::Status CountedRows::WriteIntervals(Connection& connection,
                                         const std::set<std::string>& streams) {
  if (IsFresh()) return connection.Run("SELECT mlup.refresh_intervals(NULL, NULL)");
  if (streams.empty() && changed_.changed().empty()) return absl::OkStatus();
  return connection
      .Query("SELECT mlup.refresh_intervals($1::text[], $2::bigint[])",
             {ArrayText({streams.begin(), streams.end()}), ArrayText(changed_.changed())})
      .status();
}

absl::StatusOr<CountedRows::Erased> CountedRows::ReadErased(Connection& connection,
                                                            const counting::Words& words) {
  ASSIGN_OR_RETURN(const Table rows, connection.Query("SELECT person_id FROM mlup.person_erased"));
  Erased erased;
  for (const auto& row : rows) {
    if (const auto person = words.Find(*row[0])) erased.insert(*person);
  }
  return erased;
}

absl::Status CountedRows::WritePersons(Connection& connection, const World& told,
                                       const Erased& erased) {
  RETURN_IF_ERROR(persons_.Begin(connection));
  const counting::FactTable& table = told.table();
  const std::optional<counting::Word> category = told.words().Find("person");
  // What merges join is one person, who is erased as a whole.
  Erased gone;
  for (const counting::Word person : erased) gone.insert(told.Canonical(person));
  absl::flat_hash_set<counting::StreamId> seen;
  for (RowId id = 0; id < table.size(); ++id) {
    const counting::StreamId stream = table.StreamOf(id);
    if (!told.IsLiving(id) || !seen.insert(stream).second) continue;
    const counting::Word person = table.IdOf(stream);
    if (!category || table.FindStream(*category, person) != stream) continue;
    CopyText rows;
    AddPersonRow(told, person, gone.contains(told.Canonical(person)), rows);
    RETURN_IF_ERROR(persons_.Put(connection, std::string(told.Text(person)), {rows.Take()}));
  }
  return persons_.End(connection);
}

absl::Status CountedRows::WritePlaces(Connection& connection) {
  RETURN_IF_ERROR(places_.Begin(connection));
  std::vector<projections::Province> places(projections::Provinces().begin(),
                                            projections::Provinces().end());
  places.push_back({"unknown", "Unknown", "មិនស្គាល់"});
  places.push_back({"remote", "Remote", "ពីចម្ងាយ"});
  for (const projections::Province& place : places) {
    CopyText rows;
    rows.Text(place.code).Text(place.name_en).Text(place.name_km);
    rows.EndRow();
    RETURN_IF_ERROR(places_.Put(connection, std::string(place.code), {rows.Take()}));
  }
  return places_.End(connection);
}

absl::Status CountedRows::WriteIndicators(Connection& connection) {
  RETURN_IF_ERROR(indicators_.Begin(connection));
  std::uint64_t ordinal = 0;
  for (const counting::Indicator& indicator : definitions_.indicators()) {
    const reports::v1::Indicator& definition = *indicator.definition;
    CopyText rows;
    rows.Text(definition.code())
        .Number(++ordinal)
        .Text(definition.section())
        .Text(definition.name())
        .Text(definition.name_km())
        .Text(counting::EnumWord(reports::v1::Unit_descriptor(), definition.unit()))
        .Text(definition.population())
        .TextOrNull(counting::EnumWord(reports::v1::Nature_descriptor(), definition.nature()))
        .Number(definition.version());
    rows.EndRow();
    RETURN_IF_ERROR(indicators_.Put(connection, definition.code(), {rows.Take()}));
  }
  return indicators_.End(connection);
}

absl::Status CountedRows::WriteReports(Connection& connection, Position at) {
  RETURN_IF_ERROR(reports_.Begin(connection));
  ASSIGN_OR_RETURN(const auto periods, counting::ListPeriods(facts_, at));
  for (int i = 0; i < periods.periods_size() && i < kPeriodsMax; ++i) {
    RETURN_IF_ERROR(WriteReport(connection, periods.periods(i).period(), at));
  }
  RETURN_IF_ERROR(reports_.End(connection));
  return connection
      .Query("UPDATE mlup.report_period SET as_known_position = $1 WHERE as_known_position <> $1",
             {absl::StrCat(at.value)})
      .status();
}

absl::Status CountedRows::WriteReport(Connection& connection, const std::string& period,
                                      Position at) {
  const DayRange days = *ParsePeriod(period);
  ASSIGN_OR_RETURN(const std::vector<CountedCell> cells,
                   counting::ComputeCells(facts_, {days, {.position = at}}));
  ASSIGN_OR_RETURN(const auto reading, facts_.Read(at));
  CopyText period_row, cell_rows, evidence_rows;
  period_row.Text(period).Days(days);
  period_row.EndRow();
  for (std::size_t i = 0; i < cells.size(); ++i) {
    AddCellRow(period, i + 1, cells[i].row, cell_rows);
    AddEvidenceRows(period, cells[i], reading->table(), evidence_rows);
  }
  return reports_.Put(
      connection, period,
      {period_row.Take(), cell_rows.Take(), evidence_rows.Take(), PublicRows(period, cells)});
}

void CountedRows::Committed() {
  for (DerivedTable* table : {&changed_, &persons_, &places_, &indicators_, &reports_}) {
    table->Committed();
  }
}

void CountedRows::Forget() {
  for (DerivedTable* table : {&changed_, &persons_, &places_, &indicators_, &reports_}) {
    table->Forget();
  }
}

}  // namespace mlup::postgres
