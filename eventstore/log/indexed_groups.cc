#include "eventstore/log/indexed_groups.h"

#include <algorithm>
#include <utility>

#include "eventstore/base/status.h"
#include "eventstore/base/uuid.h"
#include "eventstore/log/keys.h"
#include "eventstore/log/record_view.h"

namespace mlup::log {

bool IndexedGroups::Add(Group group) {
  if (!groups_.empty() && group->first() != Next(groups_.back()->last())) return false;
  const journal::Block& block = group->block();
  std::size_t key = 0;
  for (std::size_t i = 0; i < block.records.size(); ++i) {
    const auto record = ViewRecord(block.records[i]);
    const Position position = {group->first().value + i};
    if (!record.has_value() || record->position != position) return false;
    Run& run = runs_[ToAbsl(record->stream)];
    if (run.positions.empty()) run.first = record->revision;
    run.positions.push_back(position);
    if (run.last() != record->revision) return false;
    events_.emplace(UuidNumber(record->event_id), position);
    if (record->append_first != position) continue;
    if (key == block.keys.size()) return false;
    requests_.emplace(RequestIndexKey(block.keys[key++]), position);
  }
  if (key != block.keys.size()) return false;
  bytes_ += group->bytes();
  groups_.push_back(std::move(group));
  return true;
}

IndexedGroups::Group IndexedGroups::BlockAt(Position position) const {
  const auto found =
      std::lower_bound(groups_.begin(), groups_.end(), position,
                       [](const Group& group, Position wanted) { return group->last() < wanted; });
  return found != groups_.end() && (*found)->Has(position) ? *found : nullptr;
}

const IndexedGroups::Run* IndexedGroups::FindRun(std::string_view stream) const {
  const auto found = runs_.find(ToAbsl(stream));
  return found == runs_.end() ? nullptr : &found->second;
}

Position IndexedGroups::FindRequest(std::string_view index_key) const {
  const auto found = requests_.find(ToAbsl(index_key));
  return found == requests_.end() ? Position{0} : found->second;
}

}  // namespace mlup::log
