#include "projections/counting/publication.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include <google/protobuf/text_format.h>

#include "eventstore/log/timestamp.h"
#include "eventstore/proof/merkle.h"
#include "mlup/network/v1/network_events.pb.h"
#include "mlup/network/v1/outcome_events.pb.h"
#include "projections/counting/report_definitions.h"

namespace mlup::counting {
namespace {

using network::v1::ReportPeriodClosed;
using network::v1::ReportPublished;
using network::v1::ReportRestated;

std::string HexDigest(std::string_view bytes) {
  const proof::Hash digest = proof::Sha256(bytes);
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

// Visits the living events of a type, in order of position.
template <typename Event, typename Visit>
absl::Status ForEach(const CountedFacts& facts, const World& world, const Visit& visit) {
  std::vector<RowId> rows;
  world.ForEach(Event::descriptor(), [&rows](RowId row) { rows.push_back(row); });
  for (const RowId row : rows) {
    ASSIGN_OR_RETURN(Fact fact, facts.source().Get(world.table().PositionOf(row)));
    fact = world.Known(row, std::move(fact));
    Event event;
    if (event.ParseFromString(fact.event_bytes)) visit(event, fact);
  }
  return absl::OkStatus();
}

pb::PublishedReport PublishedOf(const ReportPublished& event, const Fact& fact) {
  pb::PublishedReport published;
  published.set_report_id(event.report_id());
  published.set_report(event.report_code());
  published.set_period(event.period());
  published.mutable_knowledge()->set_position(event.position());
  published.mutable_knowledge()->set_as_known_at(event.as_known_at());
  published.set_position(fact.position.value);
  *published.mutable_recorded_at() = log::ToTimestamp(fact.recorded_at);
  published.set_actor_id(fact.actor_id);
  published.set_figures_digest(event.figures_digest());
  published.set_definitions_digest(event.definitions_digest());
  published.set_stream(fact.stream);
  return published;
}

absl::StatusOr<std::vector<pb::PublishedReport>> PublishedIn(const CountedFacts& facts,
                                                             const World& world) {
  std::vector<pb::PublishedReport> published;
  RETURN_IF_ERROR(
      ForEach<ReportPublished>(facts, world, [&](const ReportPublished& event, const Fact& fact) {
        published.push_back(PublishedOf(event, fact));
      }));
  std::set<std::string> restated;
  RETURN_IF_ERROR(
      ForEach<ReportRestated>(facts, world, [&](const ReportRestated& event, const Fact&) {
        restated.insert(event.restates_report_id());
      }));
  for (auto& one : published) one.set_restated(restated.contains(one.report_id()));
  return published;
}

// The figures as they are counted at a cut, compared with nothing.
absl::StatusOr<std::string> Count(const CountedFacts& facts, std::string_view report, Scope scope,
                                  const std::vector<std::string>& codes) {
  scope.compared = scope.cut;
  ASSIGN_OR_RETURN(const std::vector<CountedCell> cells, ComputeCells(facts, scope, codes));
  return FiguresDigest(report, scope, cells);
}

}  // namespace

absl::StatusOr<std::vector<pb::PublishedReport>> FindPublished(const CountedFacts& facts,
                                                               Position up_to) {
  ASSIGN_OR_RETURN(const auto reading, facts.Read(up_to));
  return PublishedIn(facts, *facts.WorldAt(*reading, {up_to, std::nullopt}));
}

absl::StatusOr<pb::DigestCheck> CheckDigest(const CountedFacts& facts,
                                            const pb::PublishedReport& published) {
  if (published.figures_digest().empty()) return pb::DIGEST_CHECK_UNSPECIFIED;
  const Definitions& definitions = facts.definitions();
  std::vector<std::string> codes;
  if (!published.report().empty()) {
    const auto report = NamedReport(definitions, published.report());
    if (!report.ok()) return pb::DIGEST_CHECK_DEFINITIONS_CHANGED;
    codes = CodesOf(definitions, **report);
    if (!published.definitions_digest().empty() &&
        DefinitionsDigest(definitions, **report) != published.definitions_digest()) {
      return pb::DIGEST_CHECK_DEFINITIONS_CHANGED;
    }
  }
  const auto period = ParsePeriod(published.period());
  if (!period) return pb::DIGEST_CHECK_DIFFERS;
  ASSIGN_OR_RETURN(const Cut cut, ParseCut(published.knowledge(), {published.position()}, ""));
  ASSIGN_OR_RETURN(const std::string digest,
                   Count(facts, published.report(), {*period, cut}, codes));
  return digest == published.figures_digest() ? pb::DIGEST_CHECK_MATCHES : pb::DIGEST_CHECK_DIFFERS;
}

absl::StatusOr<Draft> DraftPublication(const CountedFacts& facts,
                                       const pb::ReportDefinition& report, std::string_view period,
                                       const Cut& cut) {
  const Definitions& definitions = facts.definitions();
  const std::optional<DayRange> days = ParsePeriod(period);
  if (!days) {
    return FieldError(absl::StatusCode::kInvalidArgument, "PERIOD_INVALID", "period",
                      "must be a quarter `2021-Q1` or a year `2021`");
  }
  Draft draft;
  draft.cut = cut;
  draft.definitions_digest = DefinitionsDigest(definitions, report);
  {
    ASSIGN_OR_RETURN(const auto reading, facts.Read(cut.position));
    const auto world = facts.WorldAt(*reading, {cut.position, std::nullopt});
    RETURN_IF_ERROR(ForEach<ReportPeriodClosed>(
        facts, *world, [&](const ReportPeriodClosed& event, const Fact& fact) {
          if (event.period() == period) draft.closed_on = fact.stream;
        }));
    ASSIGN_OR_RETURN(const auto published, PublishedIn(facts, *world));
    for (const pb::PublishedReport& one : published) {
      if (one.period() != period || one.report() != report.code()) continue;
      draft.standing.reset();
      if (!one.restated()) draft.standing = one;
    }
  }
  const std::vector<std::string> codes = CodesOf(definitions, report);
  ASSIGN_OR_RETURN(draft.figures_digest, Count(facts, report.code(), {*days, cut}, codes));
  if (!draft.standing) return draft;
  Scope since{*days, cut};
  ASSIGN_OR_RETURN(since.compared, ParseCut(draft.standing->knowledge(), cut.position, ""));
  ASSIGN_OR_RETURN(const pb::GetReportResponse changed, ComputeReport(facts, since, codes));
  for (const pb::Row& row : changed.rows()) {
    if (std::ranges::find(draft.changes, row.cell().code()) == draft.changes.end()) {
      draft.changes.push_back(row.cell().code());
    }
  }
  return draft;
}

std::string FiguresDigest(std::string_view report, const Scope& scope,
                          const std::vector<CountedCell>& cells) {
  std::string text =
      absl::StrCat("mlup figures 1\n", ToAbsl(report), "\t", FormatDay(scope.period.first), "\t",
                   FormatDay(scope.period.last), "\t", scope.cut.position.value, "\t",
                   scope.cut.day ? FormatDay(*scope.cut.day) : "", "\n");
  for (const CountedCell& cell : cells) {
    const pb::Row& row = cell.row;
    absl::StrAppend(&text, row.cell().code(), "\t", row.definition_version(), "\t",
                    row.cell().dimension(), "\t", absl::Utf8SafeCEscape(row.cell().member()), "\t",
                    row.value(), "\t", static_cast<int>(row.why_none()), "\t", row.planned_value(),
                    "\t", row.and_uncounted() ? 1 : 0, "\t", row.headcount(), "\t",
                    row.not_datable(), "\t",
                    absl::StrJoin(cell.shares, ",",
                                  [](std::string* out, const CellShare& share) {
                                    absl::StrAppend(out, share.position.value);
                                  }),
                    "\n");
  }
  return HexDigest(text);
}

std::string DefinitionsDigest(const Definitions& definitions, const pb::ReportDefinition& report) {
  std::string text;
  const auto add = [&text](const google::protobuf::Message& definition) {
    std::string one;
    google::protobuf::TextFormat::PrintToString(definition, &one);
    absl::StrAppend(&text, one.size(), "\n", one);
  };
  for (const pb::Join& join : definitions.file().joins()) add(join);
  for (const std::string& code : CodesOf(definitions, report)) {
    add(*definitions.Find(code)->definition);
  }
  add(report);
  return HexDigest(text);
}

}  // namespace mlup::counting
