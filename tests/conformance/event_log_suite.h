// The promises of EventLog as one suite; each test program says which logs it holds to them.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "gtest/gtest.h"

#include "eventstore/base/clock.h"
#include "eventstore/log/event_log.h"
#include "eventstore/log/test_appends.h"

namespace mlup::log {

// A log and everything it stands on; destroyed together.
class LogUnderTest {
 public:
  virtual ~LogUnderTest() = default;
  virtual EventLog& log() = 0;
  // The same log in the process that holds it, which alone appends to the log's own streams.
  virtual EventLog& held() { return log(); }
};

struct LogFactory {
  std::string name;
  // Borrows the clock.
  std::function<std::unique_ptr<LogUnderTest>(ManualClock&)> make;
};

class EventLogSuite : public testing::TestWithParam<LogFactory> {
 protected:
  EventLog& log() { return under_test_->log(); }
  EventLog& held() { return under_test_->held(); }

  ManualClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  std::unique_ptr<LogUnderTest> under_test_ = GetParam().make(clock_);
  Appends appends_{1};
};

inline std::string FactoryName(const testing::TestParamInfo<LogFactory>& info) {
  return info.param.name;
}

}  // namespace mlup::log
