// What one relay knows, on disk: how far it has read, and what it has not delivered.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "eventstore/base/files.h"
#include "eventstore/base/types.h"
#include "mlup/relay/v1/relay_state.pb.h"
#include "services/relay/delivery_queue.h"

namespace mlup::relay {

// How many bytes at the end of a file `state`, which stands at `path`, are no whole steps: what was
// being written when it was cut off, or damaged. DATA_LOSS RELAY_STATE_DAMAGED where there is no
// whole step at all.
absl::StatusOr<std::size_t> CheckRelayState(const std::string& path, std::string_view content);

// A DeliveryQueue that survives. An event is in it before the position moves past the event, and
// leaves it after it was delivered: whatever is cut off, and wherever, it is delivered at least
// once and in the order of its stream.
//
// File `state`: `mlupRLY1`, then steps (mlup.relay.v1.StateStep), each with its length (4 bytes,
// big-endian) and its BLAKE2b (16 bytes) before it. It is read up to the first step that is not
// whole; the rest was not promised to anybody. Rewritten as one step at open and after
// kRelayStateBytesMax.
//
// One thread. Owns its folder, which no other process may use, and borrows `files`.
class RelayState {
 public:
  // A folder without a state begins after `begin_after`. FAILED_PRECONDITION FILE_LOCKED; DATA_LOSS
  // RELAY_STATE_DAMAGED.
  static absl::StatusOr<std::unique_ptr<RelayState>> Open(Files& files, const std::string& folder,
                                                          Position begin_after,
                                                          DeliveryQueue::Options options);

  Position position() const { return position_; }
  std::uint64_t history() const { return history_; }
  const DeliveryQueue& queue() const { return queue_; }

  // What stands at one position.
  using Entry = std::pair<Position, std::string>;

  // All up to `position` was read; `entries` of it are to be delivered. Nothing changes on an
  // error.
  absl::Status Read(Position position, std::uint64_t history, const std::vector<Entry>& entries);

  // As DeliveryQueue. What of these cannot be written is written with the next step: meanwhile an
  // end of the process only means that an event is delivered again.
  std::optional<Position> Begin(absl::Time now) { return queue_.Begin(now); }
  void Postpone(Position position, absl::Time until) { queue_.Postpone(position, until); }
  void Finish(Position position);
  void Delivered(Position position, absl::Time at);
  // Whether it is dead now.
  bool Fail(Position position, const Failure& failure);
  void SetAside(Position position, const Failure& failure);

  // What was written so far survives a power cut too; so much less is delivered again.
  absl::Status Sync();

  // By a person; durable when they return OK.
  // The number of dead letters that are tried again; all when `event_ids` is empty.
  absl::StatusOr<std::uint32_t> Revive(const std::vector<std::string>& event_ids);
  // NOT_FOUND LETTER_UNKNOWN.
  absl::Status Skip(std::string_view event_id, const v1::Skip& skip);
  // Nothing may be in flight. OUT_OF_RANGE POSITION_AHEAD.
  absl::Status Rewind(Position position);

  // The last ones that were skipped, oldest first.
  const std::deque<v1::Letter>& skipped() const { return skipped_; }

 private:
  RelayState(Files& files, const std::string& folder, DeliveryQueue::Options options);

  absl::Status Load(Position begin_after);
  void Restore(const std::string& content);
  absl::Status Append(const v1::StateStep& step, bool durable);
  absl::Status Rewrite();
  void Remember(const v1::Letter& letter);

  Files& files_;
  const std::string path_;
  std::unique_ptr<FileLock> lock_;
  std::unique_ptr<File> file_;
  std::uint64_t size_ = 0;
  std::uint64_t rewritten_size_ = 0;
  bool unsynced_ = false;
  // A step is not in the file, or not as a whole.
  bool incomplete_ = true;

  Position position_;
  std::uint64_t history_ = 0;
  DeliveryQueue queue_;
  std::deque<v1::Letter> skipped_;
};

}  // namespace mlup::relay
