#include "projections/counting/book.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"

#include "mlup/network/v1/network_events.pb.h"
#include "projections/counting/notes.h"
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
  return std::unique_ptr<Book>(new Book(facts, scope, std::move(reading)));
}

Book::Book(const CountedFacts& facts, const Scope& scope,
           std::unique_ptr<CountedFacts::Reading> reading)
    : facts_(facts),
      scope_(scope),
      reading_(std::move(reading)),
      size_(table().SizeAt(scope.cut.position)) {}

const World& Book::world() {
  if (now_ == nullptr) now_ = facts_.WorldAt(*reading_, scope_.cut);
  return *now_;
}

absl::StatusOr<std::optional<Day>> Book::KnownUntil() const {
  return facts_.KnownUntil(scope_.cut, table());
}

Figures Book::Read(const Indicator& indicator) {
  return Evaluate(indicator, world(), scope_.period);
}

std::optional<Cut> Book::PublishedCut() {
  std::optional<Cut> published;
  const World& now = world();
  const Columns::Own& own = table().columns().own();
  now.ForEach(network::v1::ReportPublished::descriptor(), [&](RowId row) {
    const auto text = [&](Slot slot) { return now.Text(now.Value(row, slot)); };
    if (ParsePeriod(text(own.published_period)) != scope_.period) return;
    Cut cut{{0}, ParseDay(text(own.published_known_at))};
    if (!absl::SimpleAtoi(ToAbsl(text(own.published_position)), &cut.position.value)) return;
    published = cut;
  });
  return published;
}

const std::optional<Cut>& Book::Compared() {
  if (compared_) return *compared_;
  if (scope_.compared) return compared_.emplace(scope_.compared);
  static const Uses& uses =
      *new Uses{{network::v1::ReportPublished::descriptor(), {.anywhere = true}}};
  const KeptCells::Key key = KeyOf(&uses, std::nullopt);
  std::shared_ptr<const Kept> kept = FindKept(key, {uses});
  if (kept == nullptr) {
    auto found = std::make_shared<Kept>();
    found->published = PublishedCut();
    kept = std::move(found);
    facts_.kept().Keep(key, size_, kept);
  }
  compared_.emplace(kept->published);
  // Nothing was published with what is not known yet.
  if (*compared_) (*compared_)->position = std::min((*compared_)->position, scope_.cut.position);
  return *compared_;
}

const Restatement* Book::restatement() {
  // Nothing differs from itself.
  if (!Compared() || *Compared() == scope_.cut) return nullptr;
  if (restatement_ == nullptr) {
    then_ = facts_.WorldAt(*reading_, *Compared());
    restatement_ = std::make_unique<Restatement>(world(), *then_);
  }
  return restatement_.get();
}

KeptCells::Key Book::KeyOf(const void* what, const std::optional<Cut>& compared) const {
  return {what, scope_.period, scope_.cut.day, compared};
}

const Changes* Book::ChangesOf(RowId first, RowId end) {
  if (end - first > kChangesMax) return nullptr;
  std::unique_ptr<const Changes>& changes = changes_[first];
  if (changes == nullptr) {
    changes = std::make_unique<Changes>(table(), first, end, scope_.cut.day);
  }
  return changes.get();
}

std::shared_ptr<const Kept> Book::FindKept(const KeptCells::Key& key, const Basis& basis) {
  return facts_.kept().Find(key, size_, [&](const Kept& kept, RowId first, RowId end) {
    const Changes* changes = ChangesOf(first, end);
    return changes == nullptr || IsTouched(kept, basis, scope_.period, table(), *changes);
  });
}

std::shared_ptr<const Kept> Book::KeptRows(const Indicator& indicator) {
  const KeptCells::Key key = KeyOf(&indicator, Compared());
  if (!scope_.compared) {
    auto kept = FindKept(key, {indicator.uses, &indicator});
    if (kept != nullptr) return kept;
  }
  auto counted = std::make_shared<Kept>();
  {
    const Lookups::Noting noting(counted->lookups);
    const Figures figures = Read(indicator);
    counted->rows = Rows(figures, counted->restated_by_records);
    counted->is_empty = figures.items.empty() && figures.not_datable == 0;
    counted->out_of_period = figures.out_of_period;
  }
  counted->lookups.Close();
  if (!scope_.compared) facts_.kept().Keep(key, size_, counted);
  return counted;
}

absl::StatusOr<std::shared_ptr<const Kept>> Book::KeptNotes() {
  const Uses& uses = facts_.note_uses();
  const KeptCells::Key key = KeyOf(&uses, std::nullopt);
  if (auto kept = FindKept(key, {uses})) return kept;
  auto found = std::make_shared<Kept>();
  {
    const Lookups::Noting noting(found->lookups);
    ASSIGN_OR_RETURN(found->notes, FindNotes(facts_, world(), scope_.period));
  }
  found->lookups.Close();
  facts_.kept().Keep(key, size_, found);
  return std::shared_ptr<const Kept>(std::move(found));
}

reports::v1::Row Book::RowOf(const Figures& figures, const CellFigures& cell) {
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
  if (const auto days = DaysOf(world(), evidence)) {
    row.set_first_day(FormatDay(days->first));
    row.set_last_day(FormatDay(days->last));
  }
  if (IsMeasure(definition.unit())) row.set_people_count(figures.PeopleBehind(cell));
  row.set_definition_version(definition.version());
  row.set_section(definition.section());
  return row;
}

std::vector<reports::v1::Row> Book::Rows(const Figures& figures) {
  bool of_records = false;
  return Rows(figures, of_records);
}

std::vector<reports::v1::Row> Book::Rows(const Figures& figures, bool& of_records) {
  std::vector<reports::v1::Row> rows;
  rows.reserve(figures.cells.size());
  for (const CellFigures& cell : figures.cells) rows.push_back(RowOf(figures, cell));
  if (restatement() == nullptr) return rows;
  const Figures then = Evaluate(*figures.indicator, *then_, scope_.period);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Restate(figures, figures.cells[i], then, rows[i], of_records);
  }
  // What stood in the published report and is not there any more.
  for (const CellFigures& published : then.cells) {
    if (figures.Find(published.dimension, published.member) != nullptr) continue;
    CellFigures gone;
    gone.dimension = published.dimension;
    gone.member = published.member;
    gone.why_none = pb::WHY_NONE_NOTHING_RECORDED;
    rows.push_back(RowOf(figures, gone));
    Restate(figures, gone, then, rows.back(), of_records);
  }
  return rows;
}

void Book::Restate(const Figures& now, const CellFigures& cell, const Figures& then,
                   reports::v1::Row& row, bool& of_records) {
  const CellFigures* published = then.Find(cell.dimension, cell.member);
  const std::string value = published == nullptr ? "" : published->value;
  // The same number from other events is another figure.
  const bool same_events = published != nullptr && then.Evidence(*published) == now.Evidence(cell);
  if (value == cell.value && same_events) return;
  row.set_restated(true);
  row.set_published_value(value);
  const Restatement::Found causes = restatement()->Causes(now, cell, then, published);
  of_records = of_records || causes.of_records;
  for (const RowId cause : causes.events) {
    row.add_restated_by(table().PositionOf(cause).value);
  }
  for (auto& import : restatement()->Imports(causes.events)) {
    *row.add_restated_imports() = std::move(import);
  }
}

}  // namespace mlup::counting
