// What somebody should look at.
#include "projections/counting/quality.h"

#include "projections/counting/counting_test_log.h"

namespace mlup::counting::quality_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using reports::v1::QualityKind;

// Asked on the last day of the quarter of which the tests tell.
QualityList Ask(const TestLog& log, QualityQuestion question = {}, const char* definitions = "") {
  question.up_to = {UINT64_MAX};
  question.today = *ParseDay("2021-03-31");
  auto list = FindQuality(Counted(log, *Definitions::Parse(definitions)).facts(), question);
  EXPECT_TRUE(list.ok()) << list.status();
  return *std::move(list);
}

// `position field names` of each finding of what is named and not there.
std::vector<std::string> Findings(const TestLog& log) {
  std::vector<std::string> found;
  for (const auto& finding : Ask(log, {.kinds = {reports::v1::QUALITY_KIND_RECORD_UNKNOWN,
                                                 reports::v1::QUALITY_KIND_KIT_UNKNOWN}})
                                 .findings) {
    found.push_back(absl::StrCat(finding.position(), " ", finding.field(), " ", finding.names()));
  }
  return found;
}

// Positions of the findings of one kind.
std::vector<std::uint64_t> Positions(const TestLog& log, QualityKind kind,
                                     QualityQuestion question = {}) {
  question.kinds = {kind};
  const QualityList list = Ask(log, question);
  std::vector<std::uint64_t> positions;
  for (const auto& finding : list.findings) positions.push_back(finding.position());
  return positions;
}

TEST(QualityTest, NamesEachRecordThatNobodyHasRegistered) {
  TestLog log;
  log.Add("case/c", "cases.v1.CaseOpened", "child { person_id: 'p' } owner_org_id: 'o'",
          "2021-02-01");
  EXPECT_THAT(Findings(log), ElementsAre("1 child.person_id p", "1 owner_org_id o"));
  log.Add("organisation/o", "network.v1.OrganisationRegistered", "names: 'O'", "2021-02-01");
  EXPECT_THAT(Findings(log), ElementsAre("1 child.person_id p")) << "registered since";
  log.Void("case/c", "e1");
  EXPECT_THAT(Findings(log), IsEmpty());
}

TEST(QualityTest, NamesKitsInVersionsThatNoStoreHasDefined) {
  TestLog log;
  log.Add("store/s", "donations.v1.KitDefined", "kit_code: 'pack' version: 1", "2021-02-01");
  for (const int version : {1, 9}) {
    log.Add("distribution/d", "donations.v1.ItemsDistributed",
            absl::StrCat("kit_code: 'pack' kit_version: ", version), "2021-02-01");
  }
  EXPECT_THAT(Findings(log), ElementsAre("3 kit_version pack version 9"));
}

TEST(QualityTest, APublicationNamesWhatItPublishes) {
  TestLog log;
  log.Add("report/r", "network.v1.ReportPublished", "report_id: 'x' period: '2021-Q1'",
          "2021-04-23");
  EXPECT_THAT(Findings(log), IsEmpty());
}

TEST(QualityTest, TellsWhatDoesNotSayWhereOrWhen) {
  TestLog log;
  const auto add = [&log](const std::string& days, const std::string& place) {
    log.Add("activity/a", "training.v1.ActivityHeld", "", days, {.place = place});
  };
  add("2021-02-01", "02");
  add("2021-02-02", "unknown");
  add("2021-03-15..2021-04-02", "remote");
  add("2021-Q1", "02");
  add("unknown", "");
  EXPECT_THAT(Positions(log, reports::v1::QUALITY_KIND_PLACE_UNKNOWN), ElementsAre(2));
  EXPECT_THAT(Positions(log, reports::v1::QUALITY_KIND_NOT_DATABLE), ElementsAre(3, 5));
}

TEST(QualityTest, TellsOfEachPersonWhoseSexIsNotKnownOnce) {
  TestLog log;
  log.Add("person/p", "cases.v1.PersonRegistered", "person { person_id: 'p' }", "2021-02-01");
  log.Add("person/q", "cases.v1.PersonRegistered", "person { person_id: 'q' sex: SEX_FEMALE }",
          "2021-02-01");
  EXPECT_THAT(Positions(log, reports::v1::QUALITY_KIND_SEX_UNKNOWN), ElementsAre(1));
  log.Add("person/p", "cases.v1.PersonsMerged", "survivor { person_id: 'q' }", "2021-02-02");
  EXPECT_THAT(Positions(log, reports::v1::QUALITY_KIND_SEX_UNKNOWN), IsEmpty())
      << "known by the other record";
}

TEST(QualityTest, TellsOfWhatWasRecordedLate) {
  TestLog log;
  log.Add("activity/a", "training.v1.ActivityHeld", "", "2021-02-01", {.known = "2021-03-03"});
  log.Add("activity/b", "training.v1.ActivityHeld", "", "2021-02-01", {.known = "2021-03-04"});
  const QualityList list = Ask(log, {.kinds = {reports::v1::QUALITY_KIND_RECORDED_LATE}});
  ASSERT_EQ(list.findings.size(), 1u);
  EXPECT_EQ(list.findings[0].position(), 2u);
  EXPECT_EQ(list.findings[0].days(), 31u);
}

TEST(QualityTest, TellsOfEventsThatSayTheSame) {
  TestLog log;
  const std::string count = "n: 12";
  log.Add("activity/a", "training.v1.HeadcountRecorded", count, "2021-02-01");
  log.Add("activity/a", "training.v1.HeadcountRecorded", count, "2021-02-01");
  log.Add("activity/a", "training.v1.HeadcountRecorded", count, "2021-02-02");
  log.Add("activity/b", "training.v1.HeadcountRecorded", count, "2021-02-01");
  log.Add("activity/a", "training.v1.HeadcountRecorded", "n: 13", "2021-02-01");
  const QualityList list = Ask(log, {.kinds = {reports::v1::QUALITY_KIND_POSSIBLE_DUPLICATE}});
  ASSERT_EQ(list.findings.size(), 1u);
  EXPECT_EQ(list.findings[0].position(), 2u);
  EXPECT_EQ(list.findings[0].earlier_position(), 1u);
  log.Void("activity/a", "e1");
  EXPECT_THAT(Positions(log, reports::v1::QUALITY_KIND_POSSIBLE_DUPLICATE), IsEmpty());
}

TEST(QualityTest, WhatHasSealedFieldsIsNotComparedByTheOthers) {
  TestLog log;
  for (int i = 0; i < 2; ++i) {
    log.Add("case/c", "cases.v1.NoteRecorded", "", "2021-02-01");
  }
  EXPECT_THAT(Positions(log, reports::v1::QUALITY_KIND_POSSIBLE_DUPLICATE), IsEmpty());
}

TEST(QualityTest, TellsWhereNobodyWasNamed) {
  TestLog log;
  log.Add("activity/a", "training.v1.HeadcountRecorded", "n: 12", "2021-02-01");
  constexpr char kCounts[] = R"(
    indicators { code: "x" version: 1 name: "X" unit: UNIT_UNIQUE_PERSONS entity: ENTITY_PERSON section: "S"
      select { event: "mlup.training.v1.AttendanceRecorded" distinct: "person.person_id" }
      headcount { event: "mlup.training.v1.HeadcountRecorded" sum: "n" } })";
  EXPECT_EQ(Ask(log, {}, kCounts).counts[reports::v1::QUALITY_KIND_HEADCOUNT_ONLY], 1u);
  EXPECT_EQ(Ask(log).counts.count(reports::v1::QUALITY_KIND_HEADCOUNT_ONLY), 0u);
}

TEST(QualityTest, TellsOfDevicesOfWhichNothingCame) {
  TestLog log;
  const auto enrol = [&log](const std::string& device) {
    log.Add("account/a", "identity.v1.DeviceEnrolled", "device: '" + device + "'", "2021-03-01",
            {.known = "2021-03-01"});
  };
  for (const char* device : {"tablet-1", "tablet-2", "tablet-3", "tablet-4"}) enrol(device);
  log.Add("device/d", "sync.v1.ItemsSettled", "account_id: 'a' device: 'tablet-2'", "2021-03-17",
          {.known = "2021-03-17"});
  log.Add("device/e", "sync.v1.ItemsSettled", "account_id: 'a' device: 'tablet-4'", "2021-03-16",
          {.known = "2021-03-16"});
  log.Add("account/a", "identity.v1.DeviceRevoked", "device: 'tablet-3'", "2021-03-18");
  const QualityList list = Ask(log, {.kinds = {reports::v1::QUALITY_KIND_DEVICE_SILENT}});
  ASSERT_EQ(list.findings.size(), 2u);
  EXPECT_EQ(list.findings[0].names(), "tablet-1");
  EXPECT_EQ(list.findings[0].days(), 30u);
  EXPECT_EQ(list.findings[1].names(), "tablet-4");
}

TEST(QualityTest, PagesGoThroughAllOnceAndCountsAreOfThePeriod) {
  TestLog log;
  for (int i = 0; i < 5; ++i) {
    log.Add(absl::StrCat("activity/", i), "training.v1.ActivityHeld", "",
            i < 3 ? "2021-02-01" : "2021-05-01", {.place = "unknown"});
  }
  std::vector<std::uint64_t> seen;
  for (std::size_t offset = 0; offset < 6; offset += 2) {
    const auto page =
        Positions(log, reports::v1::QUALITY_KIND_PLACE_UNKNOWN, {.offset = offset, .size = 2});
    seen.insert(seen.end(), page.begin(), page.end());
  }
  EXPECT_THAT(seen, ElementsAre(1, 2, 3, 4, 5));
  const QualityList quarter = Ask(log, {.period = ParsePeriod("2021-Q1"), .size = 0});
  EXPECT_THAT(quarter.findings, IsEmpty());
  EXPECT_EQ(quarter.counts.at(reports::v1::QUALITY_KIND_PLACE_UNKNOWN), 3u);
}

TEST(QualityTest, TellsNothingOfEventsThatOnlyFewMayKnowOf) {
  TestLog log;
  log.Add("activity/a", "training.v1.ActivityHeld", "", "unknown", {.place = "unknown"});
  log.last().is_normal = false;
  const QualityList list = Ask(log);
  EXPECT_THAT(list.findings, IsEmpty());
  EXPECT_THAT(list.counts, IsEmpty());
}

}  // namespace
}  // namespace mlup::counting::quality_test
