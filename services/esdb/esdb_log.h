// Appends and deletions of outside systems, with the semantics that EventStoreDB clients know.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "eventstore/base/clock.h"
#include "eventstore/base/executor.h"
#include "eventstore/base/mutex.h"
#include "eventstore/base/random.h"
#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "eventstore/log/event_log.h"
#include "services/esdb/events.h"
#include "services/esdb/faults.h"
#include "services/esdb/metadata.h"
#include "services/esdb/names.h"

namespace mlup::esdb {

// Writes external streams and their metadata; every other name, and a stream that another
// subscriber began, gets AccessDenied(). Each change is one append to the log that also checks the
// metadata it was decided on, so that no event gets into a stream after its tombstone, and a
// deleted stream comes back with its first new event.
//
// Repetition: an append of the same event ids to the same stream is answered as the first time,
// whatever it expects, unless it expects a revision at which other events stand.
//
// Any thread; calls return when the change is durable. Borrows what it is made of.
class EsdbLog {
 public:
  EsdbLog(log::EventLog& log, const Clock& clock, Random& random)
      : log_(log), clock_(clock), random_(random) {}

  struct Result {
    // Otherwise nothing was written, and the revision is where the stream is.
    bool as_expected = true;
    // The stream's last revision, the client's; none when it holds no event.
    std::optional<std::uint64_t> last_revision;
    // Of the last event that was written; 0 when none was.
    Position position;
  };

  // At most kAppendEventsMax events and kAppendBytesMax. StreamDeleted() after a tombstone, and for
  // a deleted stream that is expected to exist; AppendTooLarge(); errors of EventLog::Append().
  absl::StatusOr<Result> Append(const Author& author, const Name& name, Expected expected,
                                std::vector<log::pb::Event> events);

  // What an append is asked for with.
  struct Order {
    Author author;
    Name name;
    Expected expected;
    std::vector<log::pb::Event> events;
  };
  // As Append(), without waiting for the log: tells `done` once, on this thread, on one of the
  // log's, or, where it has to be tried again, on the executor's. `done` must not block; the
  // executor must live until then.
  using Done = std::function<void(absl::StatusOr<Result>)>;
  void AppendLater(Order order, Executor& executor, const Done& done);

  // Hides all events; the next append goes on with the next revision. StreamDeleted() after a
  // tombstone.
  absl::StatusOr<Result> Delete(const Author& author, const Name& name, const Expected& expected);
  // Hides all events and closes the name for ever.
  absl::StatusOr<Result> Tombstone(const Author& author, const Name& name,
                                   const Expected& expected);

  // What is said about an external stream.
  absl::StatusOr<StreamMetadata> Metadata(const Name& name);

 private:
  // An append on its way.
  struct Draft {
    const Author& author;
    const Name& name;
    Expected expected;
    std::vector<log::pb::Event> events;
    // As loaded for this try.
    StreamMetadata metadata = {};
    // The expectation is ours, made from what was loaded: another one is tried after a mismatch.
    bool retries = false;
    // The stream and the event ids are not enough to tell a repetition.
    bool key_with_expected = false;
  };
  struct Later;

  static absl::Status CheckWritable(const Name& name, const std::vector<log::pb::Event>& events);
  // Makes the append of one try, or says how it ends without one.
  absl::StatusOr<std::optional<Result>> Prepare(Draft& draft, const Expected& asked,
                                                log::pb::AppendRequest& request);
  absl::StatusOr<Result> AppendNothing(const Draft& draft);
  // The append, or how it ends without one.
  absl::StatusOr<std::optional<Result>> Plan(Draft& draft, log::pb::AppendRequest& request);
  absl::StatusOr<std::optional<Result>> PlanComeback(Draft& draft, log::pb::AppendRequest& request);
  std::optional<Result> PlanMetadata(Draft& draft, log::pb::AppendRequest& request);
  // After the log found the stream elsewhere than expected; none: try again.
  absl::StatusOr<std::optional<Result>> AfterMismatch(Draft& draft);
  absl::StatusOr<Result> Close(const Author& author, const Name& name, const Expected& expected,
                               std::string_view type);

  // AccessDenied() where another subscriber began the stream.
  absl::Status CheckOwner(const Author& author, const Name& name);
  void GiveNewIds(std::vector<log::pb::Event>& events);
  // Empty for a stream that nobody has begun.
  absl::StatusOr<std::string> OwnerOf(const Name& name);

  absl::StatusOr<Revision> LastRevision(const std::string& stream);
  // Whether the stream holds exactly these events from `first` on.
  absl::StatusOr<bool> Holds(const std::string& stream, std::uint64_t first,
                             const std::vector<log::pb::Event>& events);

  log::EventLog& log_;
  const Clock& clock_;
  Random& random_;
  Mutex mutex_;
  // By stream; as many as there is room for.
  std::unordered_map<std::string, std::string> owners_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlup::esdb
