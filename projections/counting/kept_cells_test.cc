// Which kept cells new facts leave alone: these are not counted again. That none is left alone that
// is another figure now is shown by kept_random_test.cc.
#include "projections/counting/counting_test_log.h"

namespace mlup::counting::kept_cells_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kServed[] = R"(unit: UNIT_UNIQUE_PERSONS entity: ENTITY_PERSON
    select { event: "mlup.cases.v1.ServiceProvided" distinct: "person.person_id" }
    dimensions { name: "sex" field: "@person.sex" })";
constexpr char kCases[] = R"(indicators { code: "open" version: 1 name: "Open" section: "S"
    unit: UNIT_CASES period_rule: PERIOD_RULE_ACTIVE_IN_PERIOD
    select { event: "mlup.cases.v1.CaseOpened" distinct: "@stream" ended_by: "mlup.cases.v1.CaseClosed" } })";

// A log that grows, and one who asks for reports between.
class KeptCellsTest : public testing::Test {
 protected:
  void Serve(const std::string& person, const std::string& day, const Circumstances& how = {}) {
    Take(log_.Add("case/" + person, "cases.v1.ServiceProvided",
                  "person { person_id: '" + person + "' }", day, how));
  }
  void Open(const std::string& id, const std::string& day) {
    Take(log_.Add("case/" + id, "cases.v1.CaseOpened", "", day));
  }
  void Close(const std::string& id, const std::string& day) {
    Take(log_.Add("case/" + id, "cases.v1.CaseClosed", "", day));
  }
  void Take(std::string id) {
    last_ = std::move(id);
    list_.Add(log_.last());
  }

  // The indicators that had to be counted for the reports of these periods, with the period.
  std::vector<std::string> Counted(const std::vector<std::string>& periods,
                                   const std::string& day = "") {
    std::vector<std::string> counted;
    for (const std::string& period : periods) {
      for (const Indicator& indicator : definitions_.indicators()) {
        const std::string& code = indicator.definition->code();
        Scope scope = At(period, day);
        scope.cut.position = log_.last().position;
        // What the period itself is asked for comes first.
        EXPECT_TRUE(ComputeReport(facts_, scope, {"other"}).ok());
        const auto before = facts_.kept().counts().counted;
        EXPECT_TRUE(ComputeReport(facts_, scope, {code}).ok());
        if (facts_.kept().counts().counted > before)
          counted.push_back(absl::StrCat(period, " ", code));
      }
    }
    return counted;
  }

  const Definitions definitions_ = Define(kServed, absl::StrCat(kCases, R"(
      indicators { code: "other" version: 1 name: "O" section: "S" unit: UNIT_FACTS
      select { event: "mlup.cases.v1.TaskCreated" } })"));
  TestLog log_;
  std::string last_;
  projections::FactList list_;
  const CountedFacts facts_{list_, definitions_};
  const std::vector<std::string> quarters_ = {"2021-Q1", "2021-Q2"};

  void SetUp() override {
    Serve("p1", "2021-02-01");
    Serve("p2", "2021-05-01");
    Open("c1", "2021-01-10");
    EXPECT_THAT(Counted(quarters_),
                ElementsAre("2021-Q1 x", "2021-Q1 open", "2021-Q2 x", "2021-Q2 open"));
    EXPECT_THAT(Counted(quarters_), IsEmpty()) << "nothing is new";
  }
};

TEST_F(KeptCellsTest, WhatHappenedTouchesItsPeriodOnly) {
  Serve("p3", "2021-05-02");
  EXPECT_THAT(Counted(quarters_), ElementsAre("2021-Q2 x"));
  Serve("p3", "2021-03-30..2021-04-02");
  EXPECT_THAT(Counted(quarters_), ElementsAre("2021-Q1 x", "2021-Q2 x"));
  Serve("p3", "unknown");
  EXPECT_THAT(Counted(quarters_), ElementsAre("2021-Q1 x", "2021-Q2 x"));
  Serve("p3", "2021-08-01");
  EXPECT_THAT(Counted(quarters_), IsEmpty());
}

TEST_F(KeptCellsTest, WhatGoesOnIsTouchedFromItsBeginToItsEnd) {
  Open("c2", "2021-04-10");
  EXPECT_THAT(Counted(quarters_), ElementsAre("2021-Q2 open"));
  Close("c1", "2021-05-10");
  EXPECT_THAT(Counted(quarters_), ElementsAre("2021-Q2 open")) << "an end after the first quarter";
  const std::string late = last_;
  Close("c1", "2021-02-10");
  EXPECT_THAT(Counted(quarters_), ElementsAre("2021-Q1 open", "2021-Q2 open"));
  Take(log_.Void("case/c1", late));
  EXPECT_THAT(Counted(quarters_), ElementsAre("2021-Q1 open", "2021-Q2 open"))
      << "now the case ended in the first quarter";
  Close("c9", "2021-02-10");
  EXPECT_THAT(Counted(quarters_), IsEmpty()) << "nothing began there";
}

TEST_F(KeptCellsTest, CorrectionsAndVoidsTouchWhereTheEventWasAndWhereItIs) {
  Serve("p4", "2021-08-01");
  const std::string moved = last_;
  EXPECT_THAT(Counted(quarters_), IsEmpty());
  Take(log_.Correct("case/p4", moved, "occurred { from: '2021-02-03' to: '2021-02-03' }"));
  EXPECT_THAT(Counted(quarters_), ElementsAre("2021-Q1 x"));
  Take(log_.Void("case/p4", moved));
  EXPECT_THAT(Counted(quarters_), ElementsAre("2021-Q1 x"));
  Take(log_.Void("case/p4", "e99"));
  EXPECT_THAT(Counted(quarters_), IsEmpty()) << "names nothing";
}

TEST_F(KeptCellsTest, FacetsAndMergesTouchThosePersons) {
  Take(
      log_.Add("person/p9", "cases.v1.PersonRegistered", "person { sex: SEX_MALE }", "2021-01-01"));
  EXPECT_THAT(Counted(quarters_), IsEmpty()) << "somebody who is not counted";
  Take(
      log_.Add("person/p1", "cases.v1.PersonRegistered", "person { sex: SEX_MALE }", "2021-01-01"));
  EXPECT_THAT(Counted(quarters_), ElementsAre("2021-Q1 x"));
  Take(log_.Add("person/p9", "cases.v1.PersonsMerged", "survivor { person_id: 'p1' }",
                "2021-06-01"));
  EXPECT_THAT(Counted(quarters_), ElementsAre("2021-Q1 x"));
  Take(log_.Add("person/p9", "cases.v1.ResidenceChanged", "", "2021-06-01"));
  EXPECT_THAT(Counted(quarters_), ElementsAre("2021-Q1 x")) << "of a record of the first person";
}

TEST_F(KeptCellsTest, WhatWasKnownInThePastStaysKeptUntilSomethingIsImportedThere) {
  EXPECT_THAT(Counted({"2021-Q1"}, "2021-01-31"), ElementsAre("2021-Q1 x", "2021-Q1 open"));
  Serve("p5", "2021-02-01", {"2021-03-01"});
  EXPECT_THAT(Counted({"2021-Q1"}, "2021-01-31"), IsEmpty());
  Serve("p6", "2021-02-01", {"2021-01-20"});
  EXPECT_THAT(Counted({"2021-Q1"}, "2021-01-31"), ElementsAre("2021-Q1 x"));
}

TEST_F(KeptCellsTest, NothingIsToldOnce) {
  EXPECT_THAT(Counted({"2020-Q4"}), ElementsAre("2020-Q4 x", "2020-Q4 open"));
  Take(log_.Add("task/t", "cases.v1.TaskCreated", "", "2021-02-01"));
  EXPECT_THAT(Counted({"2020-Q4"}), IsEmpty());
}

// What the first quarter comes to, from kept cells where they hold.
class KeptLookupsTest : public testing::Test {
 protected:
  void Add(const std::string& stream, const std::string& type, const std::string& text,
           const std::string& day) {
    log_.Add(stream, type, text, day);
    list_.Add(log_.last());
  }
  std::string Total(const CountedFacts& facts) {
    Scope scope = At("2021-Q1");
    scope.cut.position = log_.last().position;
    const auto report = ComputeReport(facts, scope);
    EXPECT_TRUE(report.ok()) << report.status();
    return Told(report->rows(0));
  }

  TestLog log_;
  projections::FactList list_;
};

TEST_F(KeptLookupsTest, AMemberWhoComesLaterIsCounted) {
  const auto x = Define(R"(unit: UNIT_UNIQUE_PERSONS entity: ENTITY_PERSON
      select { event: "mlup.donations.v1.ItemsDistributed"
        expand { name: "of" via: "recipient_id" category: "household" event: "mlup.cases.v1.HouseholdMemberAdded" }
        distinct: "of.member.person_id" })");
  const CountedFacts facts(list_, x);
  Add("household/h", "cases.v1.HouseholdMemberAdded", "member { person_id: 'p' }", "2020-01-01");
  Add("distribution/d", "donations.v1.ItemsDistributed", "recipient_id: 'h'", "2021-02-21");
  EXPECT_EQ(Total(facts), "1");
  Add("household/h", "cases.v1.HouseholdMemberAdded", "member { person_id: 'q' }", "2020-01-01");
  EXPECT_EQ(Total(facts), "2");
}

TEST_F(KeptLookupsTest, TheOtherOfAPairMayComeLaterAndLieOutside) {
  const auto x = Define(R"(unit: UNIT_POINTS select { event: "mlup.training.v1.TestResultRecorded"
      where { field: "phase" in: "post" } sum: "score"
      pair { event: "mlup.training.v1.TestResultRecorded" where { field: "phase" in: "pre" }
             match: "person.person_id" } })");
  const CountedFacts facts(list_, x);
  Add("activity/a", "training.v1.TestResultRecorded",
      "phase: TEST_PHASE_POST person { person_id: 'p' } score: '7'", "2021-02-01");
  EXPECT_EQ(Total(facts), "WHY_NONE_NOT_COUNTED");
  Add("activity/a", "training.v1.TestResultRecorded",
      "phase: TEST_PHASE_PRE person { person_id: 'p' } score: '3'", "2020-02-01");
  EXPECT_EQ(Total(facts), "4");
}

TEST_F(KeptLookupsTest, ALateEndOverrulesTheDayThatWasAgreed) {
  const auto x = Define(R"(unit: UNIT_ORGANISATIONS period_rule: PERIOD_RULE_ACTIVE_IN_PERIOD
      select { event: "mlup.network.v1.PartnershipAgreed" distinct: "@stream"
               ended_by: "mlup.network.v1.PartnershipEnded" ends_on: "to" })");
  const CountedFacts facts(list_, x);
  Add("organisation/o", "network.v1.PartnershipAgreed", "to: '2020-12-31'", "2020-01-01");
  EXPECT_EQ(Total(facts), "WHY_NONE_OUT_OF_PERIOD");
  Add("organisation/o", "network.v1.PartnershipEnded", "", "2021-08-01");
  EXPECT_EQ(Total(facts), "1");
}

TEST(KeptCellsRoomTest, WhatWasNotAskedForTheLongestGoes) {
  const auto x = Define(kServed);
  TestLog log;
  log.Add("case/c", "cases.v1.ServiceProvided", "person { person_id: 'p' }", "2021-02-01");
  const projections::FactList list = log.facts();
  const std::size_t one = [&] {
    const CountedFacts facts(list, x);
    EXPECT_TRUE(ComputeReport(facts, At("2021-Q1")).ok());
    return facts.kept().counts().bytes;
  }();
  const CountedFacts facts(list, x, 2 * one + one / 2);
  for (const char* period : {"2021-Q1", "2021-02", "2021-Q1", "2021"}) {
    EXPECT_TRUE(ComputeReport(facts, At(period)).ok());
    EXPECT_LE(facts.kept().counts().bytes, 2 * one + one / 2);
  }
  const auto counted = [&](const char* period) {
    const auto before = facts.kept().counts().counted;
    EXPECT_TRUE(ComputeReport(facts, At(period)).ok());
    return facts.kept().counts().counted - before;
  };
  EXPECT_EQ(counted("2021-Q1"), 0u);
  EXPECT_GT(counted("2021-02"), 0u) << "it had to go";
}

}  // namespace
}  // namespace mlup::counting::kept_cells_test
