// The world as known at a cut: section 1 of the rules.
#include "projections/counting/counting_test_log.h"

namespace mlup::counting::world_test {
namespace {

using ::testing::ElementsAre;

constexpr char kClosures[] = R"(unit: UNIT_CLOSURES select { event: "mlup.cases.v1.CaseClosed" }
    dimensions { name: "reason" field: "reason" } dimensions { name: "province" field: "@province" })";
constexpr char kClosed[] = "child { person_id: 'p1' } reason: CLOSE_REASON_GOALS_MET";
constexpr char kHeadcount[] =
    R"(unit: UNIT_HEADCOUNT select { event: "mlup.training.v1.HeadcountRecorded" sum: "n" })";
constexpr char kGoods[] = R"(unit: UNIT_ITEMS
    select { event: "mlup.donations.v1.ItemsDistributed" each: "lines" sum: "lines.quantity" }
    dimensions { name: "item" field: "lines.item_code" with_field: "lines.unit" })";
constexpr char kOpened[] = R"(unit: UNIT_UNIQUE_PERSONS entity: ENTITY_PERSON
    select { event: "mlup.cases.v1.CaseOpened" distinct: "child.person_id" }
    dimensions { name: "sex" field: "@person.sex" }
    dimensions { name: "residence" field: "@person.residence_province_code" }
    dimensions { name: "disability" field: "@person.disability" })";

void Open(TestLog& log, const std::string& person) {
  log.Add("case/of-" + person, "cases.v1.CaseOpened",
          "case_type: CASE_TYPE_KINSHIP_SUPPORT child { person_id: '" + person + "' }",
          "2021-02-05");
}

std::string Register(TestLog& log, const std::string& person, const std::string& facets) {
  return log.Add("person/" + person, "cases.v1.PersonRegistered",
                 "person { person_id: '" + person + "' " + facets + " }", "2021-01-02");
}

std::string Merge(TestLog& log, const std::string& ended, const std::string& survivor) {
  return log.Add("person/" + ended, "cases.v1.PersonsMerged",
                 "person { person_id: '" + ended + "' } survivor { person_id: '" + survivor + "' }",
                 "2021-01-03");
}

TEST(CutTest, HoldsWhatWasKnownBeforeTheEndOfItsDay) {
  TestLog log;
  log.Add("case/c1", "cases.v1.CaseClosed", kClosed, "2021-02-17", {"2021-02-18"});
  log.last().known_at = StartOf(*ParseDay("2021-02-19")) - absl::Microseconds(1);
  log.Add("case/c2", "cases.v1.CaseClosed", kClosed, "2021-02-17", {"2021-02-19"});
  log.last().known_at = StartOf(*ParseDay("2021-02-19"));
  const auto x = Define(kClosures);
  EXPECT_EQ(ValueOf(log, x, At("2021-Q1", "2021-02-18")), "1");
  EXPECT_EQ(ValueOf(log, x, At("2021-Q1", "2021-02-19")), "2");
  EXPECT_EQ(ValueOf(log, x, At("2021-Q1")), "2");
  EXPECT_EQ(ValueOf(log, x, {*ParsePeriod("2021-Q1"), {{1}, std::nullopt}}), "1");
}

TEST(CutTest, NormalOnlyIsAsIfWhatFewMaySeeHadNeverBeenRecorded) {
  TestLog log;
  const std::string first = Register(log, "p1", "sex: SEX_FEMALE residence_province_code: '02'");
  Register(log, "p2", "sex: SEX_MALE");
  const auto for_few = [&log] { log.last().is_normal = false; };
  Register(log, "p3", "sex: SEX_MALE"), for_few();
  log.Add("person/p1", "cases.v1.ResidenceChanged",
          "person { person_id: 'p1' residence_province_code: '12' }", "2021-02-01");
  for_few();
  log.Correct("person/p1", first, R"(changes { field: "person.sex" new_value: '"SEX_MALE"' })");
  for_few();
  Merge(log, "p2", "p1"), for_few();
  const auto x = Define(kOpened);
  const Counted counted(log, x);
  const auto reading = *counted.facts().Read({6});
  const auto told = [&](bool normal_only) {
    const auto world =
        counted.facts().WorldAt(*reading, {.position = {6}, .normal_only = normal_only});
    const Word one = *world->words().Find("p1");
    const Facets& facets = world->FacetsOf(one);
    return absl::StrCat(ToAbsl(world->Text(facets.sex)), " ", ToAbsl(world->Text(facets.residence)),
                        " ",
                        world->Canonical(*world->words().Find("p2")) == one ? "joined" : "apart",
                        " ", world->IsLiving(2) ? "3 there" : "3 not there");
  };
  EXPECT_EQ(told(false), "male 12 joined 3 there");
  EXPECT_EQ(told(true), "female 02 apart 3 not there");
}

TEST(VoidTest, TakesAnEventOutFromItsRecordingOn) {
  TestLog log;
  const auto closed = log.Add("case/c1", "cases.v1.CaseClosed", kClosed, "2021-02-17");
  log.Void("case/c1", closed, "2021-04-12");
  const auto x = Define(kClosures);
  EXPECT_EQ(ValueOf(log, x, At("2021-Q1", "2021-04-11")), "1");
  EXPECT_EQ(ValueOf(log, x, At("2021-Q1", "2021-04-12")), "WHY_NONE_NOTHING_RECORDED");
}

TEST(VoidTest, ActsOnItsOwnStreamOnlyWhateverIdsAuthorsChoose) {
  TestLog log;
  const auto closed = log.Add("case/c1", "cases.v1.CaseClosed", kClosed, "2021-02-17");
  log.Add("case/c2", "cases.v1.CaseClosed", kClosed, "2021-02-18");
  log.last().event_id = closed;
  log.Void("case/c2", closed);
  EXPECT_EQ(ValueOf(log, Define(kClosures), At("2021-Q1")), "1");
  log.Void("case/c1", closed);
  EXPECT_EQ(ValueOf(log, Define(kClosures), At("2021-Q1")), "WHY_NONE_NOTHING_RECORDED");
}

TEST(VoidTest, OfAVoidBringsTheEventBack) {
  TestLog log;
  const auto closed = log.Add("case/c1", "cases.v1.CaseClosed", kClosed, "2021-02-17");
  const auto first = log.Void("case/c1", closed, "2021-04-01");
  const auto second = log.Void("case/c1", first, "2021-04-02");
  log.Void("case/c1", second, "2021-04-03");
  const auto x = Define(kClosures);
  EXPECT_EQ(ValueOf(log, x, At("2021-Q1", "2021-04-01")), "WHY_NONE_NOTHING_RECORDED");
  EXPECT_EQ(ValueOf(log, x, At("2021-Q1", "2021-04-02")), "1");
  EXPECT_EQ(ValueOf(log, x, At("2021-Q1", "2021-04-03")), "WHY_NONE_NOTHING_RECORDED");
}

TEST(ReplacementTest, OnlyTheLastHeadcountOfAChainCounts) {
  TestLog log;
  const std::string type = "training.v1.HeadcountRecorded";
  const auto first = log.Add("activity/a1", type, "n: 10", "2021-02-03");
  const auto second =
      log.Add("activity/a1", type, "n: 20 replaces_event_id: '" + first + "'", "2021-02-03");
  const auto third =
      log.Add("activity/a1", type, "n: 30 replaces_event_id: '" + second + "'", "2021-02-03");
  const auto x = Define(kHeadcount);
  EXPECT_EQ(ValueOf(log, x), "30");
  log.Void("activity/a1", third);
  EXPECT_EQ(ValueOf(log, x), "20");
}

TEST(CorrectionTest, ChangesAQuantityAndMovesOnlyThatGood) {
  TestLog log;
  const auto given = log.Add("distribution/d1", "donations.v1.ItemsDistributed",
                             "lines { item_code: 'rice' quantity: '25' unit: 'kg' } lines { "
                             "item_code: 'oil' quantity: '1.5' unit: 'l' }",
                             "2021-02-21");
  log.Correct("distribution/d1", given,
              R"(changes { field: "lines[0].quantity" old_value: '"25"' new_value: '"23"' })",
              "2021-04-05");
  const auto x = Define(kGoods);
  EXPECT_THAT(Parts(log, x, "item", At("2021-Q1", "2021-04-04")),
              ElementsAre("oil l=1.5", "rice kg=25"));
  EXPECT_THAT(Parts(log, x, "item"), ElementsAre("oil l=1.5", "rice kg=23"));
}

TEST(CorrectionTest, MovesAnEventToAnotherDayAndPlaceUnlessItIsVoided) {
  TestLog log;
  const auto closed =
      log.Add("case/c1", "cases.v1.CaseClosed", kClosed, "2021-02-17", {"", "0203"});
  const auto correction = log.Correct("case/c1", closed,
                                      "occurred { precision: PRECISION_MONTH from: '2021-04' to: "
                                      "'2021-04' } place: '12'");
  const auto x = Define(kClosures);
  EXPECT_EQ(ValueOf(log, x), "WHY_NONE_OUT_OF_PERIOD");
  EXPECT_THAT(Parts(log, x, "province", At("2021-Q2")), ElementsAre("12=1"));
  log.Void("case/c1", correction);
  EXPECT_THAT(Parts(log, x, "province"), ElementsAre("02=1"));
}

TEST(CorrectionTest, LaterOnesGoOnFromEarlierOnesAndReachPersonsParts) {
  TestLog log;
  Open(log, "p1");
  const auto registered = Register(log, "p1", "sex: SEX_FEMALE");
  log.Correct(
      "person/p1", registered,
      R"(persons { person_id: 'p1' changes { field: "person.sex" new_value: '"SEX_OTHER"' } })");
  log.Correct(
      "person/p1", registered,
      R"(persons { person_id: 'p1' changes { field: "person.sex" new_value: '"SEX_MALE"' } })");
  EXPECT_THAT(Parts(log, Define(kOpened), "sex"), ElementsAre("male=1"));
}

TEST(MergeTest, CountsMergedPersonsOnceAndUnmergedOnesTwiceAgain) {
  TestLog log;
  Open(log, "p1");
  Open(log, "p2");
  const auto x = Define(kOpened);
  EXPECT_EQ(ValueOf(log, x), "2");
  const auto merge = Merge(log, "p2", "p1");
  EXPECT_EQ(ValueOf(log, x), "1");
  log.Add("person/p2", "cases.v1.PersonsUnmerged",
          "person { person_id: 'p2' } merge_event_id: '" + merge + "'", "2021-01-03");
  EXPECT_EQ(ValueOf(log, x), "2");
}

TEST(MergeTest, FollowsChainsAndDropsVoidedMerges) {
  TestLog log;
  for (const char* person : {"p1", "p2", "p3", "p4"}) Open(log, person);
  Merge(log, "p3", "p2");
  Merge(log, "p2", "p1");
  const auto fourth = Merge(log, "p4", "p3");
  const auto x = Define(kOpened);
  EXPECT_EQ(ValueOf(log, x), "1");
  log.Void("person/p4", fourth);
  EXPECT_EQ(ValueOf(log, x), "2");
}

TEST(MergeTest, ARingOfMergesEnds) {
  TestLog log;
  for (const char* person : {"p1", "p2", "p3", "p4"}) Open(log, person);
  Merge(log, "p1", "p2");
  Merge(log, "p2", "p3");
  Merge(log, "p3", "p4");
  Merge(log, "p4", "p3");
  EXPECT_NE(ValueOf(log, Define(kOpened)), "no row");
}

TEST(FacetTest, AreUnknownUntilLearntAndKnownOnesStay) {
  TestLog log;
  Open(log, "p1");
  Open(log, "p2");
  Register(log, "p1", "sex: SEX_FEMALE residence_province_code: '02'");
  log.Add("person/p1", "cases.v1.ResidenceChanged",
          "person { person_id: 'p1' residence_province_code: 'unknown' }", "2021-02-01");
  log.Add("person/p1", "cases.v1.DisabilityRecorded",
          "person { person_id: 'p1' disability: DISABILITY_YES }", "2021-02-01");
  const auto x = Define(kOpened);
  EXPECT_THAT(Parts(log, x, "sex"), ElementsAre("female=1", "unknown=1"));
  EXPECT_THAT(Parts(log, x, "residence"), ElementsAre("02=1", "unknown=1"));
  EXPECT_THAT(Parts(log, x, "disability"), ElementsAre("yes=1", "unknown=1"));
  log.Add("person/p1", "cases.v1.ResidenceChanged",
          "person { person_id: 'p1' residence_province_code: '12' }", "2021-02-01");
  EXPECT_THAT(Parts(log, x, "residence"), ElementsAre("12=1", "unknown=1"));
}

TEST(FacetTest, OfMergedRecordsAreUnitedAndTheSurvivorsSpeakLast) {
  TestLog log;
  Open(log, "p2");
  Register(log, "p1", "sex: SEX_MALE residence_province_code: 'unknown'");
  Register(log, "p2", "sex: SEX_FEMALE residence_province_code: '17'");
  Merge(log, "p2", "p1");
  const auto x = Define(kOpened);
  EXPECT_THAT(Parts(log, x, "sex"), ElementsAre("male=1"));
  EXPECT_THAT(Parts(log, x, "residence"), ElementsAre("17=1"));
}

TEST(LoadTest, NamesAFactThatCannotBeRead) {
  TestLog log;
  log.Add("case/c1", "cases.v1.CaseClosed", kClosed, "2021-02-17");
  log.last().event_bytes = "\xff\xff";
  const auto report = ComputeReport(Counted(log, Define(kClosures)).facts(), At("2021-Q1"));
  EXPECT_EQ(ErrorReason(report.status()), "FACT_DAMAGED");
}

TEST(LoadTest, AFactOfAnUnknownTypeIsNotCounted) {
  TestLog log;
  log.Add("case/c1", "cases.v1.CaseClosed", kClosed, "2021-02-17");
  log.Add("case/c2", "cases.v1.CaseClosed", kClosed, "2021-02-17");
  log.last().type = "mlup.cases.v1.Nothing";
  const auto report = ComputeReport(Counted(log, Define(kClosures)).facts(), At("2021-Q1"));
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->rows(0).value(), "1");
}

}  // namespace
}  // namespace mlup::counting::world_test
