// Periods and days of knowledge.
#include "projections/counting/calendar.h"

#include "projections/counting/counting_test_log.h"

namespace mlup::counting {
namespace {

using testing::ElementsAre;

constexpr char kHeld[] = "training.v1.ActivityHeld";

std::vector<std::string> DaysOf(const TestLog& log, const std::string& period,
                                Position up_to = {UINT64_MAX}) {
  std::vector<std::string> days;
  const auto found =
      ListKnowledgeDays(Counted(log, *Definitions::Parse("")).facts(), *ParsePeriod(period), up_to);
  days.reserve(static_cast<std::size_t>(found->days_size()));
  for (const auto& day : found->days()) days.push_back(absl::StrCat(day.day(), " ", day.events()));
  return days;
}

TEST(CalendarTest, QuartersAreToldWithWhatMayBelongToThemTheLastFirst) {
  TestLog log;
  log.Add("activity/1", kHeld, "", "2021-02-17");
  log.Add("activity/2", kHeld, "", "2021-03-20..2021-04-02");
  log.Add("activity/3", kHeld, "", "unknown");
  log.Add("activity/4", kHeld, "", "2019-12");
  const auto periods = ListPeriods(Counted(log, *Definitions::Parse("")).facts(), {UINT64_MAX});
  std::vector<std::string> told;
  told.reserve(static_cast<std::size_t>(periods->periods_size()));
  for (const auto& period : periods->periods()) {
    told.push_back(absl::StrCat(period.period(), " ", period.events()));
  }
  EXPECT_THAT(told, ElementsAre("2021-Q2 1", "2021-Q1 2", "2019-Q4 1"));
}

TEST(CalendarTest, DaysOfKnowledgeAreThoseThatMayMoveAFigure) {
  TestLog log;
  const std::string id = log.Add("activity/1", kHeld, "", "2021-02-17", {"2021-02-18"});
  log.Add("activity/2", kHeld, "", "2021-03-31..2021-04-01", {"2021-04-03"});
  log.Add("activity/3", kHeld, "", "2020-12-31", {"2021-04-04"});
  log.Add("activity/4", kHeld, "", "unknown", {"2021-04-05"});
  log.Void("activity/1", id, "2021-05-01");
  EXPECT_THAT(DaysOf(log, "2021-Q1"),
              ElementsAre("2021-02-18 1", "2021-04-03 1", "2021-04-05 1", "2021-05-01 1"));
  EXPECT_THAT(DaysOf(log, "2021-Q1", {2}), ElementsAre("2021-02-18 1", "2021-04-03 1"));
}

}  // namespace
}  // namespace mlup::counting
