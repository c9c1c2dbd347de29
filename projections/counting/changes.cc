#include "projections/counting/changes.h"

#include <algorithm>

#include "mlup/common/v1/common.pb.h"

namespace mlup::counting {

Changes::Changes(const FactTable& table, RowId first, RowId end, const std::optional<Day>& known)
    : table_(table) {
  for (RowId row = first; row < end; ++row) {
    if (known && *known < table.when(row).known) continue;
    touched_.push_back({row, true, false});
    for (const FactTable::Merge& merge : EntriesOf(table.merges(), row)) {
      merged_.push_back(table.IdOf(table.row(merge.row).stream));
    }
  }
  FollowAll();
  if (!touched_.empty()) FindRedated();
}

void Changes::FollowAll() {
  // An event that was reached by a longer way is not looked at again.
  absl::flat_hash_map<RowId, bool> reached;
  for (std::size_t i = 0; i < touched_.size(); ++i) {
    const Touched by = touched_[i];
    for (const FactTable::Reference& reference : EntriesOf(table_.references(), by.row)) {
      const RowId target = table_.FindEvent(reference.event);
      if (target == kNoRow) continue;
      const auto [found, is_new] = reached.try_emplace(target, !by.came);
      if (!is_new && (found->second || by.came)) continue;
      found->second = !by.came;
      touched_.push_back({target, false, !by.came});
      for (const FactTable::Merge& merge : EntriesOf(table_.merges(), target)) {
        merged_.push_back(table_.IdOf(table_.row(merge.row).stream));
      }
    }
  }
}

void Changes::FindRedated() {
  for (const FactTable::Reference& reference : table_.references()) {
    if (reference.refers != event::v1::REFERENCE_CORRECTS) continue;
    const RowId target = table_.FindEvent(reference.event);
    if (target == kNoRow) continue;
    for (const FactTable::Redating& redating : EntriesOf(table_.redatings(), reference.row)) {
      redated_[target].push_back(redating.days);
    }
    if (table_.TypeOf(target) != common::v1::DetailsCorrected::descriptor()) continue;
    // A correction of a correction may state any days for what that one corrects.
    for (const FactTable::Reference& further : EntriesOf(table_.references(), target)) {
      redated_[table_.FindEvent(further.event)].push_back(std::nullopt);
    }
  }
}

}  // namespace mlup::counting
