// Holds the log in memory to the suite, by itself and behind the window of its latest records.
#include "eventstore/base/mutex.h"
#include "eventstore/base/status.h"
#include "eventstore/bus/tail.h"
#include "eventstore/log/memory_event_log.h"
#include "tests/conformance/event_log_suite.h"

namespace mlup::log {
namespace {

class InMemory final : public LogUnderTest {
 public:
  explicit InMemory(const Clock& clock) : log_(clock) {}
  EventLog& log() override { return log_; }

 private:
  MemoryEventLog log_;
};

// Takes everything new into the window before each read.
class Refreshed final : public LogUnderTest, private EventLog {
 public:
  explicit Refreshed(const Clock& clock) : memory_(clock), tail_(memory_) {}
  EventLog& log() override { return *this; }

 private:
  absl::StatusOr<pb::AppendResponse> Append(const pb::AppendRequest& request) override {
    return tail_.Append(request);
  }
  absl::StatusOr<pb::LookupResponse> Lookup(const pb::LookupRequest& request) override {
    return tail_.Lookup(request);
  }
  absl::StatusOr<pb::ReadStreamResponse> ReadStream(const pb::ReadStreamRequest& request) override {
    return tail_.ReadStream(request);
  }
  absl::StatusOr<pb::ReadAllResponse> ReadAll(const pb::ReadAllRequest& request) override {
    RETURN_IF_ERROR(Refresh());
    return tail_.ReadAll(request);
  }
  absl::StatusOr<StoredPage> ReadStored(const pb::ReadAllRequest& request,
                                        bool with_system) override {
    RETURN_IF_ERROR(Refresh());
    return tail_.ReadStored(request, with_system);
  }
  absl::StatusOr<Position> Head() override { return tail_.Head(); }
  absl::StatusOr<Position> WaitPast(Position position, absl::Duration timeout) override {
    return tail_.WaitPast(position, timeout);
  }

  absl::Status Refresh() {
    MutexLock lock(mutex_);
    ASSIGN_OR_RETURN(const Position head, memory_.Head());
    if (head > seen_) tail_.Refresh(seen_, head);
    seen_ = head;
    return absl::OkStatus();
  }

  MemoryEventLog memory_;
  Tail tail_;
  Mutex mutex_;
  Position seen_ ABSL_GUARDED_BY(mutex_);
};

template <typename Log>
LogFactory FactoryOf(const std::string& name) {
  return {name, [](ManualClock& clock) { return std::make_unique<Log>(clock); }};
}

INSTANTIATE_TEST_SUITE_P(Logs, EventLogSuite,
                         testing::Values(FactoryOf<InMemory>("Memory"),
                                         FactoryOf<Refreshed>("Tail")),
                         FactoryName);

}  // namespace
}  // namespace mlup::log
