#include "projections/counting/book.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "mlup/network/v1/network_events.pb.h"

namespace mlup::counting {
namespace {

// First and last day of the events.
std::optional<DayRange> DaysOf(const std::vector<const Event*>& events) {
  std::optional<DayRange> days;
  for (const Event* event : events) {
    if (!event->occurred) continue;
    if (!days) days = event->occurred;
    days->first = std::min(days->first, event->occurred->first);
    days->last = std::max(days->last, event->occurred->last);
  }
  return days;
}

std::vector<Position> PositionsOf(const std::vector<const Event*>& events) {
  std::vector<Position> positions;
  positions.reserve(events.size());
  for (const Event* event : events) positions.push_back(event->fact().position);
  return positions;
}

reports::v1::Row RowOf(const Figures& figures, const CellFigures& cell) {
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
  const std::vector<const Event*> evidence = figures.Evidence(cell);
  row.set_evidence_count(static_cast<std::uint32_t>(evidence.size()));
  if (const auto days = DaysOf(evidence)) {
    row.set_first_day(FormatDay(days->first));
    row.set_last_day(FormatDay(days->last));
  }
  row.set_definition_version(definition.version());
  row.set_section(definition.section());
  return row;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Book>> Book::Open(const projections::FactSource& facts,
                                                 const Scope& scope) {
  ASSIGN_OR_RETURN(FactTable table, FactTable::Load(facts, scope.cut.position));
  std::unique_ptr<Book> book(new Book(std::move(table), scope));
  book->FindPublished();
  return book;
}

Book::Book(FactTable table, const Scope& scope)
    : table_(std::move(table)), period_(scope.period), now_(table_, scope.cut) {}

void Book::FindPublished() {
  for (const Event* event : now_.OfType(network::v1::ReportPublished::descriptor())) {
    const auto& report = static_cast<const network::v1::ReportPublished&>(*event->message);
    if (ParsePeriod(report.period()) != period_) continue;
    then_ =
        std::make_unique<World>(table_, Cut{{report.position()}, ParseDay(report.as_known_at())});
  }
  if (then_ != nullptr) restatement_ = std::make_unique<Restatement>(table_, now_, *then_);
}

std::optional<Day> Book::KnownUntil() const {
  if (now_.cut().day) return now_.cut().day;
  if (table_.rows().empty()) return std::nullopt;
  return DayOf(table_.rows().back().fact.recorded_at);
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
  const bool same_events = published != nullptr && PositionsOf(then.Evidence(*published)) ==
                                                       PositionsOf(now.Evidence(cell));
  if (value == cell.value && same_events) return;
  row.set_restated(true);
  row.set_published_value(value);
  const std::vector<Position> causes = restatement_->Causes(now, cell, then, published);
  for (const Position position : causes) row.add_restated_by(position.value);
  for (auto& import : restatement_->Imports(causes)) {
    *row.add_restated_imports() = std::move(import);
  }
}

}  // namespace mlup::counting
