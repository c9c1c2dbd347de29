#include "services/donations/donation_rules.h"

namespace mlup::donations {

void Evolve(DonationState& state, const pb::DonationEvent& event, const command::EventInfo&) {
  switch (event.kind_case()) {
    case pb::DonationEvent::kDonationReceived: {
      const pb::DonationReceived& donation = event.donation_received();
      state.received = true;
      state.goods.Add(donation.lines(), "lines").IgnoreError();  // A fold never refuses.
      if (donation.lines().empty() && !donation.has_cash()) state.goods.AddUnlisted();
      return;
    }
    case pb::DonationEvent::kDonationAllocated:  // A later allocation replaces it.
    case pb::DonationEvent::kItemsDistributed:
    case pb::DonationEvent::kDistributionReversed:
    case pb::DonationEvent::kEntryVoided:
    case pb::DonationEvent::kDetailsCorrected:
    case pb::DonationEvent::kDonorRegistered:
    case pb::DonationEvent::kKitDefined:
    case pb::DonationEvent::kGoodsPurchased:
    case pb::DonationEvent::kDistributionHeld:
    case pb::DonationEvent::kCashAssistanceDisbursed:
    case pb::DonationEvent::kDocumentAttached:
    case pb::DonationEvent::KIND_NOT_SET:
      return;
  }
}

Decision Decide(const DonationState& state, const pb::AllocateDonationRequest& request,
                const command::RuleContext&) {
  Quantities allocated;
  RETURN_IF_ERROR(allocated.Add(request.donation_allocated().lines(), "donation_allocated.lines"));
  if (!state.received) {
    return command::Refuse("DONATION_UNKNOWN", "no donation is recorded on this stream");
  }
  if (!state.goods.Cover(allocated)) {
    return command::Refuse("MORE_THAN_RECEIVED", "more is allocated than was received");
  }
  pb::DonationEvent event;
  *event.mutable_donation_allocated() = request.donation_allocated();
  return command::Accept(std::move(event));
}

}  // namespace mlup::donations
