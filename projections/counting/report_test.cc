// Reports: published ones restated, evidence, sums, scopes, and the definitions themselves.
#include <fstream>
#include <sstream>

#include "absl/strings/str_join.h"

#include "projections/counting/counting_test_log.h"

namespace mlup::counting::report_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kServed[] = R"(unit: UNIT_UNIQUE_PERSONS entity: ENTITY_PERSON
    select { event: "mlup.cases.v1.ServiceProvided" distinct: "person.person_id" }
    dimensions { name: "service" field: "service_code" })";
constexpr char kOpened[] = R"(indicators { code: "y" version: 1 name: "Y" section: "S"
    unit: UNIT_UNIQUE_PERSONS entity: ENTITY_PERSON
    select { event: "mlup.cases.v1.CaseOpened" distinct: "child.person_id" } })";

std::string Serve(TestLog& log, const std::string& person, const Circumstances& how = {}) {
  return log.Add("case/c1", "cases.v1.ServiceProvided",
                 "service_code: 'legal' person { person_id: '" + person + "' }", "2021-02-01", how);
}

void Publish(TestLog& log, int position) {
  log.Add("report/r", "network.v1.ReportPublished",
          absl::StrCat("period: '2021-Q1' as_known_at: '2021-04-22' position: ", position),
          "2021-04-23", {"2021-04-23"});
}

TEST(RestatedTest, NamesTheLateEntry) {
  TestLog log;
  Serve(log, "p1");
  Publish(log, 1);
  Serve(log, "p2", {"2021-05-03"});
  const auto x = Define(kServed);
  const auto row = RowOf(log, x, At("2021-Q1", "2021-05-31"));
  EXPECT_EQ(row.value(), "2");
  EXPECT_TRUE(row.restated());
  EXPECT_EQ(row.published_value(), "1");
  EXPECT_THAT(row.restated_by(), ElementsAre(3));
  EXPECT_FALSE(RowOf(log, x, At("2021-Q1", "2021-05-02")).restated());
  EXPECT_FALSE(RowOf(log, x, At("2021-02", "2021-05-31")).restated()) << "another period";
}

TEST(RestatedTest, NamesTheImportOfThePast) {
  TestLog log;
  Serve(log, "p1");
  Publish(log, 1);
  log.Add("import/i", "network.v1.ImportWindowRequested",
          "window_id: 'w' source_system: 'paper' first_day: '2021-05-01' last_day: '2021-05-09' "
          "periods: '2021'",
          "2021-05-01", {"2021-05-01"});
  log.Add("import/i", "network.v1.ImportWindowApproved", "window_id: 'w'", "2021-05-01");  // 4
  Serve(log, "p2", {"2021-02-03"});
  log.last().recorded_at = StartOf(*ParseDay("2021-05-02"));
  log.last().source_system = "paper";
  const auto row = RowOf(log, Define(kServed), At("2021-Q1", "2021-05-31"));
  EXPECT_THAT(row.restated_by(), ElementsAre(5));
  ASSERT_EQ(row.restated_imports_size(), 1);
  EXPECT_EQ(row.restated_imports(0).source_system(), "paper");
  EXPECT_EQ(row.restated_imports(0).window_position(), 4u);
}

TEST(RestatedTest, NamesVoidsMergesAndCorrectionsAlsoByAChain) {
  TestLog log;
  const auto first = Serve(log, "p1");
  Serve(log, "p2");
  Serve(log, "p3");
  const auto fourth = Serve(log, "p4");
  const auto early = log.Void("case/c1", fourth);
  Publish(log, 5);
  log.Void("case/c1", first, "2021-05-01");  // position 7
  log.Add("person/p3", "cases.v1.PersonsMerged",
          "person { person_id: 'p3' } survivor { person_id: 'p2' }", "2021-05-01");  // 8
  log.Add("person/p9", "cases.v1.PersonsMerged",
          "person { person_id: 'p9' } survivor { person_id: 'p8' }", "2021-05-01");
  const auto x = Define(kServed);
  auto row = RowOf(log, x);
  EXPECT_EQ(row.value(), "1");
  EXPECT_EQ(row.published_value(), "3");
  EXPECT_THAT(row.restated_by(), ElementsAre(7, 8));
  log.Void("case/c1", early);  // 10: brings the fourth back
  row = RowOf(log, x);
  EXPECT_EQ(row.value(), "2");
  EXPECT_THAT(row.restated_by(), ElementsAre(7, 8, 10));
}

TEST(RestatedTest, WhatMovesAnItemToAnotherMemberIsNamed) {
  TestLog log;
  Serve(log, "p1");
  Publish(log, 1);
  log.Add("person/p2", "cases.v1.PersonRegistered", "person { sex: SEX_MALE }", "2021-01-01",
          {"2021-05-01"});
  log.Add("person/p1", "cases.v1.PersonRegistered", "person { sex: SEX_MALE }", "2021-01-01");
  const auto x = Define(std::string(kServed) + "dimensions { name: 'sex' field: '@person.sex' }");
  const auto row = RowOf(log, x, At("2021-Q1"), "sex", "male");
  EXPECT_EQ(row.published_value(), "");
  EXPECT_THAT(row.restated_by(), ElementsAre(4));
}

TEST(RestatedTest, ACorrectionThatBringsAnEventInIsNamed) {
  TestLog log;
  const auto late = Serve(log, "p1");
  log.last().occurred = ParsePeriod("2021-04");
  Publish(log, 1);
  log.Correct("case/c1", late, "occurred { from: '2021-03-30' to: '2021-03-30' }", "2021-05-01");
  const auto row = RowOf(log, Define(kServed));
  EXPECT_EQ(row.value(), "1");
  EXPECT_EQ(row.published_value(), "");
  EXPECT_THAT(row.restated_by(), ElementsAre(3));
}

TEST(EvidenceTest, SharesAddUpToTheValue) {
  TestLog log;
  Serve(log, "p1");
  Serve(log, "p1");
  const auto third = Serve(log, "p2");
  log.Add("case/c1", "cases.v1.ServiceProvided", "service_code: 'legal' uncounted: true",
          "2021-02");
  log.Correct("case/c1", third,
              "occurred { precision: PRECISION_DAY from: '2021-02-03' to: '2021-02-03' }");
  reports::v1::Cell cell;
  cell.set_code("x");
  const auto evidence = FindEvidence(Counted(log, Define(kServed)).facts(), At("2021-Q1"), cell);
  ASSERT_TRUE(evidence.ok()) << evidence.status();
  EXPECT_EQ(evidence->row.value(), "2");
  std::vector<std::string> shares;
  for (const auto& event : evidence->events) shares.push_back(event.contributes);
  EXPECT_THAT(shares, ElementsAre("1", "0", "1", ""));
  EXPECT_EQ(FormatDay(evidence->events[2].fact.occurred->first), "2021-02-03");
  EXPECT_EQ(evidence->events[2].fact.precision, log::v1::PRECISION_DAY);
  cell.set_dimension("service");
  cell.set_member("nothing");
  EXPECT_EQ(ErrorReason(
                FindEvidence(Counted(log, Define(kServed)).facts(), At("2021-Q1"), cell).status()),
            "CELL_UNKNOWN");
}

TEST(EvidenceTest, OfGoodsIsTheQuantity) {
  TestLog log;
  log.Add("distribution/d", "donations.v1.ItemsDistributed",
          "lines { item_code: 'rice' quantity: '25' } lines { item_code: 'rice' quantity: '0.5' }",
          "2021-02-21");
  const auto x = Define(R"(unit: UNIT_ITEMS
      select { event: "mlup.donations.v1.ItemsDistributed" each: "lines" sum: "lines.quantity" }
      dimensions { name: "item" field: "lines.item_code" })");
  reports::v1::Cell cell;
  cell.set_code("x");
  cell.set_dimension("item");
  cell.set_member("rice");
  const auto evidence = FindEvidence(Counted(log, x).facts(), At("2021-Q1"), cell);
  ASSERT_TRUE(evidence.ok());
  ASSERT_EQ(evidence->events.size(), 1u);
  EXPECT_EQ(evidence->events[0].contributes, "25.5");
  reports::v1::Cell total;
  total.set_code("x");
  const auto of_total = FindEvidence(Counted(log, x).facts(), At("2021-Q1"), total);
  ASSERT_TRUE(of_total.ok());
  ASSERT_EQ(of_total->events.size(), 1u);
  EXPECT_EQ(of_total->events[0].contributes, "") << "units of measure are not added";
}

TEST(EvidenceTest, OfAllCellsIsThatOfTheReportAndOfEach) {
  TestLog log;
  Serve(log, "p1");
  Serve(log, "p2");
  const auto gone = log.Add("case/c1", "cases.v1.ServiceProvided",
                            "service_code: 'food' person { person_id: 'p1' }", "2021-02-01");
  Publish(log, 3);
  log.Void("case/c1", gone);
  const auto x = Define(kServed);
  const Counted counted(log, x);
  const auto cells = ComputeCells(counted.facts(), At("2021-Q1"));
  const auto report = ComputeReport(counted.facts(), At("2021-Q1"));
  ASSERT_TRUE(cells.ok() && report.ok());
  ASSERT_EQ(cells->size(), static_cast<std::size_t>(report->rows_size()));
  ASSERT_EQ(cells->size(), 3u) << "the total, legal, and food that is gone";
  for (std::size_t i = 0; i < cells->size(); ++i) {
    const CountedCell& cell = (*cells)[i];
    EXPECT_EQ(cell.row.SerializeAsString(), report->rows(static_cast<int>(i)).SerializeAsString());
    EXPECT_EQ(cell.shares.size(), cell.row.evidence_count());
    const auto evidence = FindEvidence(counted.facts(), At("2021-Q1"), cell.row.cell());
    if (!evidence.ok()) continue;
    ASSERT_EQ(cell.shares.size(), evidence->events.size());
    for (std::size_t j = 0; j < cell.shares.size(); ++j) {
      EXPECT_EQ(cell.shares[j].position, evidence->events[j].fact.position);
      EXPECT_EQ(cell.shares[j].contributes, evidence->events[j].contributes);
    }
  }
  EXPECT_EQ(cells->back().row.published_value(), "1");
  EXPECT_TRUE(cells->back().shares.empty());
}

TEST(SumTest, RefusesPeopleAndNamesHowManyArePairedTwice) {
  TestLog log;
  for (const char* person : {"p1", "p2", "p3"}) Serve(log, person);
  for (const char* person : {"p2", "p3", "p4"}) {
    log.Add("case/c1", "cases.v1.CaseOpened", absl::StrCat("child { person_id: '", person, "' }"),
            "2021-02-01");
  }
  const auto sum =
      SumIndicators(Counted(log, Define(kServed, kOpened)).facts(), At("2021-Q1"), {"x", "y"});
  EXPECT_EQ(ErrorReason(sum.status()), "OVERLAPPING_PEOPLE");
  EXPECT_THAT(std::string(ToStd(sum.status().message())), HasSubstr("x and y share 2 people"));
}

TEST(SumTest, AddsHappeningsOfOneUnitWithoutOverlap) {
  TestLog log;
  Serve(log, "p1");
  Serve(log, "p2");
  log.Add("case/c1", "cases.v1.ReferralMade", "", "2021-02-01");
  const std::string services =
      R"(unit: UNIT_FACTS select { event: "mlup.cases.v1.ServiceProvided" })";
  const auto other = [](const std::string& body) {
    return "indicators { code: 'y' version: 1 name: 'Y' section: 'S' " + body + "}";
  };
  const auto reason = [&log](const Definitions& definitions,
                             const std::vector<std::string>& codes) {
    return ErrorReason(
        SumIndicators(Counted(log, definitions).facts(), At("2021-Q1"), codes).status());
  };
  const std::string referrals =
      R"(unit: UNIT_FACTS select { event: "mlup.cases.v1.ReferralMade" })";
  const auto added = SumIndicators(Counted(log, Define(services, other(referrals))).facts(),
                                   At("2021-Q1"), {"x", "y"});
  ASSERT_TRUE(added.ok()) << added.status();
  EXPECT_EQ(added->value(), "3");
  EXPECT_EQ(added->rows_size(), 2);
  EXPECT_EQ(reason(Define(services, other(referrals + "overlaps: 'x'")), {"x", "y"}),
            "NOT_ADDITIVE");
  EXPECT_EQ(reason(Define(services, other(referrals + "nature: NATURE_PLANNED")), {"x", "y"}),
            "NOT_ADDITIVE");
  EXPECT_EQ(reason(Define(services), {"x", "x"}), "NOT_ADDITIVE");
  EXPECT_EQ(reason(Define(services, kOpened), {"x", "y"}), "UNITS_DIFFER");
  EXPECT_EQ(reason(Define(services), {"x", "z"}), "INDICATOR_UNKNOWN");
}

TEST(SumTest, RefusesOrganisationsToo) {
  TestLog log;
  const std::string support =
      R"(unit: UNIT_ORGANISATIONS
         select { event: "mlup.network.v1.TechnicalSupportProvided" distinct: "@stream" })";
  for (const char* org : {"organisation/o1", "organisation/o2"}) {
    log.Add(org, "network.v1.TechnicalSupportProvided", "", "2021-02-01");
  }
  const auto sum = SumIndicators(
      Counted(log, Define(support, "indicators { code: 'y' version: 1 name: 'Y' section: 'S' " +
                                       support + "}"))
          .facts(),
      At("2021-Q1"), {"x", "y"});
  EXPECT_EQ(ErrorReason(sum.status()), "NOT_ADDITIVE");
  EXPECT_THAT(std::string(ToStd(sum.status().message())),
              HasSubstr("x and y share 2 organisations"));
}

TEST(ReportTest, WithoutADayOfKnowledgeTheLastEventGivesIt) {
  TestLog log;
  const auto x = Define(kServed);
  EXPECT_EQ(Report(log, x).as_known_at(), "");
  Serve(log, "p1", {"2021-05-03"});
  EXPECT_EQ(Report(log, x).as_known_at(), "2021-05-03");
  EXPECT_EQ(Report(log, x, At("2021-Q1", "2021-05-31")).as_known_at(), "2021-05-31");
}

TEST(ReportTest, AMistypedCodeOrRowIsAnsweredWithTheOneThatWasMeant) {
  TestLog log;
  Serve(log, "p1");
  const auto x = Define(kServed, kOpened);
  EXPECT_THAT(std::string(ToStd(Define(kServed).Named("xx").status().message())),
              Not(HasSubstr("did you mean")));
  reports::v1::Cell cell;
  cell.set_code("x");
  cell.set_dimension("service");
  cell.set_member("legl");
  const auto status = FindEvidence(Counted(log, x).facts(), At("2021-Q1"), cell).status();
  EXPECT_EQ(ErrorReason(status), "CELL_UNKNOWN");
  EXPECT_THAT(std::string(ToStd(status.message())), HasSubstr("did you mean service=legal?"));
}

TEST(ScopeTest, IsAPeriodADayAndAPosition) {
  reports::v1::Scope scope;
  scope.set_period("2021-Q1");
  auto parsed = ParseScope(scope, {9});
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->cut.position, Position{9});
  EXPECT_FALSE(parsed->cut.day);
  scope.set_position(7);
  scope.set_as_known_at("2021-04-22");
  parsed = ParseScope(scope, {9});
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->cut.position, Position{7});
  EXPECT_EQ(FormatDay(*parsed->cut.day), "2021-04-22");
  scope.set_as_known_at("yesterday");
  EXPECT_EQ(ErrorReason(ParseScope(scope, {9}).status()), "DAY_INVALID");
  scope.set_period("2021-Q5");
  EXPECT_EQ(ErrorReason(ParseScope(scope, {9}).status()), "PERIOD_INVALID");
  EXPECT_EQ(
      ErrorReason(ComputeReport(Counted(TestLog(), Define(kServed)).facts(), At("2021"), {"none"})
                      .status()),
      "INDICATOR_UNKNOWN");
}

TEST(DifferenceTest, HoldsTheRowsThatAreAnotherFigureThanThen) {
  TestLog log;
  const auto meetings = Define(R"(unit: UNIT_ACTIVITIES
      select { event: "mlup.training.v1.ActivityHeld" } dimensions { name: "mode" field: "mode" })");
  log.Add("activity/a", "training.v1.ActivityHeld", "mode: MODE_PHONE", "2021-02-01",
          {"2021-02-02"});
  const std::string gone =
      log.Add("activity/b", "training.v1.ActivityHeld", "mode: MODE_ONLINE", "2021-02-01");
  Scope scope = At("2021-Q1");
  scope.compared = Cut{{UINT64_MAX}, ParseDay("2021-02-02")};
  EXPECT_EQ(Report(log, meetings, scope).rows_size(), 0);
  log.Void("activity/b", gone, "2021-03-01");
  log.Add("activity/c", "training.v1.ActivityHeld", "mode: MODE_IN_PERSON", "2021-02-01");
  const auto report = Report(log, meetings, scope);
  std::vector<std::string> rows;
  for (const auto& row : report.rows()) {
    rows.push_back(absl::StrCat(row.cell().member(), ": ", row.published_value(), " then, ",
                                Told(row), " now, by ", absl::StrJoin(row.restated_by(), " ")));
  }
  EXPECT_THAT(rows, ElementsAre(": 2 then, 2 now, by 3 4", "in_person:  then, 1 now, by 4",
                                "online: 1 then, WHY_NONE_NOTHING_RECORDED now, by 3"));
}

TEST(DefinitionsTest, OfTheReportsAreAllValid) {
  std::ifstream file(MLUP_INDICATORS_FILE);
  std::stringstream text;
  text << file.rdbuf();
  const auto definitions = Definitions::Parse(text.str());
  ASSERT_TRUE(definitions.ok()) << definitions.status();
  EXPECT_EQ(definitions->indicators().size(), 143u);
  const auto report = Report(TestLog(), *definitions);
  for (const auto& row : report.rows()) EXPECT_NE(Told(row), "0") << row.cell().code();
}

struct Mistake {
  const char* body;
  const char* says;
};

class MistakeTest : public ::testing::TestWithParam<Mistake> {};

TEST_P(MistakeTest, IsNamedWithLineCodeAndField) {
  const auto definitions = Definitions::Parse(absl::StrCat(
      "indicators {\n  code: 'x' version: 1 name: 'X' section: 'S'\n", GetParam().body, "\n}"));
  EXPECT_EQ(ErrorReason(definitions.status()), "DEFINITIONS_INVALID");
  EXPECT_THAT(std::string(ToStd(definitions.status().message())), HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    All, MistakeTest,
    ::testing::Values(
        Mistake{"unit: UNIT_FACTS\nselect { even: 'x' }", "line 4: Message type"},
        Mistake{"unit: UNIT_FACTS\nselect { event: 'mlup.Nothing' }",
                "line 4: indicator x, select[0].event: event type `mlup.Nothing` is unknown"},
        Mistake{"unit: UNIT_FACTS\nselect {\n event: 'mlup.cases.v1.CaseClosed'\n where {\n field: "
                "'reson' in: 'x' } }",
                "line 7: indicator x, select[0].where[0].field: `reson`: CaseClosed has no field"},
        Mistake{"unit: UNIT_FACTS select { event: 'mlup.cases.v1.CaseClosed' where { field: "
                "'child' in: 'x' } }",
                "is no single value"},
        Mistake{"unit: UNIT_FACTS select { event: 'mlup.cases.v1.CaseClosed' where { field: "
                "'reason' } }",
                "needs `in`"},
        Mistake{
            "unit: UNIT_FACTS select { event: 'mlup.cases.v1.CaseClosed' }\ndimensions { name: "
            "'a'\nfield: '@person.sex' }",
            "line 5: indicator x, dimensions[0].field: `@person.sex`: the items have no person"},
        Mistake{"unit: UNIT_FACTS select { event: 'mlup.cases.v1.CaseClosed' } dimensions { name: "
                "'a' latest { event: 'no' } }",
                "event type `no` is unknown"},
        Mistake{"unit: UNIT_FACTS select { event: 'mlup.cases.v1.CaseClosed' distinct: '@stream' }",
                "counts happenings"},
        Mistake{"unit: UNIT_CASES select { event: 'mlup.cases.v1.CaseClosed' }", "needs the id"},
        Mistake{"unit: UNIT_HEADCOUNT select { event: 'mlup.cases.v1.CaseClosed' }",
                "needs a number"},
        Mistake{"unit: UNIT_UNIQUE_PERSONS select { event: 'mlup.cases.v1.CaseClosed' distinct: "
                "'child.person_id' }",
                "entity: does not fit"},
        Mistake{"unit: UNIT_FACTS select { event: 'mlup.cases.v1.CaseClosed' each: 'reason' }",
                "is no list"},
        Mistake{"unit: UNIT_FACTS select { event: 'mlup.cases.v1.IncidentReported' where { field: "
                "'children.person_id' present: true } }",
                "needs `each`"},
        Mistake{"unit: UNIT_FACTS period_rule: PERIOD_RULE_ACTIVE_IN_PERIOD select { event: "
                "'mlup.cases.v1.CaseClosed' }",
                "needs an end"},
        Mistake{"unit: UNIT_FACTS select { event: 'mlup.cases.v1.CaseClosed' part: 'a' }",
                "select: a `part` needs a dimension with `parts: true`"},
        Mistake{"unit: UNIT_CASES select { event: 'mlup.cases.v1.CaseClosed' distinct: '@stream' "
                "part: 'a' } dimensions { name: 'part' parts: true }",
                "two different ones at least"},
        Mistake{"unit: UNIT_CASES select { event: 'mlup.cases.v1.CaseClosed' distinct: '@stream' "
                "part: 'every_part' } select { event: 'mlup.cases.v1.CaseOpened' distinct: "
                "'@stream' part: 'a' } dimensions { name: 'part' parts: true }",
                "name the part otherwise"},
        Mistake{"unit: UNIT_FACTS select { event: 'mlup.cases.v1.CaseClosed' part: 'a' } select { "
                "event: 'mlup.cases.v1.CaseOpened' part: 'b' } dimensions { name: 'part' parts: "
                "true }",
                "unit: only what is counted once each"},
        Mistake{"unit: UNIT_POINTS select { event: 'mlup.training.v1.TestResultRecorded' sum: "
                "'score' }",
                "select[0].pair: what is gained needs a pair"},
        Mistake{"unit: UNIT_POINTS select { event: 'mlup.training.v1.TestResultRecorded' sum: "
                "'score' pair { event: 'mlup.training.v1.TestResultRecorded' } }",
                "select[0].pair[0].match: is missing"},
        Mistake{"unit: UNIT_FACTS select { event: 'mlup.cases.v1.CaseClosed' without: 'no' }",
                "select[0].without: event type `no` is unknown"},
        Mistake{"unit: UNIT_FACTS select { event: 'mlup.training.v1.ActivityHeld' where { field: "
                "'kind' contains: 'meeting' } }",
                "`kind` is no list of the event itself: use `in`"},
        Mistake{"unit: UNIT_FACTS select { event: 'mlup.training.v1.ActivityHeld' where { field: "
                "'topics' contains: 'a' in: 'b' } }",
                "`contains` stands alone"},
        Mistake{"unit: UNIT_FACTS nature: NATURE_CONTEXT select { event: "
                "'mlup.cases.v1.CaseClosed' } dimensions { name: 'a' field: 'reason' "
                "count_members: true }",
                "dimensions[0].count_members: counts the members of what is counted"},
        Mistake{"unit: UNIT_FACTS select { event: 'mlup.cases.v1.CaseClosed' } dimensions { name: "
                "'a' }",
                "needs one of `field`, `latest` and `parts`"},
        Mistake{"unit: UNIT_FACTS overlaps: 'z' select { event: 'mlup.cases.v1.CaseClosed' }",
                "line 1: indicator x: overlaps `z`"},
        Mistake{"unit: UNIT_FACTS select { event: 'mlup.cases.v1.CaseClosed' } } indicators { "
                "code: 'x'",
                "stands twice"}));

TEST(DefinitionsTest, JoinsAreCheckedToo) {
  const auto reason = [](const std::string& text) {
    return std::string(ToStd(Definitions::Parse(text).status().message()));
  };
  EXPECT_THAT(reason("\njoins { name: 'a' via: '@stream' event: 'no' }"),
              HasSubstr("line 2: join a: event type `no` is unknown"));
  EXPECT_THAT(reason("joins { name: 'a' via: 'x_id' event: 'mlup.cases.v1.CaseOpened' }"),
              HasSubstr("needs a category"));
  EXPECT_THAT(
      reason(
          R"(joins { name: "a" via: "a.owner_org_id" category: "organisation" event: "mlup.cases.v1.CaseOpened" }
      indicators { code: "x" version: 1 name: "X" section: "S" unit: UNIT_FACTS
      select { event: "mlup.cases.v1.CaseClosed" where { field: "a.case_type" present: true } } })"),
      HasSubstr("too deep"));
  EXPECT_THAT(reason(""), IsEmpty());
}

}  // namespace
}  // namespace mlup::counting::report_test
