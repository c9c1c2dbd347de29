// The rules of conflicts: all that was said stands there, and a person says once what holds.
#include "services/domain/conflicts.h"

#include "gtest/gtest.h"

#include "services/domain/rule_test.h"

namespace mlup::domain::conflicts_test {
namespace {

constexpr char kClub[] = "club/c";
constexpr char kFormed[] = "group_formed { kind: GROUP_KIND_YOUTH_CLUB name: 'Stars' }";

std::string Detected(const std::string& more, const std::string& field = "group_formed.name") {
  return absl::StrCat("conflict_detected { field: '", field,
                      "' entries { request_id: 'r1' actor_id: 'staff-yw-1' device: 'tablet-1' } "
                      "entries { request_id: 'r2' actor_id: 'staff-yw-2' device: 'tablet-2' } ",
                      more, " }");
}
const std::string kDetected = Detected("values: '\"Stars\"' values: '\"Suns\"'");

std::string Resolved(const std::string& chosen, const std::string& conflict = "e2") {
  return absl::StrCat("conflict_resolved { conflict_event_id: '", conflict,
                      "' chosen_request_id: '", chosen, "' }");
}

TEST(ConflictTest, HoldsAValueForEachOfThoseWhoSaidSomething) {
  const Records club = Given(kClub, {kFormed});
  EXPECT_EQ(club.Refusal(kDetected), "");
  EXPECT_EQ(club.Refusal(Detected("values: '\"Stars\"'")),
            "VALUES_MISSING at conflict_detected.values");
  EXPECT_EQ(club.Refusal("conflict_detected { field: 'group_formed.name' entries { request_id: "
                         "'r1' } entries { request_id: 'r1' } values: 'null' values: 'null' }"),
            "ENTRY_TWICE at conflict_detected.entries");
  for (const char* const nowhere : {"group_formed.colour", "group_formed", "moon_seen.name", ""}) {
    EXPECT_EQ(club.Refusal(Detected("values: '1' values: '2'", nowhere)),
              "FIELD_UNKNOWN at conflict_detected.field")
        << nowhere;
  }
}

TEST(ConflictTest, KeepsValuesOfAPersonsPartInThatPart) {
  const Records person = Given("person/sok", {"person_registered { person { person_id: 'sok' } }"});
  const std::string status = "school_status_changed.person.status";
  const std::string two = "values: '\"SCHOOL_STATUS_ENROLLED\"' values: 'null'";
  const std::string sealed = "person { person_id: 'sok' " + two + " }";
  EXPECT_EQ(person.Refusal(Detected(sealed, status)), "");
  EXPECT_EQ(person.Refusal(Detected(two, status)), "VALUE_PLACE at conflict_detected.values");
  EXPECT_EQ(person.Refusal(Detected("person { person_id: 'sok' values: 'null' }", status)),
            "VALUES_MISSING at conflict_detected.person.values");
  EXPECT_EQ(Given(kClub, {kFormed}).Refusal(Detected(sealed)),
            "VALUE_PLACE at conflict_detected.person");
  EXPECT_EQ(person.Refusal(Detected("person { person_id: 'dara' " + two + " }", status)),
            "OTHER_PERSON");
}

// A clear value is a value of its field, so that no other text stands there.
TEST(ConflictTest, HoldsValuesOfItsFieldOnly) {
  const Records club = Given(kClub, {kFormed});
  const auto said = [&](const std::string& field, const std::string& value) {
    return club.Refusal(Detected("values: 'null' values: '" + value + "'", field));
  };
  EXPECT_EQ(said("group_formed.kind", "\"GROUP_KIND_YOUTH_CLUB\""), "");
  EXPECT_EQ(said("group_formed.kind", "null"), "");
  for (const char* const other :
       {"Sok Dara", "{\"a\": 1}", "1", "\"GROUP_KIND_NONE\"", " \"GROUP_KIND_YOUTH_CLUB\"", ""}) {
    EXPECT_EQ(said("group_formed.kind", other), "VALUE_INVALID at conflict_detected.values[1]")
        << other;
  }
  EXPECT_EQ(said("group_formed.channel", "\"Sok Dara hid\""),
            "FORMAT_CODE at conflict_detected.values[1]");
  EXPECT_EQ(said("items_distributed.lines", "1"), "FIELD_UNKNOWN at conflict_detected.values[0]");
}

TEST(ConflictTest, IsResolvedOnceByOneOfItsEntriesOrByNone) {
  EXPECT_EQ(Given(kClub, {kFormed, kDetected}).Refusal(Resolved("r1")), "");
  EXPECT_EQ(Given(kClub, {kFormed, kDetected}).Refusal(Resolved("")), "");
  EXPECT_EQ(Given(kClub, {kFormed, kDetected}).Refusal(Resolved("r3")), "ENTRY_UNKNOWN");
  EXPECT_EQ(Given(kClub, {kFormed, kDetected}).Refusal(Resolved("r1", "e1")), "CONFLICT_NOT_OPEN");
  EXPECT_EQ(Given(kClub, {kFormed, kDetected, Resolved("r1")}).Refusal(Resolved("r2")),
            "CONFLICT_NOT_OPEN");
}

TEST(ConflictTest, IsOpenAgainWhereItsResolutionWasNeverSo) {
  const Records resolved = Given(kClub, {kFormed, kDetected, Resolved("r1")});
  EXPECT_EQ(
      Records(resolved).And({"entry_voided { voids_event_id: 'e3' }"}).Refusal(Resolved("r2")), "");
  EXPECT_EQ(
      Records(resolved)
          .And({"entry_voided { voids_event_id: 'e3' }", "entry_voided { voids_event_id: 'e2' }"})
          .Refusal(Resolved("r2")),
      "CONFLICT_NOT_OPEN");
}

}  // namespace
}  // namespace mlup::domain::conflicts_test
