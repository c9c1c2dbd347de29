#include "projections/counting/report.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "eventstore/base/categories.h"
#include "eventstore/base/nearest.h"
#include "projections/counting/book.h"

namespace mlup::counting {
namespace {

// Names the members that the indicator has, or those of the dimension that was meant.
absl::Status UnknownCell(const Figures& figures, const reports::v1::Cell& cell) {
  std::vector<std::string> names;
  for (const CellFigures& one : figures.cells) {
    if (!one.dimension.empty()) names.push_back(absl::StrCat(one.dimension, "=", one.member));
  }
  constexpr std::size_t kNamesMax = 40;
  const std::string meant = DidYouMean(absl::StrCat(cell.dimension(), "=", cell.member()), names);
  if (names.size() > kNamesMax) names.resize(kNamesMax);
  return FieldError(
      absl::StatusCode::kNotFound, "CELL_UNKNOWN", "cell",
      absl::StrCat("the report has no such row; of this indicator it has ",
                   names.empty() ? "the total only" : absl::StrJoin(names, ", "), meant));
}

// The indicators of these codes in the order of the definitions; all where none is named.
absl::StatusOr<std::vector<const Indicator*>> Choose(const Definitions& definitions,
                                                     const std::vector<std::string>& codes) {
  for (const std::string& code : codes) {
    RETURN_IF_ERROR(definitions.Named(code).status());
  }
  const std::set<std::string> wanted(codes.begin(), codes.end());
  std::vector<const Indicator*> chosen;
  for (const Indicator& indicator : definitions.indicators()) {
    if (wanted.empty() || wanted.contains(indicator.definition->code())) {
      chosen.push_back(&indicator);
    }
  }
  return chosen;
}

// Two days, or one of the periods that have a name; nothing for any other text.
std::optional<DayRange> ParseReportPeriod(std::string_view text) {
  const std::size_t dots = text.find("..");
  if (dots == std::string_view::npos) return ParseDay(text) ? std::nullopt : ParsePeriod(text);
  const auto first = ParseDay(text.substr(0, dots));
  const auto last = ParseDay(text.substr(dots + 2));
  if (!first || !last || *last < *first) return std::nullopt;
  return DayRange{*first, *last};
}

// What each event adds to the value of a cell; events that were not counted add nothing.
std::map<RowId, std::string> Contributions(const Figures& figures, const CellFigures& cell) {
  std::map<RowId, Decimal> shares;
  std::set<Word> ids;
  for (const std::uint32_t index : cell.items) {
    const Item& item = figures.items[index];
    if (!item.counted) continue;
    const Select& select = figures.indicator->selects[item.select];
    Decimal share = select.sum ? item.amount : Decimal{1000};
    if (select.distinct && !ids.insert(item.id).second) share = {};
    Decimal& sum = shares[item.event];
    // One that cannot be held has no share to show.
    sum = Add(sum, share).value_or(Decimal());
  }
  std::map<RowId, std::string> texts;
  for (const auto& [event, share] : shares) texts[event] = FormatDecimal(share);
  return texts;
}

// The events behind a row, each with its share.
std::vector<CellShare> SharesOf(Book& book, const Figures& figures, const CellFigures& cell,
                                const reports::v1::Row& row) {
  // A row without a number, such as the total of goods in different units, has nothing to share in.
  const bool has_number = !row.value().empty() || !row.planned_value().empty();
  std::map<RowId, std::string> texts;
  if (has_number) texts = Contributions(figures, cell);
  std::vector<CellShare> shares;
  for (const RowId event : figures.Evidence(cell)) {
    const auto text = texts.find(event);
    shares.push_back({book.world().table().PositionOf(event),
                      text == texts.end() ? std::string() : text->second});
  }
  return shares;
}

}  // namespace

absl::StatusOr<Scope> ParseScope(const reports::v1::Scope& scope, Position head) {
  const auto period = ParseReportPeriod(scope.period());
  if (!period) {
    return FieldError(absl::StatusCode::kInvalidArgument, "PERIOD_INVALID", "scope.period",
                      "must be a quarter `2021-Q1`, a year `2021`, a month `2021-02` or two days "
                      "`2021-02-20..2021-03-31`, the first not after the last");
  }
  reports::v1::Knowledge knowledge;
  knowledge.set_as_known_at(scope.as_known_at());
  knowledge.set_position(scope.position());
  ASSIGN_OR_RETURN(const Cut cut, ParseCut(knowledge, head, "scope"));
  return Scope{*period, cut};
}

absl::StatusOr<Cut> ParseCut(const reports::v1::Knowledge& knowledge, Position head,
                             std::string_view message) {
  Cut cut{head, std::nullopt};
  if (knowledge.position() != 0) cut.position = std::min(head, Position{knowledge.position()});
  if (knowledge.as_known_at().empty()) return cut;
  cut.day = ParseDay(knowledge.as_known_at());
  if (cut.day) return cut;
  return FieldError(absl::StatusCode::kInvalidArgument, "DAY_INVALID",
                    absl::StrCat(ToAbsl(message), ".as_known_at"), "must be a day `2021-04-22`");
}

absl::StatusOr<reports::v1::GetReportResponse> ComputeReport(
    const CountedFacts& facts, const Scope& scope, const std::vector<std::string>& codes) {
  ASSIGN_OR_RETURN(const auto indicators, Choose(facts.definitions(), codes));
  ASSIGN_OR_RETURN(const std::unique_ptr<Book> book, Book::Open(facts, scope));
  reports::v1::GetReportResponse report;
  report.set_first_day(FormatDay(scope.period.first));
  report.set_last_day(FormatDay(scope.period.last));
  ASSIGN_OR_RETURN(const std::optional<Day> known, book->KnownUntil());
  if (known) report.set_as_known_at(FormatDay(*known));
  report.set_position(scope.cut.position.value);
  for (const Indicator* indicator : indicators) {
    const std::shared_ptr<const Kept> kept = book->KeptRows(*indicator);
    for (const auto& row : kept->rows) {
      if (!scope.compared || row.restated()) *report.add_rows() = row;
    }
  }
  ASSIGN_OR_RETURN(const auto shown, book->KeptNotes());
  *report.mutable_notes() = {shown->notes.begin(), shown->notes.end()};
  return report;
}

absl::StatusOr<CellEvidence> FindEvidence(const CountedFacts& facts, const Scope& scope,
                                          const reports::v1::Cell& cell, const EvidencePage& page) {
  ASSIGN_OR_RETURN(const Indicator* indicator, facts.definitions().Named(cell.code()));
  ASSIGN_OR_RETURN(const std::unique_ptr<Book> book, Book::Open(facts, scope));
  const Figures figures = book->Read(*indicator);
  const CellFigures* found = figures.Find(cell.dimension(), cell.member());
  if (found == nullptr) return UnknownCell(figures, cell);
  const std::vector<reports::v1::Row> rows = book->Rows(figures);
  CellEvidence evidence;
  evidence.row = rows[static_cast<std::size_t>(found - figures.cells.data())];
  const std::vector<CellShare> shares = SharesOf(*book, figures, *found, evidence.row);
  evidence.total = shares.size();
  const std::size_t begin = std::min(page.offset, shares.size());
  const std::size_t end = begin + std::min(page.size, shares.size() - begin);
  for (const CellShare& share : std::span(shares).subspan(begin, end - begin)) {
    ASSIGN_OR_RETURN(Fact fact, facts.source().Get(share.position));
    const RowId event = book->world().table().LowerBound(share.position);
    evidence.events.push_back({book->world().Known(event, std::move(fact)), share.contributes});
  }
  return evidence;
}

absl::Status VisitKnown(const CountedFacts& facts, const Scope& scope, std::string_view category,
                        const projections::FactSource::Visit& visit) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Book> book, Book::Open(facts, scope));
  const World& world = book->world();
  for (RowId row = 0; row < world.table().size(); ++row) {
    if (!world.IsLiving(row)) continue;
    const std::optional<DayRange> days = world.Occurred(row);
    if (!days || !scope.period.Contains(*days)) continue;
    ASSIGN_OR_RETURN(Fact fact, facts.source().Get(world.table().PositionOf(row)));
    if (CategoryOf(fact.stream) != category) continue;
    RETURN_IF_ERROR(visit(world.Known(row, std::move(fact))));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<CountedCell>> ComputeCells(const CountedFacts& facts, const Scope& scope,
                                                      const std::vector<std::string>& codes) {
  ASSIGN_OR_RETURN(const auto indicators, Choose(facts.definitions(), codes));
  ASSIGN_OR_RETURN(const std::unique_ptr<Book> book, Book::Open(facts, scope));
  std::vector<CountedCell> counted;
  for (const Indicator* indicator : indicators) {
    const Figures figures = book->Read(*indicator);
    std::vector<reports::v1::Row> rows = book->Rows(figures);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      CountedCell& cell = counted.emplace_back();
      // Those past the cells are of figures that were published and are gone.
      if (i < figures.cells.size()) {
        cell.shares = SharesOf(*book, figures, figures.cells[i], rows[i]);
      }
      cell.row = std::move(rows[i]);
    }
  }
  return counted;
}

}  // namespace mlup::counting
