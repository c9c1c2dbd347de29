#include "projections/counting/changes.h"

#include "absl/container/flat_hash_set.h"

#include "mlup/common/v1/common.pb.h"

namespace mlup::counting {

Changes::Changes(const FactTable& table, RowId first, RowId end, const std::optional<Day>& known)
    : table_(table) {
  for (RowId row = first; row < end; ++row) {
    if (known && *known < table.WhenOf(row).known) continue;
    touched_.push_back({row, true});
    AddMerges(row);
  }
  FollowAll();
  if (!touched_.empty()) FindRedated();
}

void Changes::FollowAll() {
  absl::flat_hash_set<RowId> reached;
  for (std::size_t i = 0; i < touched_.size(); ++i) {
    for (const FactTable::Reference& reference : EntriesOf(table_.references(), touched_[i].row)) {
      if (reference.target == kNoRow || !reached.insert(reference.target).second) continue;
      touched_.push_back({reference.target, false});
      AddMerges(reference.target);
    }
  }
}

void Changes::AddMerges(RowId row) {
  for (const FactTable::Merge& merge : EntriesOf(table_.merges(), row)) {
    merged_.push_back(table_.IdOf(table_.StreamOf(merge.row)));
  }
}

void Changes::FindRedated() {
  for (const FactTable::Reference& reference : table_.references()) {
    if (reference.refers != event::v1::REFERENCE_CORRECTS) continue;
    const RowId target = reference.target;
    if (target == kNoRow) continue;
    for (const FactTable::Redating& redating : EntriesOf(table_.redatings(), reference.row)) {
      redated_[target].push_back(redating.days);
    }
    if (table_.TypeOf(target) != common::v1::DetailsCorrected::descriptor()) continue;
    // A correction of a correction may state any days for what that one corrects.
    for (const FactTable::Reference& further : EntriesOf(table_.references(), target)) {
      redated_[further.target].push_back(std::nullopt);
    }
  }
}

}  // namespace mlup::counting
