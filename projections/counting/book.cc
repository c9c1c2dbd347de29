#include "projections/counting/book.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"

#include "mlup/network/v1/network_events.pb.h"
#include "projections/counting/suppression.h"

namespace mlup::counting {
namespace {

// First and last day of the events.
std::optional<DayRange> DaysOf(const World& world, const std::vector<RowId>& events) {
  std::optional<DayRange> days;
  for (const RowId event : events) {
    const std::optional<DayRange> occurred = world.Occurred(event);
    if (!occurred) continue;
    if (!days) days = occurred;
    days->first = std::min(days->first, occurred->first);
    days->last = std::max(days->last, occurred->last);
  }
  return days;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Book>> Book::Open(const CountedFacts& facts, const Scope& scope) {
  ASSIGN_OR_RETURN(std::unique_ptr<CountedFacts::Reading> reading, facts.Read(scope.cut.position));
  std::shared_ptr<const World> now = facts.WorldAt(*reading, scope.cut);
  std::unique_ptr<Book> book(new Book(std::move(reading), scope.period, std::move(now)));
  ASSIGN_OR_RETURN(book->known_until_, facts.KnownUntil(scope.cut, book->now_->table()));
  const std::optional<Cut> then = scope.compared ? scope.compared : book->PublishedCut();
  if (then) {
    book->then_ = facts.WorldAt(*book->reading_, *then);
    book->restatement_ = std::make_unique<Restatement>(*book->now_, *book->then_);
  }
  return book;
}

Book::Book(std::unique_ptr<CountedFacts::Reading> reading, const DayRange& period,
           std::shared_ptr<const World> now)
    : reading_(std::move(reading)), period_(period), now_(std::move(now)) {}

std::optional<Cut> Book::PublishedCut() const {
  std::optional<Cut> published;
  const Columns::Own& own = now_->table().columns().own();
  now_->ForEach(network::v1::ReportPublished::descriptor(), [&](RowId row) {
    const auto text = [&](Slot slot) { return now_->Text(now_->Value(row, slot)); };
    if (ParsePeriod(text(own.published_period)) != period_) return;
    Cut cut{{0}, ParseDay(text(own.published_known_at))};
    if (!absl::SimpleAtoi(ToAbsl(text(own.published_position)), &cut.position.value)) return;
    published = cut;
  });
  return published;
}

reports::v1::Row Book::RowOf(const Figures& figures, const CellFigures& cell) const {
  const pb::Indicator& definition = *figures.indicator->definition;
  reports::v1::Row row;
  row.mutable_cell()->set_code(definition.code());
  row.mutable_cell()->set_dimension(cell.dimension);
  row.mutable_cell()->set_member(cell.member);
  row.set_name(definition.name());
  row.set_unit(definition.unit());
  row.set_value(cell.value);
  row.set_why_none(cell.why_none);
  row.set_planned_value(cell.planned_value);
  row.set_and_uncounted(cell.and_uncounted);
  if (cell.dimension.empty()) {
    row.set_headcount(figures.headcount);
    row.set_not_datable(figures.not_datable);
  }
  const std::vector<RowId> evidence = figures.Evidence(cell);
  row.set_evidence_count(static_cast<std::uint32_t>(evidence.size()));
  if (const auto days = DaysOf(*now_, evidence)) {
    row.set_first_day(FormatDay(days->first));
    row.set_last_day(FormatDay(days->last));
  }
  if (IsMeasure(definition.unit())) row.set_people_count(figures.PeopleBehind(cell));
  row.set_definition_version(definition.version());
  row.set_section(definition.section());
  return row;
}

std::vector<reports::v1::Row> Book::Rows(const Figures& figures) const {
  std::vector<reports::v1::Row> rows;
  rows.reserve(figures.cells.size());
  for (const CellFigures& cell : figures.cells) rows.push_back(RowOf(figures, cell));
  if (then_ == nullptr) return rows;
  const Figures then = Evaluate(*figures.indicator, *then_, period_);
  for (std::size_t i = 0; i < rows.size(); ++i) Restate(figures, figures.cells[i], then, rows[i]);
  // What stood in the published report and is not there any more.
  for (const CellFigures& published : then.cells) {
    if (figures.Find(published.dimension, published.member) != nullptr) continue;
    CellFigures gone;
    gone.dimension = published.dimension;
    gone.member = published.member;
    gone.why_none = pb::WHY_NONE_NOTHING_RECORDED;
    rows.push_back(RowOf(figures, gone));
    Restate(figures, gone, then, rows.back());
  }
  return rows;
}

void Book::Restate(const Figures& now, const CellFigures& cell, const Figures& then,
                   reports::v1::Row& row) const {
  const CellFigures* published = then.Find(cell.dimension, cell.member);
  const std::string value = published == nullptr ? "" : published->value;
  // The same number from other events is another figure.
  const bool same_events = published != nullptr && then.Evidence(*published) == now.Evidence(cell);
  if (value == cell.value && same_events) return;
  row.set_restated(true);
  row.set_published_value(value);
  const std::vector<RowId> causes = restatement_->Causes(now, cell, then, published);
  for (const RowId cause : causes) row.add_restated_by(now_->table().row(cause).position.value);
  for (auto& import : restatement_->Imports(causes)) {
    *row.add_restated_imports() = std::move(import);
  }
}

}  // namespace mlup::counting
