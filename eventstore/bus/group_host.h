// Durable consumer groups over one log.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/files.h"
#include "eventstore/base/types.h"
#include "eventstore/bus/consumer_group.h"
#include "eventstore/log/event_log.h"

namespace mlup::log {

// Which events a group is about.
struct GroupTarget {
  // One stream; the whole log when empty.
  std::string stream;
  // Narrows the whole log.
  pb::Filter filter;
  // Whether the log's own events on `system/...` are among them.
  bool include_system = false;
};

// Where a new group begins. What is not set means the first event.
struct GroupStart {
  bool from_end = false;
  // After this position of the log.
  std::optional<Position> after = {};
  // At this revision of the stream or later; only with GroupTarget::stream.
  std::optional<Revision> revision = {};
};

struct GroupSettings {
  GroupRules rules;
  // Consumers at a time, at most kGroupConsumersMax.
  std::size_t consumers_max = kGroupConsumersMax;
  // Kept and given back to whoever made the group; at most kGroupFaceDataMax bytes. A face puts
  // here what only it understands (link resolution, buffer sizes, checkpoint counts).
  std::string face_data;
};

struct GroupDefinition {
  // Printable UTF-8, 1 to kGroupNameMax bytes.
  std::string name;
  // Id of the subscriber it belongs to, or of whoever made it; empty for the operator.
  std::string owner;
  GroupTarget target;
  GroupStart start;
  GroupSettings settings;
};

struct ConsumerStatus {
  std::string name;
  absl::Time connected_at;
  std::size_t credits = 0;
  std::size_t in_flight = 0;
  std::uint64_t delivered = 0;
  std::uint64_t answered = 0;
};

enum class GroupCondition { kLive, kCatchingUp, kStalled };
// `live`, `catching_up` or `stalled`.
std::string_view GroupConditionWord(GroupCondition condition);

// What anybody must be able to see of a group, so that it never stops quietly.
struct GroupStatus {
  GroupDefinition definition;
  GroupCondition condition = GroupCondition::kLive;
  // Why it is stalled, in words for people; empty otherwise.
  std::string reason;
  // Last position of the log.
  Position head;
  // Everything up to here is acknowledged, skipped or parked.
  Position checkpoint;
  // Everything up to here has been read.
  Position read_to;
  // Of a group on one stream: the revisions that belong to checkpoint and read_to, and the last
  // one.
  Revision checkpoint_revision;
  Revision read_to_revision;
  Revision last_revision;
  // head − checkpoint, or last_revision − checkpoint_revision for a group on one stream.
  std::uint64_t lag = 0;
  // When an event was last acknowledged, skipped or parked, as far as this process knows.
  absl::Time last_progress = absl::InfinitePast();
  // When the oldest event that waits for an answer or a retry was first given out; InfiniteFuture
  // when there is none.
  absl::Time oldest_unacked_since = absl::InfiniteFuture();
  Position oldest_unacked;
  std::size_t in_flight = 0;
  std::size_t waiting_for_retry = 0;
  std::size_t parked = 0;
  absl::Time oldest_parked = absl::InfiniteFuture();
  // Since the process began.
  std::uint64_t delivered = 0;
  std::uint64_t answered = 0;
  std::vector<ConsumerStatus> consumers;
};

// An event on its way to a consumer.
struct GroupDelivery {
  pb::Record record;
  // Failed deliveries before this one.
  std::uint32_t tries = 0;
};

struct ConsumerOptions {
  // As people see it in lists; need not be unique.
  std::string name;
  // Events that it may hold unanswered, 1 to kGroupInFlightMax.
  std::size_t credits = 32;

  // Takes a batch of at most 256 events and 2 MiB, never two at a time. Nothing more comes until
  // GroupConsumer::Continue() when it answers false: so a reader that does not read costs one
  // batch. On the host's thread, without locks; must not block. May still run once after
  // Disconnect: it must own what it uses.
  std::function<bool(std::vector<GroupDelivery>)> deliver;

  // Told at most once that nothing more will come: the group was deleted (NOT_FOUND GROUP_DELETED),
  // changed (ABORTED GROUP_CHANGED), or the host closes (UNAVAILABLE SHUTTING_DOWN), or `admit`
  // failed (its status). As `deliver`.
  std::function<void(const absl::Status&)> ended;

  // What this consumer may see of each record, in order; what is left out is passed over as if
  // acknowledged. Everything when empty. On the host's thread. UNAVAILABLE is tried again; any
  // other error ends the consumer and leaves the events to the next one.
  std::function<absl::StatusOr<std::vector<pb::Record>>(std::vector<pb::Record>)> admit;
};

class HostedGroup;

// A connected consumer; disconnects when destroyed. Any thread. Must not outlive the host.
class GroupConsumer {
 public:
  GroupConsumer(std::shared_ptr<HostedGroup> group, ConsumerId id);
  ~GroupConsumer();
  GroupConsumer(const GroupConsumer&) = delete;
  GroupConsumer& operator=(const GroupConsumer&) = delete;

  // Answers for events that were delivered, by position. What was finished meanwhile is passed
  // over; returns how many counted. An answer is durable a save_interval later: what is delivered
  // again after a crash was answered just before it.
  std::size_t Ack(const std::vector<Position>& positions);
  std::size_t Nack(const std::vector<Position>& positions, NackAction action,
                   std::string_view reason);
  // After `deliver` answered false: more may come.
  void Continue();

 private:
  // Shared with the host, which reads for it.
  const std::shared_ptr<HostedGroup> group_;
  const ConsumerId id_;
};

// Owns the groups of one log: reads for them, hands events to their consumers and keeps their state
// in one file each, replaced as a whole at most every 100 ms and when closed. At least once: after
// a crash some acknowledged events are delivered again, never one lost.
//
// Any thread. Owns its threads; borrows what it is made of, which must outlive it. At most
// kGroupsMax groups and kGroupConsumersTotalMax consumers; a group keeps at most
// kGroupCacheBytesMax of events at hand.
class GroupHost {
 public:
  struct Parts {
    EventLog& log;
    Files& files;
    const Clock& clock;
  };
  struct Options {
    // Folder of the state files; made if it does not exist.
    std::string folder;
    absl::Duration save_interval = absl::Milliseconds(100);
    // An event that waits for its answer longer than this makes the group count as stalled.
    absl::Duration stalled_after = absl::Minutes(2);
    // Without threads nothing happens but in RunOnce(), for tests and simulations.
    bool threads = true;
  };

  // DATA_LOSS GROUP_DAMAGED naming the file when one cannot be read: move it away to go on without
  // the group.
  static absl::StatusOr<std::unique_ptr<GroupHost>> Open(const Parts& parts, Options options);

  // Closes.
  ~GroupHost();
  GroupHost(const GroupHost&) = delete;
  GroupHost& operator=(const GroupHost&) = delete;

  // Durable when they return. ALREADY_EXISTS GROUP_EXISTS; NOT_FOUND GROUP_UNKNOWN;
  // INVALID_ARGUMENT with the field; RESOURCE_EXHAUSTED GROUPS_FULL; UNAVAILABLE SHUTTING_DOWN.
  absl::Status Create(const GroupDefinition& definition);
  // New settings; consumers are told to connect again. With `start` the group begins anew there and
  // forgets what it held, parked events too.
  absl::Status Update(std::string_view name, const GroupSettings& settings,
                      const std::optional<GroupStart>& start);
  absl::Status Delete(std::string_view name);

  absl::StatusOr<GroupStatus> Get(std::string_view name);
  // By name. This is what health, metrics and `mlup subscribers` show.
  std::vector<GroupStatus> List();

  // FAILED_PRECONDITION CONSUMERS_FULL; NOT_FOUND GROUP_UNKNOWN; INVALID_ARGUMENT.
  absl::StatusOr<std::unique_ptr<GroupConsumer>> Connect(std::string_view group,
                                                         ConsumerOptions options);

  // Parked events after a position, at most `limit`.
  absl::StatusOr<std::vector<ParkedEvent>> ListParked(std::string_view group, Position after,
                                                      std::size_t limit);
  // Gives out again, or drops for ever, the parked events at `positions` (all when empty), at most
  // `limit` of them (0: no limit). Durable when they return; how many.
  absl::StatusOr<std::size_t> ReplayParked(std::string_view group,
                                           const std::vector<Position>& positions,
                                           std::size_t limit);
  absl::StatusOr<std::size_t> SkipParked(std::string_view group,
                                         const std::vector<Position>& positions);
  // Goes on after a consumer stopped the group (NackAction::kStop). Durable when it returns.
  absl::Status Resume(std::string_view group);

  // Without threads: reads, hands out and saves whatever is due; false when there was nothing to
  // do.
  bool RunOnce();

  // Ends all consumers with UNAVAILABLE SHUTTING_DOWN, saves, and refuses everything after that.
  void Close();

 private:
  struct State;
  explicit GroupHost(std::unique_ptr<State> state);

  const std::unique_ptr<State> state_;
};

}  // namespace mlup::log
