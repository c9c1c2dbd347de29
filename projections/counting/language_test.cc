// Parts beside each other, numbers of members, lists, villages, states at the end, and what has
// none: sections 2 and 3 of the rules.
#include "projections/counting/counting_test_log.h"

namespace mlup::counting::language_test {
namespace {

using ::testing::ElementsAre;

constexpr char kReached[] = R"(unit: UNIT_UNIQUE_PERSONS entity: ENTITY_PERSON
    select { event: "mlup.training.v1.AttendanceRecorded" distinct: "person.person_id" part: "trained" }
    select { event: "mlup.cases.v1.ServiceProvided" distinct: "person.person_id" part: "supported" }
    dimensions { name: "part" parts: true })";
constexpr char kMeetings[] = R"(unit: UNIT_ACTIVITIES
    select { event: "mlup.training.v1.ActivityHeld"
             where { field: "topics" contains: "health" contains: "rights" } }
    dimensions { name: "province" field: "@province" count_members: true }
    dimensions { name: "village" field: "@village" count_members: true })";
constexpr char kOpen[] = R"(unit: UNIT_CASES period_rule: PERIOD_RULE_ON_LAST_DAY
    select { event: "mlup.cases.v1.CaseOpened" distinct: "@stream" ended_by: "mlup.cases.v1.CaseClosed" )";

void Train(TestLog& log, const std::string& person) {
  log.Add("activity/a", "training.v1.AttendanceRecorded",
          "person { person_id: '" + person + "' } session_no: 1", "2021-02-01");
}

void Serve(TestLog& log, const std::string& person, const std::string& more = "") {
  const std::string who = person.empty() ? "" : "person { person_id: '" + person + "' } ";
  log.Add("case/c", "cases.v1.ServiceProvided", who + more, "2021-02-02");
}

void Hold(TestLog& log, const std::string& id, const std::string& topics,
          const std::string& place) {
  log.Add("activity/" + id, "training.v1.ActivityHeld", topics, "2021-02-01", {"", place});
}

TEST(PartsTest, StandBesideWhatEveryOneOfThemFound) {
  TestLog log;
  for (const char* person : {"p1", "p2", "p3"}) Train(log, person);
  for (const char* person : {"p3", "p3", "p4"}) Serve(log, person);
  EXPECT_EQ(ValueOf(log, Define(kReached)), "4");
  EXPECT_THAT(Parts(log, Define(kReached), "part"),
              ElementsAre("supported=2", "trained=3", "every_part=1"));
  EXPECT_EQ(RowOf(log, Define(kReached), At("2021-Q1"), "part", "every_part").evidence_count(), 3u);
}

TEST(PartsTest, FollowMerges) {
  TestLog log;
  Train(log, "p1");
  Serve(log, "p2");
  EXPECT_EQ(ValueOf(log, Define(kReached), At("2021-Q1"), "part", "every_part"), "no row");
  log.Add("person/p2", "cases.v1.PersonsMerged", "survivor { person_id: 'p1' }", "2021-03-01");
  EXPECT_EQ(ValueOf(log, Define(kReached), At("2021-Q1"), "part", "every_part"), "1");
}

TEST(PartsTest, OfSomebodyUncountedAreNoWholes) {
  TestLog log;
  Train(log, "p1");
  Serve(log, "", "uncounted: true");
  EXPECT_EQ(ValueOf(log, Define(kReached), At("2021-Q1"), "part", "every_part"), "no row");
  EXPECT_EQ(ValueOf(log, Define(kReached), At("2021-Q1"), "part", "supported"),
            "WHY_NONE_NOT_COUNTED");
}

TEST(MembersTest, AreCountedWithoutWhatIsUnknown) {
  TestLog log;
  Hold(log, "a", "topics: 'health'", "02010101");
  Hold(log, "b", "topics: 'health'", "02010102");
  Hold(log, "c", "topics: 'rights'", "15");
  Hold(log, "d", "topics: 'rights'", "remote");
  Hold(log, "e", "topics: 'rights'", "unknown");
  EXPECT_THAT(Parts(log, Define(kMeetings), "province"),
              ElementsAre("=2", "remote=1", "02=2", "15=1", "unknown=1"));
  EXPECT_THAT(Parts(log, Define(kMeetings), "village"),
              ElementsAre("=2", "remote=1", "02010101=1", "02010102=1", "unknown=2"));
  EXPECT_EQ(RowOf(log, Define(kMeetings), At("2021-Q1"), "province", "").evidence_count(), 3u);
}

TEST(MembersTest, AreNoRowWhereNoneIsKnown) {
  TestLog log;
  Hold(log, "a", "topics: 'health'", "unknown");
  EXPECT_THAT(Parts(log, Define(kMeetings), "province"), ElementsAre("unknown=1"));
}

TEST(ContainsTest, LooksIntoAList) {
  TestLog log;
  Hold(log, "a", "topics: 'x' topics: 'rights'", "02");
  Hold(log, "b", "topics: 'x'", "02");
  Hold(log, "c", "", "02");
  EXPECT_EQ(ValueOf(log, Define(kMeetings)), "1");
}

TEST(LastDayTest, IsTheStateAtTheEnd) {
  const auto open = Define(absl::StrCat(kOpen, "}"));
  TestLog log;
  log.Add("case/a", "cases.v1.CaseOpened", "", "2021-01-10");
  log.Add("case/b", "cases.v1.CaseOpened", "", "2021-03-31");
  log.Add("case/c", "cases.v1.CaseOpened", "", "2021-04-01");
  log.Add("case/a", "cases.v1.CaseClosed", "", "2021-02-10");
  EXPECT_EQ(ValueOf(log, open), "1");
  EXPECT_EQ(ValueOf(log, open, At("2021-01")), "1");
  log.Add("case/d", "cases.v1.CaseOpened", "", "2021-03-30..2021-04-02");
  EXPECT_EQ(RowOf(log, open).not_datable(), 1u);
  // The last day of what ended on it belongs to it.
  log.Add("case/b", "cases.v1.CaseClosed", "", "2021-03-31");
  EXPECT_EQ(ValueOf(log, open), "1");
}

TEST(WithoutTest, PassesOverStreamsThatHoldOneOfTheTypes) {
  const auto unplanned = Define(absl::StrCat(kOpen, "without: 'mlup.cases.v1.CarePlanAdopted' }"));
  TestLog log;
  log.Add("case/a", "cases.v1.CaseOpened", "", "2021-01-10");
  log.Add("case/b", "cases.v1.CaseOpened", "", "2021-01-10");
  const std::string plan = log.Add("case/a", "cases.v1.CarePlanAdopted", "", "2021-01-11");
  EXPECT_EQ(ValueOf(log, unplanned), "1");
  log.Void("case/a", plan);
  EXPECT_EQ(ValueOf(log, unplanned), "2");
}

TEST(CrossedTest, TakesTheAgeAtThePersonsFirstEvent) {
  const auto crossed = Define(R"(unit: UNIT_UNIQUE_PERSONS entity: ENTITY_PERSON
      select { event: "mlup.cases.v1.ServiceProvided" distinct: "person.person_id" }
      dimensions { name: "sex_and_age" field: "@person.sex" with_field: "@person.age_band" })");
  TestLog log;
  log.Add("person/p", "cases.v1.PersonRegistered",
          "person { person_id: 'p' sex: SEX_FEMALE birth_month: '2009-03' }", "2021-01-01");
  for (const char* day : {"2021-02-10", "2021-03-31"}) {
    log.Add("case/c", "cases.v1.ServiceProvided", "person { person_id: 'p' }", day);
  }
  EXPECT_THAT(Parts(log, crossed, "sex_and_age"), ElementsAre("female 6-11=1"));
}

TEST(PairTest, TellsTheMeanOfWhatWasGainedAndOfHowMany) {
  constexpr std::string_view kPair = R"(pair { event: "mlup.training.v1.TestResultRecorded"
      where { field: "phase" in: "pre" } match: "person.person_id" match: "instrument" } })";
  const std::string select = R"(select { event: "mlup.training.v1.TestResultRecorded"
      where { field: "phase" in: "post" } )";
  const auto gain =
      Define(absl::StrCat("unit: UNIT_POINTS ", select, "sum: 'score' ", ToAbsl(kPair)));
  const auto both = Define(absl::StrCat("unit: UNIT_UNIQUE_PERSONS entity: ENTITY_PERSON ", select,
                                        "distinct: 'person.person_id' ", ToAbsl(kPair)));
  TestLog log;
  const auto test = [&log](const std::string& phase, const std::string& person,
                           const std::string& score) {
    return log.Add(
        "activity/a", "training.v1.TestResultRecorded",
        absl::StrCat("phase: TEST_PHASE_", phase, " instrument: 'care' person { person_id: '",
                     person, "' } score: '", score, "'"),
        "2021-02-01");
  };
  test("PRE", "p1", "9");
  const std::string again = test("PRE", "p1", "2");
  test("POST", "p1", "5.5");
  test("POST", "p2", "4");
  test("POST", "p3", "8");
  EXPECT_EQ(ValueOf(log, gain), "3.5") << "the last test before, and nobody without one";
  EXPECT_TRUE(RowOf(log, gain).and_uncounted());
  EXPECT_EQ(RowOf(log, gain).evidence_count(), 4u);
  test("PRE", "p2", "8");  // entered late
  EXPECT_EQ(ValueOf(log, gain), "-0.25");
  EXPECT_EQ(ValueOf(log, both), "2");
  log.Void("activity/a", again);
  EXPECT_EQ(ValueOf(log, gain), "-3.75");
}

TEST(AboutTest, TellsHowManyPeopleAnAmountIsAbout) {
  const std::string select = R"(select { event: "mlup.donations.v1.CashAssistanceDisbursed"
      sum: "amount.amount_minor" )";
  const std::string by = R"(dimensions { name: "currency" field: "amount.currency" })";
  const auto cash = Define(absl::StrCat(
      "unit: UNIT_MONEY ", select, "about: 'recipient.person_id' about: 'recipient_id' } ", by));
  const auto nobody = Define(absl::StrCat("unit: UNIT_MONEY ", select, "} ", by));
  TestLog log;
  const auto give = [&log](const std::string& to) {
    log.Add("distribution/d", "donations.v1.CashAssistanceDisbursed",
            to + " amount { amount_minor: 500 currency: 'USD' }", "2021-02-01");
  };
  give("recipient { person_id: 'p1' }");
  give("recipient { person_id: 'p1' }");
  give("recipient { person_id: 'p2' }");
  give("recipient_id: 'h1'");
  give("");  // to whom is not known
  const auto people = [&log](const Definitions& definitions) {
    return RowOf(log, definitions, At("2021-Q1"), "currency", "USD").people_count();
  };
  EXPECT_EQ(people(cash), 3u);
  EXPECT_EQ(people(nobody), 0u) << "nobody is known";
  log.Add("person/p2", "cases.v1.PersonsMerged", "survivor { person_id: 'p1' }", "2021-02-02");
  EXPECT_EQ(people(cash), 2u);
  EXPECT_FALSE(Definitions::Parse(R"(indicators { code: "x" version: 1 name: "X" section: "S"
      unit: UNIT_FACTS select { event: "mlup.cases.v1.ServiceProvided" about: "person.person_id" } })")
                   .ok())
      << "what is counted says it by its unit";
}

TEST(DimensionTest, KnowsItsMembersWhereThereIsAListOfThem) {
  const auto definitions = Define(R"(unit: UNIT_ACTIVITIES
      select { event: "mlup.training.v1.ActivityHeld" }
      dimensions { name: "province" field: "@province" }
      dimensions { name: "led_by" field: "led_by" }
      dimensions { name: "sector" field: "@sector" }
      dimensions { name: "length" field: "led_by" with_field: "duration_unit" })");
  const Indicator& indicator = *definitions.Find("x");
  EXPECT_THAT(indicator.MembersOf(0), ::testing::IsEmpty());
  EXPECT_THAT(indicator.MembersOf(1), ::testing::IsSupersetOf({"peers", "unknown"}));
  EXPECT_THAT(indicator.MembersOf(2), ::testing::IsSupersetOf({"rci", "unknown"}));
  EXPECT_THAT(indicator.MembersOf(3), ::testing::IsEmpty());
}

TEST(ConditionTest, HoldsForWhatIsPutTogetherWhenItIsAsked) {
  const auto here = Define(R"(unit: UNIT_FACTS
      select { event: "mlup.training.v1.ActivityHeld"
               where { field: "@province" in: "15" } where { field: "@sector" in: "rci" } })");
  TestLog log;
  log.Add("activity/a", "training.v1.ActivityHeld", "", "2021-02-01",
          {"", "1501", log::v1::SECTOR_RCI});
  EXPECT_EQ(ValueOf(log, here), "1");
}

TEST(ScopeTest, IsAnyTwoDays) {
  const auto parse = [](const std::string& period) {
    reports::v1::Scope scope;
    scope.set_period(period);
    return ParseScope(scope, {7});
  };
  EXPECT_EQ(parse("2021-02-20..2021-03-31")->period,
            (DayRange{*ParseDay("2021-02-20"), *ParseDay("2021-03-31")}));
  EXPECT_TRUE(parse("2021-02-20..2021-02-20").ok());
  for (const char* wrong : {"2021-02-20", "2021-03-31..2021-02-20", "2021-02..2021-03", "..", ""}) {
    EXPECT_EQ(ErrorReason(parse(wrong).status()), "PERIOD_INVALID") << wrong;
  }
}

}  // namespace
}  // namespace mlup::counting::language_test
