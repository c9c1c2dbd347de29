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

TEST(ReportTest, WhatIsPublishedStandsUntilItIsRestated) {
  const auto published = [](const std::string& id, const std::string& code) {
    return "report_published { report_id: '" + id + "' report_code: '" + code +
           "' period: '2021-Q1' position: 9 as_known_at: '2021-04-22' }";
  };
  const std::vector<std::string> before = {"report_period_closed { period: '2021-Q1' }",
                                           published("r", "donor")};
  EXPECT_EQ(Given("report/r", before).Refusal(published("s", "donor")), "REPORT_ALREADY_PUBLISHED");
  EXPECT_EQ(Given("report/r", before).Refusal(published("s", "quarterly")), "");
  std::vector<std::string> restated = before;
  restated.emplace_back("report_restated { restates_report_id: 'r' }");
  EXPECT_EQ(Given("report/r", restated).Refusal(published("s", "donor")), "");
  restated.push_back(published("s", "donor"));
  EXPECT_EQ(Given("report/r", restated).Refusal(published("t", "donor")),
            "REPORT_ALREADY_PUBLISHED");
  std::vector<std::string> voided = before;
  voided.emplace_back("entry_voided { voids_event_id: 'e2' }");
  EXPECT_EQ(Given("report/r", voided).Refusal(published("s", "donor")), "");
}

TEST(ReportTest, OnlyAPublishedReportIsRestated) {
  const std::string published = "report_published { report_id: 'r' }";
  EXPECT_EQ(Given("report/r", {published}).Refusal("report_restated { restates_report_id: 'r' }"),
            "");
  EXPECT_EQ(Given("report/r", {published}).Refusal("report_restated { restates_report_id: 's' }"),
            "REPORT_NOT_PUBLISHED");
}

TEST(ReportTest, AStoryNeedsTheConsentOfEverybodyShown) {
  const std::string consent =
      "consent_recorded { person { person_id: 'sok' decision: CONSENT_DECISION_GIVEN "
      "purpose: CONSENT_PURPOSE_PUBLICATION_OF_STORY } }";
  const std::string photo =
      "consent_recorded { person { person_id: 'sok' decision: CONSENT_DECISION_GIVEN "
      "purpose: CONSENT_PURPOSE_PHOTO } }";
  const std::string sok = "shown { person_id: 'sok' consent_event_id: 'e1' } ";
  const std::string dara = "shown { person_id: 'dara' consent_event_id: 'e2' } ";
  EXPECT_EQ(Given("report/r").Refusal("story_published { }"), "") << "nobody is shown";
  EXPECT_EQ(Given("report/r").Refusal("story_published { " + sok + " }"), "CONSENT_MISSING");
  EXPECT_EQ(
      Given("report/r").And("person/sok", {consent}).Refusal("story_published { " + sok + " }"),
      "");
  EXPECT_EQ(Given("report/r").And("person/sok", {photo}).Refusal("story_published { " + sok + " }"),
            "CONSENT_MISSING");
  EXPECT_EQ(Given("report/r")
                .And("person/sok", {consent})
                .Refusal("story_published { " + sok + dara + " }"),
            "CONSENT_MISSING");
}

TEST(ReportTest, AStoryIsNotToldAgainstTheWordOfAChild) {
  const auto refusal = [](const std::string& assent) {
    return Given("report/r")
        .And("person/sok", {"consent_recorded { person { person_id: 'sok' decision: "
                            "CONSENT_DECISION_GIVEN given_by: 'mother' assent: ASSENT_" +
                            assent + " purpose: CONSENT_PURPOSE_PUBLICATION_OF_STORY } }"})
        .Refusal("story_published { shown { person_id: 'sok' consent_event_id: 'e1' } }");
  };
  EXPECT_EQ(refusal("GIVEN"), "");
  EXPECT_EQ(refusal("TOO_YOUNG"), "");
  EXPECT_EQ(refusal("REFUSED"), "ASSENT_REFUSED");
}

}  // namespace
}  // namespace mlup::domain::report_test
