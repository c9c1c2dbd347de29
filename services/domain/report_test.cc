// The rules of a report: its period is closed, and it says no more than is known today.
#include "services/domain/report.h"

#include "gtest/gtest.h"

#include "services/domain/rule_test.h"

namespace mlup::domain::report_test {
namespace {

std::string Published(const std::string& period, const std::string& day) {
  return "report_published { period: '" + period + "' position: 9 as_known_at: '" + day + "' }";
}

TEST(ReportTest, IsPublishedOnceItsPeriodIsClosedAndAsKnownUpToToday) {
  const std::string closed = "report_period_closed { period: '2021-Q1' }";
  const std::string in_future = "KNOWN_IN_FUTURE at report_published.as_known_at";
  const struct {
    std::vector<std::string> before;
    std::string fact;
    std::string refusal;
  } cases[] = {
      {{closed}, Published("2021-Q1", "2021-04-22"), ""},
      {{closed}, Published("2021-Q1", "2021-04-21"), ""},
      {{closed}, Published("2021-Q2", "2021-04-22"), "PERIOD_NOT_CLOSED"},
      {{}, Published("2021-Q1", "2021-04-22"), "PERIOD_NOT_CLOSED"},
      {{closed, "entry_voided { voids_event_id: 'e1' }"},
       Published("2021-Q1", "2021-04-22"),
       "PERIOD_NOT_CLOSED"},
      {{closed}, Published("2021-Q1", "2021-04-23"), in_future},
      {{closed}, Published("2021-Q1", "soon"), in_future},
  };
  for (const auto& [before, fact, refusal] : cases) {
    EXPECT_EQ(Given("report/r", before).Refusal(fact), refusal)
        << testing::PrintToString(before) << fact;
  }
}

}  // namespace
}  // namespace mlup::domain::report_test
