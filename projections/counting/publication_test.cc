// Reports as they are defined, and what is on record of those that were published.
#include "projections/counting/publication.h"

#include "projections/counting/counting_test_log.h"
#include "projections/counting/report_definitions.h"

namespace mlup::counting::publication_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kFile[] = R"(
  indicators { code: "held" version: 1 name: "Held" unit: UNIT_ACTIVITIES section: "A"
    select { event: "mlup.training.v1.ActivityHeld" } dimensions { name: "kind" field: "kind" } }
  indicators { code: "counted" version: 1 name: "Counted" unit: UNIT_HEADCOUNT section: "B"
    select { event: "mlup.training.v1.HeadcountRecorded" sum: "n" } }
  indicators { code: "texts" version: 1 name: "Texts" unit: UNIT_FACTS nature: NATURE_QUALITATIVE section: "C"
    select { event: "mlup.network.v1.ReportNarrativeWritten" } }
  reports { code: "short" version: 1 name: "Short report" name_km: "ខ្លី" periods: PERIOD_KIND_QUARTER
    parts { heading: "Work" sections: "A" dimensions: "kind" narratives: "challenges" }
    parts { heading: "Again" codes: "held" } }
)";

Definitions Defined(const std::string& file = kFile) {
  auto definitions = Definitions::Parse(file);
  EXPECT_TRUE(definitions.ok()) << definitions.status();
  return *std::move(definitions);
}

// Three activities, two texts, and something that the report does not show.
TestLog Quarter() {
  TestLog log;
  log.Add("activity/a", "training.v1.ActivityHeld", "kind: ACTIVITY_KIND_TRAINING", "2021-02-01");
  log.Add("activity/b", "training.v1.ActivityHeld", "kind: ACTIVITY_KIND_MEETING", "2021-02-02");
  log.Add("activity/a", "training.v1.HeadcountRecorded", "n: 12", "2021-02-01");
  for (const char* section : {"CHALLENGES", "PLANS"}) {
    log.Add("report/r", "network.v1.ReportNarrativeWritten",
            absl::StrCat("period: '2021-Q1' section: NARRATIVE_SECTION_", section, " text: '",
                         section, "'"),
            "2021-03-31");
  }
  return log;
}

Cut Everything() { return {{UINT64_MAX}, ParseDay("2021-12-31")}; }

// Publishes the report as it is known now.
Draft Publish(TestLog& log, const Definitions& definitions, const std::string& id) {
  const Counted counted(log, definitions);
  Cut cut = Everything();
  cut.position = log.last().position;
  const auto* report = *NamedReport(definitions, "short");
  auto draft = DraftPublication(counted.facts(), *report, "2021-Q1", cut);
  EXPECT_TRUE(draft.ok()) << draft.status();
  log.Add("report/r", "network.v1.ReportPublished",
          absl::StrCat("report_id: '", id,
                       "' report_code: 'short' period: '2021-Q1' position: ", cut.position.value,
                       " as_known_at: '2021-12-31' figures_digest: '", draft->figures_digest,
                       "' definitions_digest: '", draft->definitions_digest, "'"),
          "2021-04-23");
  return *std::move(draft);
}

std::vector<pb::DigestCheck> Checks(const TestLog& log, const Definitions& definitions) {
  const Counted counted(log, definitions);
  const auto published = FindPublished(counted.facts(), {UINT64_MAX});
  EXPECT_TRUE(published.ok()) << published.status();
  std::vector<pb::DigestCheck> checks;
  for (const auto& one : *published) checks.push_back(*CheckDigest(counted.facts(), one));
  return checks;
}

TEST(ReportDefinitionsTest, APartShowsItsFiguresAndTexts) {
  const Definitions definitions = Defined();
  const auto* report = *NamedReport(definitions, "short");
  EXPECT_THAT(CodesOf(definitions, *report), ElementsAre("held"));
  pb::GetReportResponse answer = Report(Quarter(), definitions);
  Arrange(definitions, *report, answer);
  ASSERT_EQ(answer.parts_size(), 2);
  EXPECT_EQ(answer.report_name_km(), "ខ្លី");
  std::vector<std::string> members;
  for (const auto row : answer.parts(0).rows()) {
    members.push_back(answer.rows(static_cast<int>(row)).cell().member());
  }
  EXPECT_THAT(members, ElementsAre("", "meeting", "training"));
  EXPECT_EQ(answer.parts(1).rows_size(), 1) << "no dimension is named there";
  ASSERT_EQ(answer.parts(0).notes_size(), 1);
  EXPECT_EQ(answer.notes(static_cast<int>(answer.parts(0).notes(0))).text(), "CHALLENGES");
}

TEST(ReportDefinitionsTest, WhatIsNotThereIsSaidWithItsLine) {
  const auto wrong = [](const std::string& part) {
    const auto problems = Definitions::Check(
        absl::StrCat(kFile, "reports { code: 'x' version: 1 name: 'X' ", part, " }"));
    EXPECT_EQ(problems.size(), 1u) << part;
    return problems.empty() ? "" : problems[0].message;
  };
  EXPECT_THAT(wrong(""), HasSubstr("report x: has no parts"));
  EXPECT_THAT(wrong("parts { heading: 'H' }"), HasSubstr("shows nothing"));
  EXPECT_THAT(wrong("parts { codes: 'held' }"), HasSubstr("heading"));
  EXPECT_THAT(wrong("parts { heading: 'H' codes: 'hold' }"), HasSubstr("held"));
  EXPECT_THAT(wrong("parts { heading: 'H' sections: 'Z' }"), HasSubstr("sections"));
  EXPECT_THAT(wrong("parts { heading: 'H' codes: 'held' dimensions: 'x' }"),
              HasSubstr("dimensions"));
  EXPECT_THAT(wrong("parts { heading: 'H' narratives: 'plan' }"), HasSubstr("plans"));
  EXPECT_THAT(Definitions::Check(std::string(kFile) + "reports { code: 'short' version: 1 name: "
                                                      "'S' parts { heading: 'H' context: true } }")
                  .at(0)
                  .message,
              HasSubstr("stands twice"));
}

TEST(ReportDefinitionsTest, AReportIsMadeForItsKindOfPeriod) {
  const Definitions definitions = Defined();
  const auto* report = *NamedReport(definitions, "short");
  EXPECT_TRUE(CheckPeriodKind(*report, *ParsePeriod("2021-Q4"), "period").ok());
  for (const char* other : {"2021", "2021-02", "2021-02-03"}) {
    EXPECT_THAT(CheckPeriodKind(*report, *ParsePeriod(other), "period").ToString(),
                HasSubstr("PERIOD_KIND_WRONG"));
  }
  EXPECT_THAT(NamedReport(definitions, "sort").status().ToString(), HasSubstr("short"));
}

TEST(PublicationTest, WhatWasPublishedIsWhatWasCountedThen) {
  const Definitions definitions = Defined();
  TestLog log = Quarter();
  Publish(log, definitions, "one");
  EXPECT_THAT(Checks(log, definitions), ElementsAre(pb::DIGEST_CHECK_MATCHES));
  // Later entries, corrections and voids change what is known now and not what was known then.
  log.Void("activity/a", "e1");
  log.Add("activity/c", "training.v1.ActivityHeld", "", "2021-03-01");
  EXPECT_THAT(Checks(log, definitions), ElementsAre(pb::DIGEST_CHECK_MATCHES));
}

TEST(PublicationTest, AnotherLogOrADigestThatWasNeverTheirsIsSeen) {
  const Definitions definitions = Defined();
  TestLog one = Quarter();
  const std::string digest = Publish(one, definitions, "one").figures_digest;
  TestLog other;
  other.Add("activity/b", "training.v1.ActivityHeld", "kind: ACTIVITY_KIND_MEETING", "2021-02-02");
  other.Add("activity/a", "training.v1.ActivityHeld", "kind: ACTIVITY_KIND_TRAINING", "2021-02-01");
  other.Add("report/r", "network.v1.ReportPublished",
            absl::StrCat("report_id: 'one' report_code: 'short' period: '2021-Q1' position: 2 "
                         "as_known_at: '2021-12-31' figures_digest: '",
                         digest, "'"),
            "2021-04-23");
  EXPECT_THAT(Checks(other, definitions), ElementsAre(pb::DIGEST_CHECK_DIFFERS))
      << "the same numbers, of other events";
}

TEST(PublicationTest, OtherDefinitionsAreToldApartFromOtherFigures) {
  const Definitions definitions = Defined();
  TestLog log = Quarter();
  Publish(log, definitions, "one");
  std::string file = kFile;
  const std::size_t at = file.find("code: \"held\" version: 1");
  const Definitions newer = Defined(file.replace(at, 23, "code: \"held\" version: 2"));
  EXPECT_THAT(Checks(log, newer), ElementsAre(pb::DIGEST_CHECK_DEFINITIONS_CHANGED));
  log.Add("report/r", "network.v1.ReportPublished",
          "report_id: 'two' report_code: 'short' period: '2021-Q1' position: 1", "2021-04-23");
  EXPECT_THAT(Checks(log, definitions),
              ElementsAre(pb::DIGEST_CHECK_MATCHES, pb::DIGEST_CHECK_UNSPECIFIED));
}

TEST(PublicationTest, ADraftTellsWhatDiffersFromTheOneThatStands) {
  const Definitions definitions = Defined();
  TestLog log = Quarter();
  const auto draft = [&] {
    const Counted counted(log, definitions);
    return *DraftPublication(counted.facts(), **NamedReport(definitions, "short"), "2021-Q1",
                             Everything());
  };
  EXPECT_EQ(draft().closed_on, "");
  log.Add("report/r", "network.v1.ReportPeriodClosed", "period: '2021-Q1'", "2021-04-16");
  EXPECT_EQ(draft().closed_on, "report/r");
  EXPECT_FALSE(draft().standing);
  Publish(log, definitions, "one");
  ASSERT_TRUE(draft().standing);
  EXPECT_THAT(draft().changes, IsEmpty());
  log.Add("activity/a", "training.v1.HeadcountRecorded", "n: 3", "2021-02-02");
  EXPECT_THAT(draft().changes, IsEmpty()) << "that figure does not stand in the report";
  log.Add("activity/c", "training.v1.ActivityHeld", "", "2021-03-01");
  EXPECT_THAT(draft().changes, ElementsAre("held"));
  log.Add("report/r", "network.v1.ReportRestated", "restates_report_id: 'one' changes: 'held'",
          "2021-05-01");
  EXPECT_FALSE(draft().standing);
}

}  // namespace
}  // namespace mlup::counting::publication_test
