// Holds the log in memory to the suite, by itself and behind the window of its latest records.
#include "eventstore/base/mutex.h"
#include "eventstore/base/status.h"
#include "eventstore/bus/tail.h"
#include "eventstore/log/forwarding_event_log.h"
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
class Refreshed final : public LogUnderTest {
 public:
  explicit Refreshed(const Clock& clock) : memory_(clock), tail_(memory_), log_(*this) {}
  EventLog& log() override { return log_; }

 private:
  class Log final : public ForwardingEventLog {
   public:
    explicit Log(Refreshed& refreshed)
        : ForwardingEventLog(static_cast<EventLog&>(refreshed.tail_)), refreshed_(refreshed) {}
    absl::StatusOr<pb::ReadAllResponse> ReadAll(const pb::ReadAllRequest& request) override {
      RETURN_IF_ERROR(refreshed_.Refresh());
      return log().ReadAll(request);
    }
    absl::StatusOr<StoredPage> ReadStored(const pb::ReadAllRequest& request,
                                          bool with_system) override {
      RETURN_IF_ERROR(refreshed_.Refresh());
      return log().ReadStored(request, with_system);
    }

   private:
    Refreshed& refreshed_;
  };

  absl::Status Refresh() {
    MutexLock lock(mutex_);
    ASSIGN_OR_RETURN(const Position head, memory_.Head());
    if (head > seen_) tail_.Refresh(seen_, head);
    seen_ = head;
    return absl::OkStatus();
  }

  MemoryEventLog memory_;
  Tail tail_;
  Log log_;
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
