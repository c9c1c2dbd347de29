// Commit groups with the index of their records.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/numeric/int128.h"
#include "absl/strings/string_view.h"

#include "eventstore/base/types.h"
#include "eventstore/journal/format.h"
#include "eventstore/log/stored_block.h"

namespace mlup::log {

// Groups that follow each other, each of whole appends, and where their streams, requests and
// events are in them.
//
// One thread, or any number that only look. Owns the groups together with whoever else has them.
class IndexedGroups {
 public:
  using Group = std::shared_ptr<const LoadedBlock>;
  // Positions of a stream's revisions from `first` on.
  struct Run {
    Revision first;
    std::vector<Position> positions;

    Revision last() const { return {first.value + positions.size() - 1}; }
  };

  // The next group. False when it holds what no append makes; it must not be used any more then.
  bool Add(Group group);
  // Where the journal stands after the last group; no place where nobody has told.
  void EndAt(const journal::Place& place) { end_ = place; }
  const journal::Place& end() const { return end_; }

  bool empty() const { return groups_.empty(); }
  const std::vector<Group>& groups() const { return groups_; }
  std::size_t bytes() const { return bytes_; }
  std::size_t appends() const { return requests_.size(); }

  // The group that has the record; null when none.
  Group BlockAt(Position position) const;
  // Null when no record is of this stream.
  const Run* FindRun(std::string_view stream) const;
  // The first position of the append with this key in the index of requests; 0 when there is none.
  Position FindRequest(std::string_view index_key) const;
  // Whether an event's id is this number.
  bool HasEvent(absl::uint128 id) const { return events_.contains(id); }

  // Views into the groups.
  const absl::flat_hash_map<absl::string_view, Run>& runs() const { return runs_; }
  const absl::flat_hash_map<std::string, Position>& requests() const { return requests_; }
  const absl::flat_hash_map<absl::uint128, Position>& events() const { return events_; }

 private:
  std::vector<Group> groups_;
  std::size_t bytes_ = 0;
  journal::Place end_;
  absl::flat_hash_map<absl::string_view, Run> runs_;
  absl::flat_hash_map<std::string, Position> requests_;
  absl::flat_hash_map<absl::uint128, Position> events_;
};

}  // namespace mlup::log
