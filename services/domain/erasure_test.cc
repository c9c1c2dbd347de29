// When a person's data may be erased.
#include "services/domain/erasure.h"

#include "services/domain/rule_test.h"

namespace mlup::domain::erasure_test {
namespace {

constexpr char kPerson[] = "018f0000-0000-7000-8000-000000000001";
const std::string kRecord = absl::StrCat("person/", kPerson);
const std::string kErasure = absl::StrCat("erasure/", kPerson);

std::string Asked(const std::string& subject) {
  return "approval_requested { approval_id: 'a' subject: APPROVAL_SUBJECT_" + subject + " }";
}
const std::string kGranted = "approval_granted { approval_id: 'a' }";
const std::string kHeld =
    absl::StrCat("retention_hold_placed { person { person_id: '", kPerson, "' } hold_id: 'h' }");
const std::string kReleased =
    absl::StrCat("retention_hold_released { person { person_id: '", kPerson, "' } hold_id: 'h' }");

std::string Erased(const std::string& key_ids = "key_ids: 'k'") {
  return "person_data_erased { approval_id: 'a' scope: 'all_personal' " + key_ids + " }";
}

TEST(ErasureTest, SomebodyElseHasGrantedIt) {
  EXPECT_EQ(Given(kRecord).Refusal(kErasure, Erased()), "APPROVAL_MISSING");
  EXPECT_EQ(Given(kRecord, {Asked("ERASURE")}).Refusal(kErasure, Erased()), "APPROVAL_MISSING");
  EXPECT_EQ(Given(kRecord, {Asked("MERGE"), kGranted}).Refusal(kErasure, Erased()),
            "APPROVAL_MISSING");
  EXPECT_EQ(Given(kRecord, {Asked("ERASURE"), kGranted}).Refusal(kErasure, Erased()), "");
}

TEST(ErasureTest, AHoldBeatsIt) {
  EXPECT_EQ(Given(kRecord, {Asked("ERASURE"), kGranted, kHeld}).Refusal(kErasure, Erased()),
            "RETENTION_HOLD");
  EXPECT_EQ(
      Given(kRecord, {Asked("ERASURE"), kGranted, kHeld, kReleased}).Refusal(kErasure, Erased()),
      "");
}

TEST(ErasureTest, ThereIsSomethingToErase) {
  EXPECT_EQ(Given(kRecord, {Asked("ERASURE"), kGranted}).Refusal(kErasure, Erased("")),
            "NOTHING_SEALED");
}

TEST(ErasureTest, OnceIsEnough) {
  Records records = Given(kRecord, {Asked("ERASURE"), kGranted});
  EXPECT_EQ(records.And(kErasure, {Erased()}).Refusal(kErasure, Erased()), "STREAM_EXISTS");
}

}  // namespace
}  // namespace mlup::domain::erasure_test
