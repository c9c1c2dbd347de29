// What facts that came between two cuts can change.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"

#include "eventstore/base/days.h"
#include "projections/counting/fact_table.h"

namespace mlup::counting {

// So many facts are looked at one by one; where more came, everything is counted again.
inline constexpr RowId kChangesMax = 1 << 16;

// The events that are others, or others' doing, by facts that came: these themselves, what they
// void, replace, correct and undo, and what that did in its turn. Says too much rather than too
// little: what a fact touched is touched, also where it has no effect after all.
//
// Immutable: any thread. Borrows the table.
class Changes {
 public:
  struct Touched {
    RowId row;
    // It came, rather than something that acts on it.
    bool came;
  };

  // By the rows from `first` to before `end` that were known before the end of a day, if one is
  // given. At most kChangesMax rows.
  Changes(const FactTable& table, RowId first, RowId end, const std::optional<Day>& known);
  Changes(const Changes&) = delete;
  Changes& operator=(const Changes&) = delete;

  const std::vector<Touched>& touched() const { return touched_; }
  // The records of merges that came, or on which something acts.
  const std::vector<Word>& merged() const { return merged_; }

  // Whether `holds` for days that the event had or has: those first told, or those of a correction;
  // nothing stands for days that may be any.
  template <typename Holds>
  bool AnyDays(const Touched& touched, const Holds& holds) const {
    if (holds(table_.WhenOf(touched.row).Occurred())) return true;
    const auto redated = redated_.find(touched.row);
    if (redated == redated_.end()) return false;
    return std::ranges::any_of(redated->second, holds);
  }

 private:
  void FollowAll();
  void AddMerges(RowId row);
  void FindRedated();

  const FactTable& table_;
  std::vector<Touched> touched_;
  std::vector<Word> merged_;
  absl::flat_hash_map<RowId, std::vector<std::optional<DayRange>>> redated_;
};

}  // namespace mlup::counting
