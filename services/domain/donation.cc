#include "services/domain/donation.h"

#include "mlup/donations/v1/donation_events.pb.h"
#include "services/domain/quantities.h"

namespace mlup::domain {

namespace donations_pb = ::mlup::donations::v1;

struct DonationState {
  bool received = false;
  Quantities goods;
};

namespace {

// A later allocation replaces an earlier one, so the state does not follow them.
void On(DonationState& state, const donations_pb::DonationReceived& donation, const EventInfo&) {
  state.received = true;
  state.goods.Add(donation.lines(), "lines").IgnoreError();  // A fold never refuses.
  if (donation.lines().empty() && !donation.has_cash()) state.goods.AddUnlisted();
}

absl::Status May(const DonationState& state, const donations_pb::DonationAllocated& allocation,
                 const RuleContext&) {
  Quantities allocated;
  RETURN_IF_ERROR(allocated.Add(allocation.lines(), "donation_allocated.lines"));
  if (!state.received) {
    return Refuse("DONATION_UNKNOWN", "no donation is recorded on this stream",
                  "record it first with donation_received");
  }
  if (state.goods.Cover(allocated)) return absl::OkStatus();
  return Refuse("MORE_THAN_RECEIVED", "more is allocated than was received",
                "allocate at most what stands in donation_received");
}

}  // namespace

const Aggregate<DonationState>& Donation() {
  static const auto& rules = Aggregate<DonationState>::Make("donation")
                                 .On<donations_pb::DonationReceived>(On)
                                 .May<donations_pb::DonationAllocated>(May);
  return rules;
}

}  // namespace mlup::domain
