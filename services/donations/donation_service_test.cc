// DonationService on a log in memory: what the handler adds to the rules.
#include "services/donations/donation_service.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "eventstore/base/uuid.h"
#include "services/command/test_world.h"

namespace mlup::donations {
namespace {

class DonationServiceTest : public ::testing::Test {
 protected:
  // A request with a request id of its own.
  template <typename Request>
  Request Make(const std::string& stream, const std::string& fact,
               const std::string& actor = "staff-sw-1") {
    const std::string context =
        command::ContextText(absl::StrCat("r-", ++requests_), "2021-02-17", actor);
    return command::FromText<Request>(
        absl::StrCat("context { ", context, "} stream: '", stream, "' ", fact));
  }
  std::string Id() { return NewUuid(world_.clock(), random_); }

  void Hold() {
    const auto held = service_.Record(Make<pb::RecordRequest>(
        distribution_, "distribution_held { reason: DISTRIBUTION_REASON_CRISIS }"));
    ASSERT_TRUE(held.ok()) << held.status();
  }
  absl::StatusOr<command::CommandResult> Give(const std::string& fields) {
    return service_.DistributeItems(Make<pb::DistributeItemsRequest>(
        distribution_,
        "items_distributed { purpose: ITEMS_PURPOSE_FOOD given_by: GIVEN_BY_OWN " + fields + " }"));
  }
  absl::StatusOr<command::CommandResult> TakeBack(const std::string& event_id,
                                                  const std::string& quantity) {
    return service_.ReverseDistribution(Make<pb::ReverseDistributionRequest>(
        distribution_, "distribution_reversed { reason: 'not_needed' reverses_event_id: '" +
                           event_id + "' lines { item_code: 'rice' unit: 'kg' quantity: '" +
                           quantity + "' } }"));
  }
  std::string RiceTo(const std::string& household) {
    return "recipient_kind: RECIPIENT_KIND_HOUSEHOLD recipient_id: '" + household +
           "' lines { item_code: 'rice' unit: 'kg' quantity: '25' }";
  }

  command::TestWorld world_;
  SeededRandom random_{2};
  int requests_ = 0;
  DonationService service_{world_.commands()};
  const std::string distribution_ = "distribution/" + Id();
};

TEST_F(DonationServiceTest, AReversalIsHeldAgainstTheCorrectedQuantity) {
  Hold();
  const auto given = Give(RiceTo(Id()));
  ASSERT_TRUE(given.ok()) << given.status();
  const auto corrected = service_.CorrectDetails(Make<pb::CorrectDetailsRequest>(
      distribution_, "details_corrected { reason: 'weighed_again' corrects_event_id: '" +
                         given->event_ids(0) +
                         "' changes { field: 'lines[0].quantity' old_value: '\"25\"' "
                         "new_value: '\"23\"' } }"));
  ASSERT_TRUE(corrected.ok()) << corrected.status();
  EXPECT_EQ(ErrorReason(TakeBack(given->event_ids(0), "23.5").status()), "MORE_THAN_GIVEN");
  EXPECT_TRUE(TakeBack(given->event_ids(0), "23").ok());
  EXPECT_EQ(ErrorReason(TakeBack(given->event_ids(0), "0.001").status()), "MORE_THAN_GIVEN");
}

TEST_F(DonationServiceTest, VoidedGoodsCannotComeBack) {
  Hold();
  const auto given = Give(RiceTo(Id()));
  ASSERT_TRUE(given.ok()) << given.status();
  const auto voided = service_.VoidEntry(Make<pb::VoidEntryRequest>(
      distribution_,
      "entry_voided { reason: 'duplicate_entry' voids_event_id: '" + given->event_ids(0) + "' }"));
  ASSERT_TRUE(voided.ok()) << voided.status();
  EXPECT_EQ(ErrorReason(TakeBack(given->event_ids(0), "1").status()), "EVENT_NOT_ON_STREAM");
}

TEST_F(DonationServiceTest, TheNameUnderASignatureIsSealed) {
  Hold();
  const auto given =
      Give("recipient_kind: RECIPIENT_KIND_PERSON uncounted: true recipient { person_id: '" + Id() +
           "' received_by: 'Canary Signature' }");
  ASSERT_TRUE(given.ok()) << given.status();
  const auto records = world_.Records();
  EXPECT_EQ(records.size(), 2U);
  for (const auto& record : records) {
    EXPECT_EQ(record.SerializeAsString().find("Canary"), std::string::npos);
  }
}

TEST_F(DonationServiceTest, ADonationIsAllocatedAsFarAsItWasReceived) {
  const std::string donation = "donation/" + Id();
  const auto allocate = [&](const std::string& quantity) {
    return service_.AllocateDonation(Make<pb::AllocateDonationRequest>(
        donation,
        "donation_allocated { fund: 'food_support' lines { item_code: 'rice' unit: 'kg' "
        "quantity: '" +
            quantity + "' } }"));
  };
  EXPECT_EQ(ErrorReason(allocate("5").status()), "DONATION_UNKNOWN");
  const auto received = service_.Record(Make<pb::RecordRequest>(
      donation, "donation_received { lines { item_code: 'rice' unit: 'kg' quantity: '5' } }"));
  ASSERT_TRUE(received.ok()) << received.status();
  EXPECT_EQ(ErrorReason(allocate("5.001").status()), "MORE_THAN_RECEIVED");
  EXPECT_TRUE(allocate("5").ok());
  EXPECT_EQ(ErrorReason(allocate("-1").status()), "FORMAT_DECIMAL");
}

}  // namespace
}  // namespace mlup::donations
