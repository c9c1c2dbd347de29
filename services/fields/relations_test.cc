// Rules that look beyond one field, each broken in its way, and what stays allowed.
#include "services/fields/relations.h"

#include "gtest/gtest.h"

#include "mlup/cases/v1/person_events.pb.h"
#include "mlup/donations/v1/donation_events.pb.h"
#include "mlup/network/v1/network_events.pb.h"
#include "mlup/training/v1/training_events.pb.h"
#include "services/fields/from_text.h"

namespace mlup::fields {
namespace {

const Day kTodayHere = *ParseDay("2021-04-22");

// `REASON at field`, or nothing.
template <typename Event>
std::string RelationTold(const std::string& text, const std::string& occurred = "2021-02-17") {
  const absl::Status status = CheckRelations(Stage::kStated, FromText<Event>(text),
                                             ParsePeriod(occurred), kTodayHere, "fact");
  return status.ok() ? "" : absl::StrCat(ErrorReason(status), " at ", ErrorField(status));
}

TEST(RelationsTest, NobodyIsBornInTheFuture) {
  using cases::v1::PersonRegistered;
  EXPECT_EQ(RelationTold<PersonRegistered>("person { birth_month: '2021-04' }"), "");
  EXPECT_EQ(RelationTold<PersonRegistered>("person { birth_month: '2099-01' }"),
            "DAY_IN_FUTURE at fact.person.birth_month");
  EXPECT_EQ(RelationTold<PersonRegistered>("person { date_of_birth: '2021-04-23' }"),
            "DAY_IN_FUTURE at fact.person.date_of_birth");
}

TEST(RelationsTest, AYearOfTheBuddhistEraIsNamedWithItsConversion) {
  const absl::Status status = CheckRelations(
      Stage::kStated, FromText<cases::v1::PersonRegistered>("person { birth_month: '2564-03' }"),
      std::nullopt, kTodayHere, "fact");
  EXPECT_EQ(status.message(),
            "`2564-03` must not be after today, 2021-04-22; 2564 is a year of the Buddhist era: "
            "write 2021, which is 2564 less 543");
  EXPECT_EQ(RelationTold<network::v1::PartnershipAgreed>("to: '2565-01-01'"),
            "OUT_OF_RANGE at fact.to");
}

TEST(RelationsTest, APersonalDayIsNotRepeated) {
  const absl::Status status = CheckRelations(
      Stage::kStated,
      FromText<cases::v1::PersonRegistered>("person { date_of_birth: '2564-03-17' }"), std::nullopt,
      kTodayHere, "fact");
  EXPECT_EQ(status.message(),
            "must not be after today, 2021-04-22; write years of the common era, 543 less");
}

TEST(RelationsTest, AnEndIsNotBeforeItsBeginning) {
  using network::v1::PartnershipAgreed;
  EXPECT_EQ(RelationTold<PartnershipAgreed>("to: '2021-02-17'"), "");
  EXPECT_EQ(RelationTold<PartnershipAgreed>("to: '2021-02-16'"), "END_BEFORE_BEGINNING at fact.to");
  EXPECT_EQ(RelationTold<PartnershipAgreed>("to: '2021-02-16'", "unknown"), "");
  using training::v1::ActivityPlanned;
  EXPECT_EQ(RelationTold<ActivityPlanned>("planned_from: '2021-05-02' planned_to: '2021-05-01'"),
            "END_BEFORE_BEGINNING at fact.planned_to");
  EXPECT_EQ(RelationTold<ActivityPlanned>("planned_to: '2021-05-01'"), "");
}

TEST(RelationsTest, AScoreIsNotMoreThanTheHighestPossible) {
  using training::v1::TestResultRecorded;
  EXPECT_EQ(RelationTold<TestResultRecorded>("score: '20' max_score: '20'"), "");
  EXPECT_EQ(RelationTold<TestResultRecorded>("score: '25' max_score: '20'"),
            "OUT_OF_RANGE at fact.score");
  EXPECT_EQ(RelationTold<TestResultRecorded>("score: '25'"), "");
}

TEST(RelationsTest, ARoleIsAWordThatThereIs) {
  using training::v1::AttendanceRecorded;
  for (const char* role : {"youth_club_member", "rci_director", "parent", "unknown"}) {
    EXPECT_EQ(
        RelationTold<AttendanceRecorded>(absl::StrCat("person { role_at_time: '", role, "' }")),
        "");
  }
  EXPECT_EQ(RelationTold<AttendanceRecorded>("person { role_at_time: 'youth-club-membr' }"),
            "WORD_UNKNOWN at fact.person.role_at_time");
  EXPECT_EQ(RelationTold<AttendanceRecorded>("person { role_at_time: 'unspecified' }"),
            "WORD_UNKNOWN at fact.person.role_at_time");
}

TEST(RelationsTest, ADonationOfNothingIsASlip) {
  using donations::v1::DonationReceived;
  EXPECT_EQ(RelationTold<DonationReceived>("store_id: 's'"), "SAYS_NOTHING at fact");
  EXPECT_EQ(RelationTold<DonationReceived>("uncounted: true"), "");
  EXPECT_EQ(RelationTold<DonationReceived>("lines { item_code: 'rice' }"), "");
}

TEST(RelationsTest, AnAgeIsFilledInAndNotStated) {
  const auto event =
      FromText<training::v1::AttendanceRecorded>("person { role_at_time: 'child' age_years: 0 }");
  const auto at = [&](Stage stage) {
    return ErrorField(CheckRelations(stage, event, std::nullopt, kTodayHere, "fact"));
  };
  EXPECT_EQ(at(Stage::kStated), "fact.person.age_years");
  EXPECT_EQ(at(Stage::kStored), "");
}

}  // namespace
}  // namespace mlup::fields
