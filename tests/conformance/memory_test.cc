// Holds the log in memory to the suite.
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

INSTANTIATE_TEST_SUITE_P(Logs, EventLogSuite,
                         testing::Values(LogFactory{
                             "Memory",
                             [](ManualClock& clock) { return std::make_unique<InMemory>(clock); }}),
                         FactoryName);

}  // namespace
}  // namespace mlup::log
