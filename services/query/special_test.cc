// What is taken out of a history unless it is asked for.
#include "services/query/special.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mlup/cases/v1/case_events.pb.h"
#include "mlup/common/v1/common.pb.h"
#include "services/query/audit_world.h"

namespace mlup::query {
namespace {

using testing::HasSubstr;
using testing::Not;

cases::v1::ConcernReceived Concern() {
  cases::v1::ConcernReceived event;
  event.mutable_child()->set_person_id("a child");
  event.mutable_child()->add_concerns("no_caregiver");
  event.set_reporter_type(cases::v1::REPORTER_TYPE_COMMUNITY);
  return event;
}

common::v1::DetailsCorrected Correction(const std::string& path) {
  common::v1::DetailsCorrected event;
  auto& person = *event.add_persons();
  person.set_person_id("a child");
  person.add_personal_changes()->set_field(path);
  person.add_changes()->set_field("child.sex");
  return event;
}

TEST(SpecialTest, OnlyFieldsOfSpecialCategoriesAreTakenOut) {
  auto event = Concern();
  EXPECT_TRUE(MaskSpecial(event, nullptr));
  EXPECT_EQ(event.child().concerns_size(), 0);
  EXPECT_EQ(event.child().person_id(), "a child");
  EXPECT_EQ(event.reporter_type(), cases::v1::REPORTER_TYPE_COMMUNITY);
  EXPECT_FALSE(MaskSpecial(event, nullptr)) << "there is nothing left to take";
}

TEST(SpecialTest, ACorrectionDoesNotSayWhatTheEventDoesNot) {
  const auto* type = cases::v1::ConcernReceived::descriptor();
  auto event = Correction("child.concerns[0]");
  EXPECT_TRUE(MaskSpecial(event, type));
  EXPECT_EQ(event.persons(0).personal_changes_size(), 0);
  EXPECT_EQ(event.persons(0).changes_size(), 1) << "what is in clear is not personal";
  event = Correction("child.person_id");
  EXPECT_FALSE(MaskSpecial(event, type));
  EXPECT_EQ(event.persons(0).personal_changes_size(), 1);
}

TEST(SpecialTest, WhatIsNotKnownIsTakenForSpecial) {
  auto event = Correction("child.person_id");
  EXPECT_TRUE(MaskSpecial(event, nullptr)) << "corrects nobody knows what";
  event = Correction("child.nothing");
  EXPECT_TRUE(MaskSpecial(event, cases::v1::ConcernReceived::descriptor()));
}

TEST(SpecialTest, AConflictDoesNotSayWhatTheEventDoesNot) {
  const auto masked = [](const std::string& path) {
    common::v1::ConflictDetected conflict;
    conflict.set_field(path);
    conflict.mutable_person()->set_person_id("a child");
    conflict.mutable_person()->add_values("null");
    const bool any = MaskSpecial(conflict, nullptr);
    EXPECT_EQ(conflict.person().values().empty(), any);
    EXPECT_EQ(conflict.person().person_id(), "a child");
    return any;
  };
  EXPECT_TRUE(masked("concern_received.child.concerns[0]"));
  EXPECT_TRUE(masked("concern_received.child.nothing")) << "what is not known";
  EXPECT_FALSE(masked("school_status_changed.person.grade"));
}

using SpecialHistoryTest = AuditWorld;

// One reading that shows them is one call that asks for them and one record that says so.
TEST_F(SpecialHistoryTest, AHistoryShowsThemToARoleThatAsksAndItsRecordSaysSo) {
  auto concern = Concern();
  concern.mutable_child()->set_person_id(TestId(kChild));
  Register(kChild, "Sok Dara");
  log_.Append("case/" + TestId(kCase), concern);
  GetCaseHistoryRequest request = Request(kChild);
  const GetCaseHistoryResponse masked = Read(request);
  ASSERT_EQ(masked.entries_size(), 2);
  EXPECT_EQ(masked.subject(), "Sok Dara") << "a name is personal, and not of a special category";
  EXPECT_TRUE(masked.entries(1).masked());
  EXPECT_THAT(DetailsOf(masked.entries(1)), Not(HasSubstr("No caregiver")));
  request.set_reveal_special(true);
  const GetCaseHistoryResponse shown = Read(request);
  EXPECT_FALSE(shown.entries(1).masked());
  EXPECT_THAT(DetailsOf(shown.entries(1)), HasSubstr("No caregiver"));
  const auto accesses = Accesses(kChild);
  ASSERT_EQ(accesses.size(), 2U);
  EXPECT_FALSE(accesses[0].reveals_special());
  EXPECT_TRUE(accesses[1].reveals_special());

  auto other = Request(kChild, "staff-dir-1", "director");
  EXPECT_EQ(Read(other).subject(), "Sok Dara");
  other.set_reveal_special(true);
  EXPECT_EQ(ErrorReason(service_->GetCaseHistory(other).status()), "FIELD_NOT_GRANTED");
  EXPECT_EQ(Accesses(kChild).back().result(), audit::v1::ACCESS_RESULT_REFUSED);
}

// The pages of a reading that is masked do not become one that is not.
TEST_F(SpecialHistoryTest, ATokenOfAMaskedReadingRevealsNothing) {
  Register(kChild, "Sok Dara");
  OpenCase();
  GetCaseHistoryRequest request = Request(kChild);
  request.set_page_size(1);
  request.set_page_token(Read(request).next_page_token());
  request.set_reveal_special(true);
  EXPECT_EQ(ErrorReason(service_->GetCaseHistory(request).status()), "PAGE_TOKEN_INVALID");
}

}  // namespace
}  // namespace mlup::query
