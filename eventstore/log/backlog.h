// What is committed and not yet in RocksDB.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/numeric/int128.h"
#include "absl/time/time.h"

#include "eventstore/base/mutex.h"
#include "eventstore/base/types.h"
#include "eventstore/log/indexed_groups.h"

namespace mlup::log {

// Groups from the committer to the writer of RocksDB. Readers find here what they do not find
// there: whoever looks here first and then in RocksDB misses nothing.
//
// Any thread; one adds and one takes.
class Backlog {
 public:
  // The next group, and where the journal stands after it. False when it is not what a committer
  // makes.
  bool Add(IndexedGroups::Group group, const journal::Place& end);

  // The last revision of a stream; 0 when none of its records is here.
  Revision StreamHead(std::string_view stream) const;
  // The records of a stream that are here; empty when there are none.
  IndexedGroups::Run Run(std::string_view stream) const;
  // As of IndexedGroups.
  Position FindRequest(std::string_view index_key) const;
  // Those of these ids that events have.
  std::vector<absl::uint128> TakenIds(const std::vector<absl::uint128>& ids) const;
  IndexedGroups::Group BlockAt(Position position) const;

  // Waits until there are `bytes`, or there is something and `patience` has passed since it came or
  // somebody asked for haste; then takes all there is. It is found here until Drop(). Null once
  // Close() was called and nothing is left.
  std::shared_ptr<const IndexedGroups> Take(std::size_t bytes, absl::Duration patience);
  // What was taken is in RocksDB.
  void Drop();

  // Waits until all up to `position` was dropped, without patience. False once Close() was called
  // with `lost`.
  bool WaitFor(Position position);
  // Waits while there are more than `bytes`.
  bool WaitForRoom(std::size_t bytes);

  // Bytes that were ever added, and dropped. These three take no mutex, for who watches threads
  // that may hold it.
  std::uint64_t added() const { return added_bytes_; }
  std::uint64_t dropped() const { return dropped_bytes_; }
  // Waits until there is something, or Close() was called.
  void AwaitAny() const;

  // No group will be added. With `lost`, what is here never gets into RocksDB, and nobody waits.
  void Close(bool lost);

 private:
  std::size_t BytesLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable Mutex mutex_;
  Condition added_;    // for who takes
  Condition dropped_;  // for who waits
  // What comes in, and what was taken; both may be null.
  std::shared_ptr<IndexedGroups> filling_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<const IndexedGroups> taken_ ABSL_GUARDED_BY(mutex_);
  // The taker sleeps until there is anything at all, or until there is as much as it wants.
  bool waits_for_any_ ABSL_GUARDED_BY(mutex_) = false;
  std::size_t wanted_ ABSL_GUARDED_BY(mutex_) = 0;
  int in_haste_ ABSL_GUARDED_BY(mutex_) = 0;
  std::atomic<std::uint64_t> added_bytes_ = 0;
  std::atomic<std::uint64_t> dropped_bytes_ = 0;
  // How often AwaitAny() had to look again.
  std::atomic<std::uint32_t> changes_ = 0;
  std::atomic<bool> closed_ = false;
  bool lost_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace mlup::log
