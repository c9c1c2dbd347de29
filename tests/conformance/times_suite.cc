// What an EventLog says of when it recorded something.
#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "gmock/gmock.h"

#include "tests/conformance/event_log_suite.h"

namespace mlup::log {
namespace {

using testing::ElementsAre;

TEST_P(EventLogSuite, RecordedAtNeverDecreasesWhenTheClockGoesBack) {
  const absl::Time start = clock_.Now();
  const std::string stream = appends_.Stream();
  for (const int seconds : {0, 60, -3600, 30, 120, 119}) {
    clock_.Set(start + absl::Seconds(seconds));
    ASSERT_TRUE(log().Append(appends_.To(stream)).ok());
  }
  std::vector<std::int64_t> seconds;
  std::vector<std::int64_t> behind;
  const auto page = log().ReadAll({});
  for (const pb::Record& record : page->records()) {
    seconds.push_back(record.recorded_at().seconds() - absl::ToUnixSeconds(start));
    if (!record.has_clock_behind()) continue;
    behind.push_back(record.clock_behind().seconds() - absl::ToUnixSeconds(start));
  }
  EXPECT_THAT(seconds, ElementsAre(0, 60, 60, 60, 120, 120));
  EXPECT_THAT(behind, ElementsAre(-3600, 30));  // a second less is no doubt
}

}  // namespace
}  // namespace mlup::log
