// Items, periods and cells: sections 2 and 3 of the rules.
#include "projections/counting/counting_test_log.h"

namespace mlup::counting {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kMeetings[] = R"(unit: UNIT_ACTIVITIES
    select { event: "mlup.training.v1.ActivityHeld" where { field: "kind" in: "meeting" } }
    dimensions { name: "province" field: "@province" }
    dimensions { name: "occurred" field: "@occurred" }
    dimensions { name: "length" field: "duration" with_field: "duration_unit" })";
constexpr char kPlaced[] = R"(unit: UNIT_UNIQUE_PERSONS entity: ENTITY_PERSON
    period_rule: PERIOD_RULE_ACTIVE_IN_PERIOD
    select { event: "mlup.cases.v1.PlacementStarted" distinct: "child.person_id"
             ended_by: "mlup.cases.v1.PlacementEnded" ended_match: "placement_id" })";
constexpr char kPartners[] = R"(unit: UNIT_ORGANISATIONS period_rule: PERIOD_RULE_ACTIVE_IN_PERIOD
    select { event: "mlup.network.v1.PartnershipAgreed" distinct: "@stream"
             ended_by: "mlup.network.v1.PartnershipEnded" ended_match: "kind" ends_on: "to" })";
constexpr char kServed[] = R"(unit: UNIT_UNIQUE_PERSONS entity: ENTITY_PERSON
    select { event: "mlup.cases.v1.ServiceProvided" distinct: "person.person_id" }
    dimensions { name: "age_band" field: "@person.age_band" }
    dimensions { name: "service" field: "service_code" })";
constexpr char kAttendances[] = R"(unit: UNIT_ATTENDANCES
    select { event: "mlup.training.v1.AttendanceRecorded" person: "person.person_id" }
    select { event: "mlup.training.v1.ActivityHeld"
             uncounted_unless: "mlup.training.v1.AttendanceRecorded"
             uncounted_unless: "mlup.training.v1.HeadcountRecorded" }
    dimensions { name: "led_by" field: "activity.led_by" }
    dimensions { name: "age_band" field: "@person.age_band" })";

void Hold(TestLog& log, const std::string& id, const std::string& occurred,
          const std::string& more = "", const std::string& place = "") {
  log.Add("activity/" + id, "training.v1.ActivityHeld", "kind: ACTIVITY_KIND_MEETING " + more,
          occurred, {"", place});
}

void Place(TestLog& log, const std::string& id, const std::string& occurred) {
  log.Add("case/c1", "cases.v1.PlacementStarted",
          "placement_id: '" + id + "' child { person_id: '" + id + "' }", occurred);
}

void EndPlacement(TestLog& log, const std::string& id, const std::string& occurred) {
  log.Add("case/c1", "cases.v1.PlacementEnded", "placement_id: '" + id + "'", occurred);
}

void Serve(TestLog& log, const std::string& person, const std::string& occurred,
           const std::string& more = "service_code: 'legal'") {
  log.Add("case/c1", "cases.v1.ServiceProvided",
          (person.empty() ? "" : "person { person_id: '" + person + "' } ") + more, occurred);
}

TEST(PeriodTest, HoldsWhatLiesInItWithAllItsDays) {
  TestLog log;
  for (const char* when :
       {"2021-01-01", "2021-03-31", "2021-01", "2021-Q1", "2021-02-20..2021-03-31"}) {
    Hold(log, when, when);
  }
  const auto x = Define(kMeetings);
  EXPECT_EQ(ValueOf(log, x), "5");
  EXPECT_EQ(ValueOf(log, x, At("2021-01")), "2");
  EXPECT_EQ(RowOf(log, x, At("2021-01")).not_datable(), 1);
  EXPECT_EQ(ValueOf(log, x, At("2021")), "5");
  EXPECT_THAT(Parts(log, x, "occurred"),
              ElementsAre("2021-01=1", "2021-01-01=1", "2021-02-20..2021-03-31=1", "2021-03-31=1",
                          "2021-Q1=1"));
}

TEST(PeriodTest, HasItsEdgesAtMidnightInPhnomPenh) {
  TestLog log;
  const auto hold_at = [&log](const char* utc) {
    absl::Time instant;
    ASSERT_TRUE(absl::ParseTime(absl::RFC3339_full, utc, &instant, nullptr));
    Hold(log, utc, FormatDay(DayOf(instant)));
  };
  hold_at("2021-03-31T16:59:59Z");  // 23:59:59 on the last day of the quarter
  hold_at("2021-03-31T17:00:00Z");  // 00:00 on the first day of the next
  hold_at("2020-12-31T16:59:59Z");
  hold_at("2020-12-31T17:00:00Z");
  const auto x = Define(kMeetings);
  EXPECT_EQ(ValueOf(log, x), "2");
  EXPECT_EQ(ValueOf(log, x, At("2021-Q2")), "1");
  EXPECT_EQ(ValueOf(log, x, At("2020-Q4")), "1");
}

TEST(PeriodTest, WhatCrossesItsEdgeIsNotDatableInBothNeighbours) {
  TestLog log;
  Hold(log, "a", "2021-03-30..2021-04-02");
  const auto x = Define(kMeetings);
  EXPECT_EQ(ValueOf(log, x, At("2021-Q1")), "WHY_NONE_NOT_DATABLE");
  EXPECT_EQ(ValueOf(log, x, At("2021-Q2")), "WHY_NONE_NOT_DATABLE");
  EXPECT_EQ(RowOf(log, x, At("2021-Q2")).not_datable(), 1);
  EXPECT_EQ(ValueOf(log, x, At("2021")), "1");
}

TEST(PeriodTest, AnUnknownDayIsNotDatableAnywhere) {
  TestLog log;
  Hold(log, "a", "unknown");
  Hold(log, "b", "2021-02-02");
  const auto row = RowOf(log, Define(kMeetings));
  EXPECT_EQ(row.value(), "1");
  EXPECT_EQ(row.not_datable(), 1);
  EXPECT_EQ(row.evidence_count(), 1);
}

TEST(PeriodTest, TellsRecordedForItFromNothingRecorded) {
  TestLog log;
  Hold(log, "a", "2020-12-27");
  const auto x = Define(kMeetings);
  EXPECT_EQ(ValueOf(log, x, At("2021-Q1")), "WHY_NONE_OUT_OF_PERIOD");
  EXPECT_EQ(ValueOf(log, x, At("2021-Q2")), "WHY_NONE_NOTHING_RECORDED");
}

TEST(PeriodTest, RecordedWithinLooksAtTheDayItWasKnown) {
  TestLog log;
  log.Add("incident/i", "cases.v1.IncidentReported", "children { person_id: 'p1' }", "2019",
          {"2021-03-31"});
  const auto x = Define(R"(unit: UNIT_FACTS period_rule: PERIOD_RULE_RECORDED_WITHIN
      select { event: "mlup.cases.v1.IncidentReported" })");
  EXPECT_EQ(ValueOf(log, x, At("2021-Q1")), "1");
  EXPECT_EQ(ValueOf(log, x, At("2021-Q2")), "WHY_NONE_NOTHING_RECORDED");
  EXPECT_EQ(ValueOf(log, x, At("2020")), "WHY_NONE_OUT_OF_PERIOD");
}

TEST(ActiveTest, IncludesTheLastDay) {
  TestLog log;
  Place(log, "p1", "2020-06-01");
  EndPlacement(log, "p1", "2021-01-01");
  Place(log, "p2", "2020-06-01");
  EndPlacement(log, "p2", "2020-12-31");
  Place(log, "p3", "2021-03-31");
  Place(log, "p4", "2021-04-01");
  const auto row = RowOf(log, Define(kPlaced));
  EXPECT_EQ(row.value(), "2");
  EXPECT_EQ(row.not_datable(), 0);
}

TEST(ActiveTest, IsNotDatableWhereOnlySomeDaysHold) {
  TestLog log;
  Place(log, "p1", "2021-03-31..2021-04-01");
  Place(log, "p2", "2020-06-01");
  EndPlacement(log, "p2", "2020-12-31..2021-01-01");
  Place(log, "p3", "unknown");
  const auto row = RowOf(log, Define(kPlaced));
  EXPECT_EQ(Told(row), "WHY_NONE_NOT_DATABLE");
  EXPECT_EQ(row.not_datable(), 3);
}

TEST(ActiveTest, AnEndBelongsToTheBeginBeforeItAndGoesBeforeTheDayAgreed) {
  TestLog log;
  const auto agree = [&log](const std::string& org, const std::string& more, const char* when) {
    log.Add("organisation/" + org, "network.v1.PartnershipAgreed",
            "kind: PARTNERSHIP_KIND_RCI_PARTNER " + more, when);
  };
  const auto end = [&log](const std::string& org, const char* when) {
    log.Add("organisation/" + org, "network.v1.PartnershipEnded",
            "kind: PARTNERSHIP_KIND_RCI_PARTNER", when);
  };
  agree("again", "", "2019-01-01");
  end("again", "2020-01-01");
  agree("again", "", "2020-12-01");
  agree("over", "to: '2020-12-31'", "2019-01-01");
  agree("last-day", "to: '2021-01-01'", "2019-01-01");
  agree("cut-short", "to: '2021-12-31'", "2019-01-01");
  end("cut-short", "2020-11-30");
  agree("longer", "to: '2020-06-30'", "2019-01-01");
  end("longer", "2021-02-28");
  EXPECT_EQ(ValueOf(log, Define(kPartners)), "3");
}

TEST(UncountedTest, HappenedAndNobodyCounted) {
  TestLog log;
  const auto x = Define(kServed);
  EXPECT_EQ(ValueOf(log, x), "WHY_NONE_NOTHING_RECORDED");
  Serve(log, "", "2021-02-01");
  EXPECT_EQ(ValueOf(log, x), "WHY_NONE_NOTHING_RECORDED") << "without an id it is nothing";
  Serve(log, "", "2021-02-01", "uncounted: true");
  EXPECT_EQ(ValueOf(log, x), "WHY_NONE_NOT_COUNTED");
  Serve(log, "p1", "2021-02-01");
  const auto row = RowOf(log, x);
  EXPECT_EQ(row.value(), "1");
  EXPECT_TRUE(row.and_uncounted());
  EXPECT_EQ(row.evidence_count(), 2);
  EXPECT_THAT(Parts(log, x, "service"), ElementsAre("legal=1", "unknown=WHY_NONE_NOT_COUNTED"));
}

TEST(UncountedTest, AnActivityWithoutListIsUncountedUntilOneIsThere) {
  TestLog log;
  Hold(log, "a", "2021-01", "led_by: LED_BY_PEERS");
  const auto x = Define(kAttendances);
  EXPECT_EQ(ValueOf(log, x), "WHY_NONE_NOT_COUNTED");
  log.Add("activity/a", "training.v1.AttendanceRecorded", "person { person_id: 'p1' }", "2021-01");
  EXPECT_EQ(ValueOf(log, x), "1");
  EXPECT_FALSE(RowOf(log, x).and_uncounted());
  EXPECT_THAT(Parts(log, x, "led_by"), ElementsAre("peers=1"));
}

TEST(UncountedTest, ASumWithoutTheNumberIsUncounted) {
  TestLog log;
  const auto x = Define(R"(unit: UNIT_ITEMS
      select { event: "mlup.donations.v1.ItemsDistributed" each: "lines" sum: "lines.quantity" }
      dimensions { name: "item" field: "lines.item_code" with_field: "lines.unit" })");
  log.Add("distribution/d", "donations.v1.ItemsDistributed",
          "lines { item_code: 'rice' unit: 'kg' }", "2021-02-21");
  EXPECT_EQ(ValueOf(log, x), "WHY_NONE_NOT_COUNTED");
  log.Add("distribution/d", "donations.v1.ItemsDistributed",
          "lines { item_code: 'rice' unit: 'kg' quantity: '2.125' } "
          "lines { item_code: 'rice' unit: 'kg' quantity: '0.375' }",
          "2021-02-21");
  const auto row = RowOf(log, x);
  EXPECT_EQ(row.value(), "") << "units of measure are not added";
  EXPECT_EQ(row.why_none(), reports::v1::WHY_NONE_UNSPECIFIED);
  EXPECT_EQ(row.evidence_count(), 2);
  EXPECT_THAT(Parts(log, x, "item"), ElementsAre("rice kg=2.5"));
  EXPECT_TRUE(RowOf(log, x, At("2021-Q1"), "item", "rice kg").and_uncounted());
}

TEST(SumTest, WhatCameBackIsTakenAway) {
  TestLog log;
  const std::string lines = "lines { item_code: 'rice' unit: 'kg' quantity: '25' }";
  log.Add("distribution/d", "donations.v1.ItemsDistributed", lines, "2021-02-21");
  log.Add("distribution/d", "donations.v1.DistributionReversed", lines, "2021-03-01");
  EXPECT_THAT(Parts(log, Define(R"(unit: UNIT_ITEMS
      select { event: "mlup.donations.v1.ItemsDistributed" each: "lines" sum: "lines.quantity" }
      select { event: "mlup.donations.v1.DistributionReversed" negative: true each: "lines" sum: "lines.quantity" }
      dimensions { name: "item" field: "lines.item_code" })"),
                    "item"),
              ElementsAre("rice=0"));
}

TEST(NatureTest, PlansAreShownAndNeverCounted) {
  TestLog log;
  const auto x = Define(R"(unit: UNIT_TOPICS nature: NATURE_PLANNED
      select { event: "mlup.training.v1.ActivityPlanned" latest_on_stream: true
               where { field: "kind" in: "workshop" } each: "topics" distinct: "topics" }
      dimensions { name: "topic" field: "topics" })");
  EXPECT_EQ(ValueOf(log, x), "WHY_NONE_NOTHING_RECORDED");
  log.Add("activity/a", "training.v1.ActivityPlanned",
          "kind: ACTIVITY_KIND_WORKSHOP topics: 'rights'", "2021-02-01");
  log.Add("activity/a", "training.v1.ActivityPlanned",
          "kind: ACTIVITY_KIND_WORKSHOP topics: 'rights' topics: 'care'", "2021-02-02");
  const auto row = RowOf(log, x);
  EXPECT_EQ(Told(row), "WHY_NONE_PLANNED");
  EXPECT_EQ(row.planned_value(), "2");
  EXPECT_EQ(row.evidence_count(), 1) << "only the last plan on the stream";
  EXPECT_THAT(Parts(log, x, "topic"),
              ElementsAre("care=WHY_NONE_PLANNED", "rights=WHY_NONE_PLANNED"));
  log.Add("activity/a", "training.v1.ActivityPlanned", "kind: ACTIVITY_KIND_MEETING", "2021-02-03");
  EXPECT_EQ(ValueOf(log, x), "WHY_NONE_NOTHING_RECORDED");
}

TEST(NatureTest, ContextAndTextsHaveNoValueAndStandInTheNotes) {
  TestLog log;
  log.Add("report/r", "network.v1.ReportNarrativeWritten",
          "period: '2021-Q1' section: NARRATIVE_SECTION_PLANS text: 'We go on.'", "2021-04-10",
          {"2021-04-10"});
  log.Add("report/r", "network.v1.ContextFigureQuoted",
          "source: 'worldometers' as_of: '2021-04-22' series: 'kh_cases_total' value: '7747'",
          "2021-04-22");
  const auto x = Define(
      R"(unit: UNIT_FACTS nature: NATURE_QUALITATIVE select { event: "mlup.network.v1.ReportNarrativeWritten" })",
      R"(indicators { code: "y" version: 1 name: "Y" section: "S" unit: UNIT_FACTS nature: NATURE_CONTEXT
         select { event: "mlup.network.v1.ContextFigureQuoted" } })");
  const auto report = Report(log, x);
  EXPECT_EQ(Told(report.rows(0)), "WHY_NONE_QUALITATIVE");
  EXPECT_EQ(Told(report.rows(1)), "WHY_NONE_CONTEXT");
  ASSERT_EQ(report.notes_size(), 2);
  EXPECT_EQ(report.notes(0).text(), "We go on.");
  EXPECT_EQ(report.notes(1).text(),
            "source: worldometers; as of: 2021-04-22; series: kh_cases_total; value: 7747");
  EXPECT_EQ(report.notes(1).occurred(), "2021-04-22");
  EXPECT_EQ(Report(log, x, At("2021-Q2")).notes_size(), 1) << "the text names another period";
  EXPECT_EQ(Report(log, x, At("2021-Q3")).notes_size(), 0);
}

TEST(ExpandTest, GoesToTheMembersWhoHadNotLeft) {
  TestLog log;
  const auto member = [&log](const char* stream, const char* type, const char* person,
                             const char* when) {
    log.Add(stream, absl::StrCat("cases.v1.HouseholdMember", type),
            absl::StrCat("member { person_id: '", person, "' relation: RELATION_CHILD }"), when);
  };
  const auto removed = [&log](const char* person, const char* when) {
    log.Add("household/h1", "cases.v1.HouseholdMemberRemoved",
            absl::StrCat("member { person_id: '", person, "' }"), when);
  };
  member("household/h1", "Added", "stays", "2020-01-01");
  member("household/h1", "Added", "left", "2020-01-01");
  removed("left", "2021-02-20");
  member("household/h1", "Added", "left-that-day", "2020-01-01");
  removed("left-that-day", "2021-02-21");
  member("household/h1", "Added", "came-back", "2020-01-01");
  removed("came-back", "2020-02-01");
  member("household/h1", "Added", "came-back", "2020-03-01");
  member("household/h2", "Added", "other", "2020-01-01");
  log.Add("distribution/d", "donations.v1.ItemsDistributed", "recipient_id: 'h1'", "2021-02-21");
  const auto x = Define(R"(unit: UNIT_UNIQUE_PERSONS entity: ENTITY_PERSON
      select { event: "mlup.donations.v1.ItemsDistributed"
        expand { name: "of" via: "recipient_id" category: "household" event: "mlup.cases.v1.HouseholdMemberAdded"
                 ended_by: "mlup.cases.v1.HouseholdMemberRemoved" ended_match: "member.person_id" }
        where { field: "of.member.relation" in: "child" } distinct: "of.member.person_id" }
      dimensions { name: "household" field: "recipient_id" })");
  const auto row = RowOf(log, x);
  EXPECT_EQ(row.value(), "3");
  EXPECT_EQ(row.evidence_count(), 4) << "the distribution and three memberships";
  log.Add("household/h2", "cases.v1.HouseholdsMerged", "survivor_id: 'h1'", "2021-04-10");
  EXPECT_EQ(ValueOf(log, x), "4") << "members of both records of one household";
  log.Add("distribution/d", "donations.v1.ItemsDistributed", "recipient_id: 'h2'", "2021-02-21");
  EXPECT_THAT(Parts(log, x, "household"), ElementsAre("h1=4"));
}

TEST(EachTest, MakesAnItemOfEveryElement) {
  TestLog log;
  log.Add(
      "incident/i", "cases.v1.IncidentReported",
      "children { person_id: 'p1' incident_category: INCIDENT_CATEGORY_NEGLECT age_at_incident: 0 }"
      "children { person_id: 'p2' incident_category: INCIDENT_CATEGORY_VIOLENCE }",
      "2021-02-21");
  const auto x = Define(R"(unit: UNIT_UNIQUE_PERSONS entity: ENTITY_PERSON
      select { event: "mlup.cases.v1.IncidentReported" each: "children" distinct: "children.person_id" }
      dimensions { name: "category" field: "children.incident_category" }
      dimensions { name: "age" field: "children.age_at_incident" })");
  EXPECT_EQ(ValueOf(log, x), "2");
  EXPECT_EQ(RowOf(log, x).evidence_count(), 1);
  EXPECT_THAT(Parts(log, x, "category"), ElementsAre("neglect=1", "violence=1"));
  EXPECT_THAT(Parts(log, x, "age"), ElementsAre("0=1", "unknown=1"));
}

TEST(ConditionTest, ComparesWordsAndTheAbsence) {
  TestLog log;
  Hold(log, "a", "2021-02-01", "mode: MODE_PHONE");
  Hold(log, "b", "2021-02-01", "group_id: 'g'");
  const auto with = [&log](const std::string& where) {
    return ValueOf(log, Define("unit: UNIT_ACTIVITIES select { event: "
                               "'mlup.training.v1.ActivityHeld' " +
                               where + " }"));
  };
  EXPECT_EQ(with("where { field: 'mode' in: 'phone' in: 'online' }"), "1");
  EXPECT_EQ(with("where { field: 'mode' in: '' }"), "1");
  EXPECT_EQ(with("where { field: 'mode' not_in: 'phone' }"), "1");
  EXPECT_EQ(with("where { field: 'group_id' present: true }"), "1");
  EXPECT_EQ(with("where { field: 'uncounted' in: 'false' }"), "2");
}

TEST(PlaceTest, IsAProvinceRemoteUnknownOrWithoutMeaning) {
  TestLog log;
  for (const char* place : {"02030405", "02", "remote", "unknown", ""}) {
    Hold(log, std::string("at-") + place, "2021-02-01", "", place);
  }
  EXPECT_THAT(Parts(log, Define(kMeetings), "province"),
              ElementsAre("remote=1", "02=2", "unknown=2"));
}

TEST(WithFieldTest, StandsOnlyBesideAValue) {
  TestLog log;
  Hold(log, "a", "2021-02-01", "duration: '1.5' duration_unit: 'hour'");
  Hold(log, "b", "2021-02-01", "duration: '1.5'");
  Hold(log, "c", "2021-02-01", "duration_unit: 'hour'");
  EXPECT_THAT(Parts(log, Define(kMeetings), "length"),
              ElementsAre("1.5=1", "1.5 hour=1", "unknown=1"));
}

TEST(LatestTest, TakesTheLastOfSeveralTypesOnTheStream) {
  TestLog log;
  const auto x =
      Define(R"(unit: UNIT_CASES select { event: "mlup.cases.v1.CaseClosed" distinct: "@stream" }
      dimensions { name: "state" latest { event: "mlup.cases.v1.CaseReopened" value: "open" }
                                 latest { event: "mlup.cases.v1.CaseClosed" value: "closed" } })");
  log.Add("case/c", "cases.v1.CaseClosed", "", "2021-02-17");
  log.Add("case/c", "cases.v1.CaseReopened", "", "2021-04-15", {"2021-04-15"});
  EXPECT_THAT(Parts(log, x, "state", At("2021-Q1", "2021-03-31")), ElementsAre("closed=1"));
  EXPECT_THAT(Parts(log, x, "state"), ElementsAre("open=1"));
}

TEST(AgeBandTest, IsUnknownWhereDaysAllowTwoBands) {
  const auto band = [](const char* birth, const char* at) {
    return AgeBand(ParsePeriod(birth), ParsePeriod(at));
  };
  EXPECT_EQ(band("2015-03", "2021-02-28"), "0-5");
  EXPECT_EQ(band("2015-03", "2021-03-15"), kUnknown);
  EXPECT_EQ(band("2015-03", "2021-03-31"), "6-11");
  EXPECT_EQ(band("2015-03", "2021-Q1"), kUnknown);
  EXPECT_EQ(band("2015", "2021-06-01"), kUnknown);
  EXPECT_EQ(band("2014", "2021-06-01"), "6-11");
  EXPECT_EQ(band("2003-04", "2021-03-31"), "15-17");
  EXPECT_EQ(band("2003-04", "2021-04-30"), "18-24");
  EXPECT_EQ(band("1990", "2021"), "25+");
  EXPECT_EQ(band("2021-02", "2021-02-10"), "0-5");
  EXPECT_EQ(band("2021-02", "2021-01-31"), kUnknown);
  EXPECT_EQ(AgeBand(std::nullopt, ParsePeriod("2021")), kUnknown);
  EXPECT_EQ(AgeBand(ParsePeriod("2012"), std::nullopt), kUnknown);
}

TEST(AgeBandTest, AnAgeThatWasToldDecidesBetweenThoseThatTheDaysAllow) {
  const auto band = [](const char* birth, const char* at, int told) {
    return AgeBand(ParsePeriod(birth), ParsePeriod(at), told);
  };
  EXPECT_EQ(band("2009-03", "2021-03-15", 11), "6-11");
  EXPECT_EQ(band("2009-03", "2021-03-15", 12), "12-14");
  EXPECT_EQ(band("2009-03", "2021-03-15", 13), kUnknown) << "the birth was corrected since";
  EXPECT_EQ(band("2009-02", "2021-03-15", 11), "12-14");
  EXPECT_EQ(AgeBand(std::nullopt, ParsePeriod("2021-03-15"), 11), "6-11");
  EXPECT_EQ(AgeBand(std::nullopt, std::nullopt, 11), kUnknown);
}

TEST(AgeBandTest, AnAgeIsToldWithTheEventAndForItsFirstDayOnly) {
  TestLog log;
  log.Add("person/p1", "cases.v1.PersonRegistered",
          "person { person_id: 'p1' birth_month: '2009-03' }", "2021-01-01");
  const auto event = log.Add("case/c", "cases.v1.ServiceProvided",
                             "person { person_id: 'p1' age_years: 11 }", "2021-03-15");
  const auto x = Define(kServed);
  EXPECT_THAT(Parts(log, x, "age_band"), ElementsAre("6-11=1"));
  log.Correct("case/c", event, "occurred { precision: PRECISION_DAY from: '2021-03-30' }");
  EXPECT_THAT(Parts(log, x, "age_band"), ElementsAre("unknown=1"));
}

TEST(AgeBandTest, OfUniquePeopleIsThatOfTheirFirstEventAndOfAttendancesOfEach) {
  TestLog log;
  log.Add("person/p1", "cases.v1.PersonRegistered",
          "person { person_id: 'p1' birth_month: '2009-02' }", "2021-01-01");
  Serve(log, "p1", "2021-03-01", "service_code: 'later'");
  Serve(log, "p1", "2021-01-15", "service_code: 'first'");
  const auto x = Define(kServed);
  EXPECT_THAT(Parts(log, x, "age_band"), ElementsAre("6-11=1"));
  for (const char* day : {"2021-03-01", "2021-01-15"}) {
    log.Add("activity/a", "training.v1.AttendanceRecorded", "person { person_id: 'p1' }", day);
  }
  EXPECT_THAT(Parts(log, Define(kAttendances), "age_band"), ElementsAre("6-11=1", "12-14=1"));
}

TEST(HeadcountTest, StandsBesideTheTotalAndNeverInIt) {
  TestLog log;
  Serve(log, "p1", "2021-02-01");
  log.Add("activity/a", "training.v1.HeadcountRecorded", "n: 34", "2021-02-03");
  const auto x = Define(std::string(kServed) +
                        R"(headcount { event: "mlup.training.v1.HeadcountRecorded" sum: "n" })");
  const auto row = RowOf(log, x);
  EXPECT_EQ(row.value(), "1");
  EXPECT_EQ(row.headcount(), "34");
  EXPECT_EQ(row.evidence_count(), 2);
  EXPECT_EQ(RowOf(log, x, At("2021-Q1"), "service", "legal").headcount(), "");
  EXPECT_EQ(RowOf(log, x, At("2021-Q2")).headcount(), "");
}

TEST(JoinTest, LeadsToTheSurvivorsRecordAndNowhereIsUnset) {
  TestLog log;
  const auto x =
      Define(R"(unit: UNIT_DISTRIBUTIONS select { event: "mlup.donations.v1.ItemsDistributed" }
      dimensions { name: "province" field: "household.residence_province_code" })");
  log.Add("household/h1", "cases.v1.HouseholdRegistered", "residence_province_code: '02'", "2020");
  log.Add("household/h2", "cases.v1.HouseholdRegistered", "residence_province_code: '12'", "2020");
  for (const char* id : {"h1", "h2", "h3"}) {
    log.Add("distribution/d", "donations.v1.ItemsDistributed",
            absl::StrCat("recipient_id: '", id, "'"), "2021-02-21");
  }
  EXPECT_THAT(Parts(log, x, "province"), ElementsAre("02=1", "12=1", "unknown=1"));
  log.Add("household/h2", "cases.v1.HouseholdsMerged", "survivor_id: 'h1'", "2021-04-10");
  EXPECT_THAT(Parts(log, x, "province"), ElementsAre("02=2", "unknown=1"));
  EXPECT_THAT(Parts(log, x, "no-such-dimension"), IsEmpty());
}

}  // namespace
}  // namespace mlup::counting
