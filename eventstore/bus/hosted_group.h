// One consumer group at work: its events, consumers and file. For GroupHost only.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "eventstore/base/mutex.h"
#include "eventstore/bus/consumer_group.h"
#include "eventstore/bus/group_file.h"
#include "eventstore/bus/group_host.h"

namespace mlup::log {

// Step() and SaveIfDue() are called by one thread each; the rest by any. Consumers' functions run
// in Step() or in the call that ends the group, never under a lock. Borrows `host`.
class HostedGroup {
 public:
  struct Host {
    GroupHost::Parts parts;
    GroupHost::Options options;
    // Tells the host that there may be something to do.
    std::function<void()> wake;
    std::atomic<std::size_t> consumers = 0;  // of all groups
  };

  HostedGroup(Host& host, StoredGroup stored);

  // Does what is due: timeouts, one page of reading, one round of handing out. Whether there was
  // anything to do.
  bool Step(Position head);
  // When Step() has something to do of its own accord.
  absl::Time NextDue();

  absl::StatusOr<ConsumerId> Connect(ConsumerOptions options);
  void Disconnect(ConsumerId id);
  std::size_t Ack(ConsumerId id, const std::vector<Position>& positions);
  std::size_t Nack(ConsumerId id, const std::vector<Position>& positions, NackAction action,
                   std::string_view reason);
  void Continue(ConsumerId id);

  // Ends all consumers. After this nothing changes any more, and answers are passed over.
  void Close(const absl::Status& why);
  // Takes new settings, and a new beginning if one is given; consumers connect again.
  void Change(const GroupSettings& settings, const std::optional<StoredGroup>& anew);

  std::size_t ReplayParked(const std::vector<Position>& positions, std::size_t limit);
  std::size_t SkipParked(const std::vector<Position>& positions);
  std::vector<ParkedEvent> ListParked(Position after, std::size_t limit) const;
  void Resume();

  GroupDefinition definition() const;
  GroupStatus Status(Position head, Revision last_revision) const;

  // Writes the file if it has changed and the last time is long enough ago; or at once.
  void SaveIfDue(absl::Time now);
  absl::Status Save();
  // Removes the file for good.
  absl::Status Erase();

 private:
  struct Consumer {
    // Shared with the step that uses them while the consumer leaves.
    std::shared_ptr<const ConsumerOptions> options;
    absl::Time connected_at;
    std::uint64_t delivered = 0;
    std::uint64_t answered = 0;
  };
  // Events on their way to one consumer.
  struct Batch {
    ConsumerId consumer;
    std::shared_ptr<const ConsumerOptions> options;
    std::vector<GroupEvent> events;
    std::vector<std::optional<pb::Record>> records;  // those at hand
  };
  // One page of the group's events.
  struct Page {
    std::vector<pb::Record> records = {};
    Position read_to;
    Revision read_to_revision = {};
  };

  // Whether the log is the one that the group knows.
  bool Verified(absl::Time now);
  // Notes why reading fails, and when it is tried again.
  void FailLocked(const absl::Status& status, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // What to read next; nothing when there is no need.
  std::optional<Page> PlanRead(Position head, absl::Time now);
  absl::StatusOr<Page> Read(const Page& from, Position head);
  absl::StatusOr<Page> ReadWholeLog(const Page& from);
  absl::StatusOr<Page> ReadOneStream(const Page& from, Position head);
  // What consumers are chosen by.
  std::uint64_t KeyOfLocked(const pb::Record& record) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool TakePage(absl::StatusOr<Page> page, const Page& from, absl::Time now);
  std::vector<Batch> TakeBatches(absl::Time now);
  void Send(Batch batch);
  absl::StatusOr<std::vector<GroupDelivery>> Fetch(Batch& batch);
  absl::Status Admit(const Batch& batch, std::vector<GroupDelivery>& deliveries);
  void PutBack(const Batch& batch, std::size_t from);
  void EndConsumer(ConsumerId id, const absl::Status& why);
  void CountAnswersLocked(ConsumerId id, std::size_t count, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::vector<std::shared_ptr<const ConsumerOptions>> TakeConsumersLocked()
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::string Path() const;
  std::string ReasonLocked(const GroupStatus& status, absl::Time now) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool DirtyLocked(absl::Time now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Host& host_;

  mutable Mutex mutex_;
  GroupDefinition definition_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<ConsumerGroup> group_ ABSL_GUARDED_BY(mutex_);
  Revision read_to_revision_ ABSL_GUARDED_BY(mutex_);
  std::map<ConsumerId, Consumer> consumers_ ABSL_GUARDED_BY(mutex_);
  // Numbers are never used twice, whatever becomes of the group.
  std::uint64_t last_consumer_ ABSL_GUARDED_BY(mutex_) = 0;
  // Records of events that have not been handed out yet, as far as there is room.
  std::map<Position, pb::Record> at_hand_ ABSL_GUARDED_BY(mutex_);
  std::size_t at_hand_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  // Why reading fails, and when it is tried again.
  std::string failure_ ABSL_GUARDED_BY(mutex_);
  absl::Time retry_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  // Whether the log was found to be the one that the group knows.
  bool verified_ ABSL_GUARDED_BY(mutex_) = false;
  std::uint64_t stored_history_ ABSL_GUARDED_BY(mutex_);
  // When anything last moved: read, handed out, answered.
  absl::Time last_move_ ABSL_GUARDED_BY(mutex_);
  std::uint64_t delivered_ ABSL_GUARDED_BY(mutex_) = 0;
  std::uint64_t answered_ ABSL_GUARDED_BY(mutex_) = 0;
  // Of the machines before the present one, so that versions only grow.
  std::uint64_t changes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::uint64_t saved_version_ ABSL_GUARDED_BY(mutex_) = 0;
  Position saved_read_to_ ABSL_GUARDED_BY(mutex_);
  absl::Time saved_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  std::string save_failure_ ABSL_GUARDED_BY(mutex_);

  // Held while the file is written, so that an older state never follows a newer one.
  Mutex saving_;
  bool erased_ ABSL_GUARDED_BY(saving_) = false;
};

}  // namespace mlup::log
