#include "services/donations/distribution_rules.h"

namespace mlup::donations {
namespace {

using command::Accept;
using command::Refuse;

absl::Status Invalid(std::string_view reason, std::string_view field, std::string_view message) {
  return FieldError(absl::StatusCode::kInvalidArgument, reason, field, message);
}

absl::Status CheckGoods(const pb::ItemsDistributed& items) {
  if (items.kit_code().empty() != (items.kit_version() == 0)) {
    return Invalid("KIT_INCOMPLETE", "items_distributed.kit_version",
                   "a kit is named by its code and its version from 1");
  }
  if (items.lines().empty() && items.kit_code().empty() && !items.uncounted()) {
    return Invalid("NOTHING_GIVEN", "items_distributed.lines",
                   "say what was given: lines, a kit, or that nobody counted");
  }
  Quantities given;
  return given.Add(items.lines(), "items_distributed.lines");
}

// A person's id stands in the person's own part only, never in the common part.
absl::Status CheckRecipient(const pb::ItemsDistributed& items) {
  const bool to_person = items.recipient_kind() == common::v1::RECIPIENT_KIND_PERSON;
  const bool to_household = items.recipient_kind() == common::v1::RECIPIENT_KIND_HOUSEHOLD;
  if (to_person && !items.recipient_id().empty()) {
    return Invalid("RECIPIENT_MISPLACED", "items_distributed.recipient_id",
                   "a person is named by recipient.person_id");
  }
  if (items.uncounted()) return absl::OkStatus();
  if (to_person && !items.has_recipient()) {
    return Invalid("RECIPIENT_REQUIRED", "items_distributed.recipient", "which person is required");
  }
  if (to_household && items.recipient_id().empty()) {
    return Invalid("RECIPIENT_REQUIRED", "items_distributed.recipient_id",
                   "which household is required");
  }
  return absl::OkStatus();
}

Handover ToHandover(const pb::ItemsDistributed& items) {
  Handover handover;
  handover.given.Add(items.lines(), "lines").IgnoreError();  // A fold never refuses.
  if (items.lines().empty() || !items.kit_code().empty() || items.uncounted()) {
    handover.given.AddUnlisted();
  }
  return handover;
}

}  // namespace

void Evolve(DistributionState& state, const pb::DonationEvent& event,
            const command::EventInfo& info) {
  switch (event.kind_case()) {
    case pb::DonationEvent::kDistributionHeld:
      state.held = true;
      return;
    case pb::DonationEvent::kItemsDistributed:
      state.handovers[info.event_id] = ToHandover(event.items_distributed());
      return;
    case pb::DonationEvent::kDistributionReversed: {
      const pb::DistributionReversed& reversal = event.distribution_reversed();
      const auto handover = state.handovers.find(reversal.reverses_event_id());
      if (handover == state.handovers.end()) return;  // What it reverses was voided since.
      handover->second.returned.Add(reversal.lines(), "lines").IgnoreError();
      return;
    }
    case pb::DonationEvent::kDonationAllocated:
    case pb::DonationEvent::kEntryVoided:
    case pb::DonationEvent::kDetailsCorrected:
    case pb::DonationEvent::kDonorRegistered:
    case pb::DonationEvent::kDonationReceived:
    case pb::DonationEvent::kKitDefined:
    case pb::DonationEvent::kGoodsPurchased:
    case pb::DonationEvent::kCashAssistanceDisbursed:
    case pb::DonationEvent::kDocumentAttached:
    case pb::DonationEvent::KIND_NOT_SET:
      return;
  }
}

Decision Decide(const DistributionState& state, const pb::DistributeItemsRequest& request,
                const command::RuleContext&) {
  RETURN_IF_ERROR(CheckGoods(request.items_distributed()));
  RETURN_IF_ERROR(CheckRecipient(request.items_distributed()));
  if (!state.held) {
    return Refuse("DISTRIBUTION_UNKNOWN", "no distribution is recorded on this stream");
  }
  pb::DonationEvent event;
  *event.mutable_items_distributed() = request.items_distributed();
  return Accept(std::move(event));
}

Decision Decide(const DistributionState& state, const pb::ReverseDistributionRequest& request,
                const command::RuleContext&) {
  const pb::DistributionReversed& reversal = request.distribution_reversed();
  const auto handover = state.handovers.find(reversal.reverses_event_id());
  if (handover == state.handovers.end()) {
    return Refuse("EVENT_NOT_ON_STREAM", "no goods given stand on this stream under that id");
  }
  Quantities returned = handover->second.returned;
  RETURN_IF_ERROR(returned.Add(reversal.lines(), "distribution_reversed.lines"));
  if (!handover->second.given.Cover(returned)) {
    return Refuse("MORE_THAN_GIVEN", "more comes back than was given");
  }
  pb::DonationEvent event;
  *event.mutable_distribution_reversed() = reversal;
  return Accept(std::move(event));
}

}  // namespace mlup::donations
