// Kits, what is unknown, sums that cannot be held, restatements that no value shows, and conditions
// that nothing can meet.
#include "absl/strings/str_join.h"

#include "projections/counting/counting_test_log.h"

namespace mlup::counting::figures_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kGoods[] = R"(unit: UNIT_ITEMS
    select { event: "mlup.donations.v1.ItemsDistributed" each: "lines" sum: "lines.quantity" }
    dimensions { name: "item" field: "lines.item_code" })";
constexpr char kServed[] = R"(unit: UNIT_UNIQUE_PERSONS entity: ENTITY_PERSON
    select { event: "mlup.cases.v1.ServiceProvided" distinct: "person.person_id" }
    dimensions { name: "service" field: "service_code" })";

std::string DefineKit(TestLog& log, int version, const std::string& contents,
                      const std::string& known = "") {
  return log.Add("store/s", "donations.v1.KitDefined",
                 absl::StrCat("kit_code: 'food_pack' version: ", version, " ", contents),
                 "2021-01-05", {known});
}

std::string Line(const std::string& name, const std::string& item, const std::string& quantity) {
  return absl::StrCat(name, " { item_code: '", item, "' unit: 'piece' quantity: '", quantity,
                      "' } ");
}

void Give(TestLog& log, const std::string& what) {
  log.Add("distribution/d", "donations.v1.ItemsDistributed", what, "2021-02-21");
}

std::string Serve(TestLog& log, const std::string& person, const std::string& service = "legal") {
  return log.Add("case/c1", "cases.v1.ServiceProvided",
                 absl::StrCat("service_code: '", service, "' person { person_id: '", person, "' }"),
                 "2021-02-01");
}

void Publish(TestLog& log, int position) {
  log.Add("report/r", "network.v1.ReportPublished",
          absl::StrCat("period: '2021-Q1' as_known_at: '2021-04-22' position: ", position),
          "2021-04-23", {"2021-04-23"});
}

TEST(KitsTest, AKitWithoutLinesIsItsContents) {
  TestLog log;
  DefineKit(log, 1, Line("contents", "fish_sauce", "2") + Line("contents", "noodles", "30"));
  DefineKit(log, 2, Line("contents", "noodles", "10"));
  Give(log, "kit_code: 'food_pack' kit_version: 1");
  Give(log, "kit_code: 'food_pack' kit_version: 1");
  Give(log, "kit_code: 'food_pack' kit_version: 2");
  EXPECT_THAT(Parts(log, Define(kGoods), "item"), ElementsAre("fish_sauce=4", "noodles=70"));
}

TEST(KitsTest, LinesThatWereCountedStandAndAnUnknownKitSaysNothing) {
  TestLog log;
  DefineKit(log, 1, Line("contents", "noodles", "30"));
  Give(log, "kit_code: 'food_pack' kit_version: 1 " + Line("lines", "noodles", "29"));
  Give(log, "kit_code: 'food_pack' kit_version: 9");
  Give(log, "kit_code: 'food_pack' kit_version: 1 uncounted: true");
  EXPECT_THAT(Parts(log, Define(kGoods), "item"), ElementsAre("noodles=29"));
}

TEST(KitsTest, ContentsAreThoseKnownAtTheCutAsCorrectedOrVoided) {
  TestLog log;
  Give(log, "kit_code: 'food_pack' kit_version: 1");
  const auto kit = DefineKit(log, 1, Line("contents", "noodles", "30"), "2021-05-01");
  const auto x = Define(kGoods);
  EXPECT_THAT(Parts(log, x, "item", At("2021-Q1", "2021-04-30")), IsEmpty());
  EXPECT_THAT(Parts(log, x, "item"), ElementsAre("noodles=30"));
  log.Correct("store/s", kit,
              "changes { field: 'contents[0].quantity' old_value: '\"30\"' new_value: '\"20\"' }",
              "2021-05-02");
  EXPECT_THAT(Parts(log, x, "item"), ElementsAre("noodles=20"));
  log.Void("store/s", kit, "2021-05-03");
  EXPECT_THAT(Parts(log, x, "item"), IsEmpty());
}

TEST(UnknownTest, IsNoThingThatIsCounted) {
  TestLog log;
  for (const char* province : {"02", "12", "unknown", "02"}) {
    log.Add(absl::StrCat("household/", province), "cases.v1.HouseholdRegistered",
            absl::StrCat("residence_province_code: '", province, "'"), "2021-02-01");
  }
  const auto x = Define(R"(unit: UNIT_PROVINCES
      select { event: "mlup.cases.v1.HouseholdRegistered" distinct: "residence_province_code" })");
  const auto row = RowOf(log, x);
  EXPECT_EQ(row.value(), "2");
  EXPECT_TRUE(row.and_uncounted());
}

TEST(TooLargeTest, OneCellSaysSoAndTheOthersStand) {
  TestLog log;
  for (const char* item : {"rice", "rice", "oil"}) {
    Give(log, Line("lines", item, "5000000000000000"));
  }
  Give(log, Line("lines", "salt", "3"));
  const auto x = Define(kGoods, R"(indicators { code: "y" version: 1 name: "Y" section: "S"
      unit: UNIT_DISTRIBUTIONS select { event: "mlup.donations.v1.ItemsDistributed" } })");
  EXPECT_THAT(Parts(log, x, "item"),
              ElementsAre("oil=5000000000000000", "rice=WHY_NONE_TOO_LARGE", "salt=3"));
  const auto report = Report(log, x);
  EXPECT_EQ(Told(report.rows(report.rows_size() - 1)), "4");
  reports::v1::Cell cell;
  cell.set_code("x");
  cell.set_dimension("item");
  cell.set_member("rice");
  const auto evidence = FindEvidence(Counted(log, x).facts(), At("2021-Q1"), cell);
  ASSERT_TRUE(evidence.ok()) << evidence.status();
  ASSERT_EQ(evidence->events.size(), 2u) << "the positions of what is too large";
  EXPECT_EQ(evidence->events[0].fact.position, Position{1});
  EXPECT_EQ(evidence->events[1].fact.position, Position{2});
}

TEST(RestatedTest, OtherEvidenceUnderTheSameNumberIsARestatement) {
  TestLog log;
  const auto first = Serve(log, "p1");
  Publish(log, 1);
  Serve(log, "p2");
  log.Void("case/c1", first, "2021-05-01");  // position 4
  const auto row = RowOf(log, Define(kServed));
  EXPECT_EQ(row.value(), "1");
  EXPECT_TRUE(row.restated());
  EXPECT_EQ(row.published_value(), "1");
  EXPECT_THAT(row.restated_by(), ElementsAre(3, 4));
}

TEST(RestatedTest, ARowThatIsGoneIsToldWithWhatItWas) {
  TestLog log;
  const auto legal = Serve(log, "p1");
  Serve(log, "p1", "medical");
  Publish(log, 2);
  log.Void("case/c1", legal, "2021-05-01");  // position 4
  const auto x = Define(kServed);
  EXPECT_THAT(Parts(log, x, "service"),
              ElementsAre("medical=1", "legal=WHY_NONE_NOTHING_RECORDED"));
  const auto row = RowOf(log, x, At("2021-Q1"), "service", "legal");
  EXPECT_TRUE(row.restated());
  EXPECT_EQ(row.published_value(), "1");
  EXPECT_THAT(row.restated_by(), ElementsAre(4));
  EXPECT_FALSE(RowOf(log, x, At("2021-Q1"), "service", "medical").restated());
}

TEST(RestatedTest, WhatDidNotChangeIsNone) {
  TestLog log;
  Serve(log, "p1");
  Publish(log, 1);
  Serve(log, "p2", "medical");
  EXPECT_FALSE(RowOf(log, Define(kServed), At("2021-Q1"), "service", "legal").restated());
}

struct Mistyped {
  std::string name;
  std::string where;
  std::string says;
};

class ConditionsTest : public testing::TestWithParam<Mistyped> {};

TEST_P(ConditionsTest, WhatNothingCanMeetIsRefusedWhenTheFileIsRead) {
  const auto definitions = Definitions::Parse(
      absl::StrCat("indicators { code: 'x' version: 1 name: 'X' section: 'S' unit: UNIT_CASES "
                   "select { event: 'mlup.",
                   GetParam().where, " distinct: '@stream' } }"));
  EXPECT_EQ(ErrorReason(definitions.status()), "DEFINITIONS_INVALID");
  EXPECT_THAT(std::string(ToStd(definitions.status().message())), HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    All, ConditionsTest,
    testing::Values(
        Mistyped{"Enum", "cases.v1.CaseClosed' where { field: 'reason' in: 'dyed' }",
                 "`dyed` is none of its values"},
        Mistyped{"Case", "training.v1.ActivityHeld' where { field: 'kind' in: 'MEETING' }",
                 "`MEETING` is none of its values: training, workshop"},
        Mistyped{"NotIn", "cases.v1.CaseClosed' where { field: 'reason' not_in: 'dyed' }",
                 "`dyed` is none of its values"},
        Mistyped{"Bool", "cases.v1.ServiceProvided' where { field: 'uncounted' in: 'True' }",
                 "`True` is none of its values: true, false"},
        Mistyped{"Number",
                 "donations.v1.ItemsDistributed' where { field: 'kit_version' in: 'one' }",
                 "`one` is no number"},
        Mistyped{"Sector", "cases.v1.ServiceProvided' where { field: '@sector' in: 'helth' }",
                 "`helth` is none of its values"},
        Mistyped{"Sealed",
                 "cases.v1.PersonRegistered' where { field: 'person.name_latin' in: 'Sok' }",
                 "`name_latin` is sealed"}),
    [](const auto& mistyped) { return mistyped.param.name; });

TEST(CheckTest, AllThatIsWrongIsListedWithItsLine) {
  const auto problems =
      Definitions::Check(R"(joins { name: "case" via: "@stream" event: "mlup.Nowhere" }
indicators {
  code: "x"
  version: 1
  name: "X"
  section: "S"
  unit: UNIT_CASES
  select {
    event: "mlup.cases.v1.CaseClosed"
    where { field: "reason" in: "dyed" }
    where { field: "raeson" in: "died" }
    distinct: "@stream"
  }
  dimensions { name: "sector" field: "@sektor" }
  overlaps: "nobody"
}
indicators { code: "Y" version: 1 name: "Y" section: "S" unit: UNIT_FACTS select { event: "CaseClosed" } }
)");
  std::vector<std::string> told;
  told.reserve(problems.size());
  for (const Problem& problem : problems) {
    told.push_back(absl::StrCat(problem.line, ": ", problem.message.substr(0, 60)));
  }
  ASSERT_EQ(problems.size(), 7u) << absl::StrJoin(told, "\n");
  EXPECT_THAT(problems[0].message, HasSubstr("mlup.Nowhere"));
  EXPECT_EQ(problems[0].line, 1);
  EXPECT_THAT(absl::StrJoin(told, "\n"), HasSubstr("10: indicator x, select[0].where[0].in"));
  EXPECT_THAT(absl::StrJoin(told, "\n"), HasSubstr("11: indicator x, select[0].where[1].field"));
  EXPECT_THAT(absl::StrJoin(told, "\n"), HasSubstr("14: indicator x, dimensions[0].field"));
}

TEST(CheckTest, NothingIsSaidOfAFileThatCanBeUsed) {
  EXPECT_TRUE(Definitions::Check("").empty());
  EXPECT_EQ(Definitions::Check("indicators {").size(), 1u);
}

}  // namespace
}  // namespace mlup::counting::figures_test
