#include "projections/counting/worklists.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace mlup::counting {
namespace {

// All of a rule that asks for no period.
constexpr DayRange kNoPeriod = {{0}, {0}};

Wanted StillOpen(const Within& within) {
  return {pb::PERIOD_RULE_STILL_OPEN, Outside::kFirst, within};
}

Word ColumnOf(const Select& select, std::size_t column, const World& world, RowId event,
              int element) {
  return select.splits[column].path->Value({world, event, kNoRow, element});
}

// Adds, and says where it cannot.
void AddTo(Decimal& sum, Decimal amount, bool& is_too_large) {
  const absl::StatusOr<Decimal> added = Add(sum, amount);
  if (added.ok()) {
    sum = *added;
  } else {
    is_too_large = true;
  }
}

// One entry of a balance and what it acts on.
struct Movement {
  RowId event;
  std::size_t entry;
  std::vector<Word> keys;
  // Nothing where nobody knows.
  std::optional<Decimal> amount;
};

std::vector<Movement> MovementsOf(const Balance& balance, const World& world,
                                  const Within& within) {
  std::vector<Movement> movements;
  for (std::size_t i = 0; i < balance.entries.size(); ++i) {
    const Select& select = balance.entries[i].selects.front();
    for (const FoundItem& found : FindItems(select, StillOpen(within), world, kNoPeriod)) {
      if (found.timing != Timing::kInside) continue;
      Movement movement{found.item.event, i, {}, std::nullopt};
      for (std::size_t key = 0; key < select.splits.size(); ++key) {
        movement.keys.push_back(
            world.Canonical(ColumnOf(select, key, world, found.item.event, found.item.element)));
      }
      if (found.item.counted) movement.amount = found.item.amount;
      movements.push_back(std::move(movement));
    }
  }
  // What is entered late stands where it happened: a count knows of it.
  std::ranges::stable_sort(movements, {}, [&world](const Movement& one) {
    const auto days = world.Occurred(one.event);
    return std::pair(days ? days->last : world.table().WhenOf(one.event).known, one.event);
  });
  return movements;
}

void Move(const Movement& movement, bool counts, const World& world, BalanceRow& row) {
  row.last = movement.event;
  if (!movement.amount) {
    row.has_unknown = true;
    return;
  }
  if (counts) {
    const auto days = world.Occurred(movement.event);
    row.left = *movement.amount;
    row.in = row.out = {};
    row.has_unknown = row.is_too_large = false;
    row.counted_on = days ? std::optional<Day>(days->last) : std::nullopt;
    return;
  }
  AddTo(row.left, *movement.amount, row.is_too_large);
  if (movement.amount->thousandths < 0) {
    AddTo(row.out, {-movement.amount->thousandths}, row.is_too_large);
  } else {
    AddTo(row.in, *movement.amount, row.is_too_large);
  }
}

}  // namespace

std::vector<OpenItem> FindOpen(const Worklist& worklist, const World& world, const Within& within) {
  std::vector<OpenItem> items;
  for (std::size_t i = 0; i < worklist.sources.size(); ++i) {
    const Select& select = worklist.sources[i].items.selects.front();
    for (const FoundItem& found : FindItems(select, StillOpen(within), world, kNoPeriod)) {
      if (found.timing != Timing::kInside) continue;
      OpenItem item{found.item.event, static_cast<std::uint32_t>(i), found.item.element, {}};
      if (const auto due = worklist.sources[i].due) {
        item.due = ParseDay(world.Text(ColumnOf(select, *due, world, item.event, item.element)));
      }
      items.push_back(item);
    }
  }
  std::ranges::stable_sort(items, {}, [](const OpenItem& item) {
    return std::tuple(!item.due.has_value(), item.due.value_or(Day{0}), item.event, item.element);
  });
  return items;
}

std::vector<std::string> ColumnsOf(const Worklist& worklist, const World& world,
                                   const OpenItem& item) {
  const Worklist::Source& source = worklist.sources[item.source];
  const Select& select = source.items.selects.front();
  std::vector<std::string> texts;
  for (const std::optional<std::size_t> column : source.columns) {
    std::string& text = texts.emplace_back();
    if (column) text = world.Text(ColumnOf(select, *column, world, item.event, item.element));
  }
  return texts;
}

std::vector<BalanceRow> ComputeBalance(const Balance& balance, const World& world,
                                       const Within& within) {
  std::map<std::vector<std::string>, BalanceRow> rows;
  for (const Movement& movement : MovementsOf(balance, world, within)) {
    std::vector<std::string> keys;
    for (const Word key : movement.keys) keys.emplace_back(world.Text(key));
    const bool counts = balance.definition->entries(static_cast<int>(movement.entry)).counts();
    Move(movement, counts, world, rows[std::move(keys)]);
  }
  std::vector<BalanceRow> sorted;
  for (auto& [keys, row] : rows) {
    row.keys = keys;
    sorted.push_back(std::move(row));
  }
  return sorted;
}

}  // namespace mlup::counting
