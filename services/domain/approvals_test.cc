// The rules of approvals: asked for once, answered once, by another person than who asked.
#include "services/domain/approvals.h"

#include "gtest/gtest.h"

#include "services/domain/rule_test.h"

namespace mlup::domain::approvals_test {
namespace {

constexpr char kPerson[] = "person/sok";
constexpr char kRegistered[] = "person_registered { person { person_id: 'sok' } }";
constexpr char kAskedA[] =
    "approval_requested { approval_id: 'a' subject: APPROVAL_SUBJECT_MERGE }";
constexpr char kAskedB[] =
    "approval_requested { approval_id: 'b' subject: APPROVAL_SUBJECT_MERGE }";
constexpr char kAskedForCare[] =
    "approval_requested { approval_id: 'b' subject: APPROVAL_SUBJECT_CARE_PLAN }";
constexpr char kGranted[] = "approval_granted { approval_id: 'a' }";
constexpr char kRejected[] = "approval_rejected { approval_id: 'a' }";

TEST(ApprovalsTest, AreAskedForOneAtATimeForEachSubject) {
  const struct {
    std::vector<std::string> before;
    std::string fact;
    std::string refusal;
  } cases[] = {
      {{}, kAskedA, ""},
      {{kAskedA}, kAskedA, "APPROVAL_ID_USED"},
      {{kAskedA}, kAskedB, "APPROVAL_PENDING"},
      {{kAskedA}, kAskedForCare, ""},
      {{kAskedA, kGranted}, kAskedB, ""},
      {{kAskedA, kRejected}, kAskedB, ""},
      {{kAskedA, kGranted}, kAskedA, "APPROVAL_ID_USED"},
      {{kAskedA, kRejected}, kAskedA, "APPROVAL_ID_USED"},
      {{kAskedA, "entry_voided { voids_event_id: 'e2' }"}, kAskedB, ""},
  };
  for (const auto& [before, fact, refusal] : cases) {
    EXPECT_EQ(Given(kPerson, {kRegistered}).And(before).Refusal(fact), refusal)
        << testing::PrintToString(before) << fact;
  }
}

TEST(ApprovalsTest, AreAnsweredOnceByAnotherPerson) {
  const Asking director = {.actor_id = "staff-dir-1"};
  const Asking who_asked = {.actor_id = "staff-sw-1"};
  const Asking for_who_asked = {.actor_id = "staff-dir-1", .on_behalf_of = "staff-sw-1"};
  const Asking for_another = {.actor_id = "staff-dir-1", .on_behalf_of = "staff-sw-2"};
  for (const std::string answer : {kGranted, kRejected}) {
    const Records asked = Given(kPerson, {kRegistered, kAskedA});
    EXPECT_EQ(asked.Refusal(kPerson, answer, director), "");
    EXPECT_EQ(asked.Refusal(kPerson, answer, for_another), "");
    EXPECT_EQ(asked.Refusal(kPerson, answer, who_asked), "SAME_PERSON_ASKED");
    EXPECT_EQ(asked.Refusal(kPerson, answer, for_who_asked), "SAME_PERSON_ASKED");
    EXPECT_EQ(Given(kPerson, {kRegistered}).Refusal(kPerson, answer, director),
              "APPROVAL_NOT_PENDING");
    EXPECT_EQ(Given(kPerson, {kRegistered, kAskedB}).Refusal(kPerson, answer, director),
              "APPROVAL_NOT_PENDING");
    for (const std::string earlier : {kGranted, kRejected}) {
      EXPECT_EQ(Given(kPerson, {kRegistered, kAskedA, earlier}).Refusal(kPerson, answer, director),
                "APPROVAL_NOT_PENDING");
    }
  }
}

TEST(ApprovalsTest, StandOnEveryKindOfRecordOfTheServicesThatHaveThem) {
  for (const std::string stream : {"person/sok", "household/h", "case/c", "activity/a"}) {
    EXPECT_EQ(Given(stream, {"document_attached { }"}).Refusal(kAskedA), "") << stream;
  }
}

}  // namespace
}  // namespace mlup::domain::approvals_test
