#include "services/domain/donation.h"

#include <cstdint>
#include <map>
#include <string>

#include "mlup/donations/v1/donation_events.pb.h"
#include "mlup/donations/v1/pledge_events.pb.h"
#include "services/domain/quantities.h"

namespace mlup::domain {

namespace donations_pb = ::mlup::donations::v1;

struct DonationState {
  bool received = false;
  Quantities goods;
  // Of the entry that received it.
  std::string received_event_id;
  // What went back of it.
  Quantities goods_back;
  // Cash that is left, by currency.
  std::map<std::string, std::int64_t> cash;
  Begun pledges;
};

namespace {

// A later allocation replaces an earlier one, so the state does not follow them.
void On(DonationState& state, const donations_pb::DonationReceived& donation,
        const EventInfo& info) {
  state.received = true;
  state.received_event_id = info.event_id;
  state.cash[donation.cash().currency()] += donation.cash().amount_minor();
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
                "allocate at most what stands in donation_received", ".lines");
}

void On(DonationState& state, const donations_pb::DonationReversed& reversed, const EventInfo&) {
  state.goods_back.Add(reversed.lines(), "lines").IgnoreError();  // A fold never refuses.
  state.cash[reversed.cash().currency()] -= reversed.cash().amount_minor();
}

absl::Status May(const DonationState& state, const donations_pb::DonationReversed& reversed,
                 const RuleContext&) {
  if (!state.received || state.received_event_id != reversed.reverses_event_id()) {
    return Refuse("EVENT_NOT_ON_STREAM", "no donation received under that id stands here",
                  "name the donation_received of this record", ".reverses_event_id");
  }
  if (reversed.lines().empty() && !reversed.has_cash()) {
    return FieldError(absl::StatusCode::kInvalidArgument, "FIELD_REQUIRED",
                      "donation_reversed.cash", "must be given, or lines");
  }
  Quantities back = state.goods_back;
  RETURN_IF_ERROR(back.Add(reversed.lines(), "donation_reversed.lines"));
  const auto left = state.cash.find(reversed.cash().currency());
  const bool covered = !reversed.has_cash() ||
                       (left != state.cash.end() && reversed.cash().amount_minor() <= left->second);
  if (covered && state.goods.Cover(back)) return absl::OkStatus();
  return Refuse("MORE_THAN_RECEIVED", "more goes back than was received and is left",
                "correct what was received, or what goes back");
}

absl::Status May(const DonationState& state, const donations_pb::DonationAcknowledged&,
                 const RuleContext&) {
  if (state.received) return absl::OkStatus();
  return Refuse("DONATION_UNKNOWN", "no donation is recorded on this stream",
                "record it first with donation_received");
}

template <typename Fact>
std::string PledgeId(const Fact& fact) {
  return fact.pledge_id();
}

}  // namespace

const Aggregate<DonationState>& Donation() {
  static const auto& rules =
      Aggregate<DonationState>::Make("donation")
          .On<donations_pb::DonationReceived>(On)
          .May<donations_pb::DonationAllocated>(May)
          .On<donations_pb::DonationReversed>(On)
          .May<donations_pb::DonationReversed>(May)
          .May<donations_pb::DonationAcknowledged>(May)
          .Begins<donations_pb::DonationPledged>(
              &DonationState::pledges, PledgeId,
              {"PLEDGE_ID_USED", "the pledge's id is used already", "choose a new id",
               ".pledge_id"})
          .Ends<donations_pb::PledgeCancelled>(
              &DonationState::pledges, PledgeId,
              {"PLEDGE_NOT_OPEN", "no pledge with this id is open",
               "it begins with donation_pledged and is cancelled once", ".pledge_id"});
  return rules;
}

}  // namespace mlup::domain
