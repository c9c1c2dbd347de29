// What waits for somebody, as known at a cut, and what is left of what came in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "eventstore/base/days.h"
#include "eventstore/base/decimal.h"
#include "projections/counting/dashboards.h"
#include "projections/counting/evaluate.h"

namespace mlup::counting {

// One thing to do.
struct OpenItem {
  RowId event = kNoRow;
  // Which source of the worklist found it.
  std::uint32_t source = 0;
  // Of the list that the source's `each` names.
  int element = -1;
  std::optional<Day> due;
};

// The items of a worklist that somebody may be told of: those of events that live and that nothing
// ended. What is due first stands first, what has no day last; then in order of position.
// Pure; any thread.
std::vector<OpenItem> FindOpen(const Worklist& worklist, const World& world, const Within& within);

// The texts of its columns; empty where it has none.
std::vector<std::string> ColumnsOf(const Worklist& worklist, const World& world,
                                   const OpenItem& item);

// What is left of one thing, in the words of its definition.
struct BalanceRow {
  // In the order of the balance's keys.
  std::vector<std::string> keys;
  // All that came in and went out since it was last counted.
  Decimal in, out;
  Decimal left;
  // Something came or went, and nobody knows how much: `left` is not exact.
  bool has_unknown = false;
  // A sum could not be held.
  bool is_too_large = false;
  // Where it was counted: the last possible day of the last count.
  std::optional<Day> counted_on;
  // The last event behind it.
  RowId last = kNoRow;
};

// In order of their keys. Entries act in order of their last possible days, those of one day in
// order of position; a count sets what was there. Pure; any thread.
std::vector<BalanceRow> ComputeBalance(const Balance& balance, const World& world,
                                       const Within& within);

}  // namespace mlup::counting
