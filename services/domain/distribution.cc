#include "services/domain/distribution.h"

#include <map>

#include "mlup/donations/v1/donation_events.pb.h"
#include "services/domain/quantities.h"

namespace mlup::domain {

namespace donations_pb = ::mlup::donations::v1;

// Goods given to one recipient, and what came back of them.
struct Handover {
  Quantities given;
  Quantities returned;
};

struct DistributionState {
  bool held = false;
  // By the id of the ItemsDistributed.
  std::map<std::string, Handover> handovers;
};

namespace {

void On(DistributionState& state, const donations_pb::DistributionHeld&, const EventInfo&) {
  state.held = true;
}

void On(DistributionState& state, const donations_pb::ItemsDistributed& items,
        const EventInfo& info) {
  Handover handover;
  handover.given.Add(items.lines(), "lines").IgnoreError();  // A fold never refuses.
  if (items.lines().empty() || !items.kit_code().empty() || items.uncounted()) {
    handover.given.AddUnlisted();
  }
  state.handovers[info.event_id] = std::move(handover);
}

void On(DistributionState& state, const donations_pb::DistributionReversed& reversal,
        const EventInfo&) {
  const auto handover = state.handovers.find(reversal.reverses_event_id());
  if (handover == state.handovers.end()) return;  // What it reverses was voided since.
  handover->second.returned.Add(reversal.lines(), "lines").IgnoreError();
}

absl::Status Invalid(std::string_view reason, std::string_view field, std::string_view message) {
  return FieldError(absl::StatusCode::kInvalidArgument, reason, field, message);
}

absl::Status CheckGoods(const donations_pb::ItemsDistributed& items) {
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
absl::Status CheckRecipient(const donations_pb::ItemsDistributed& items) {
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

absl::Status May(const DistributionState& state, const donations_pb::ItemsDistributed& items,
                 const RuleContext&) {
  RETURN_IF_ERROR(CheckGoods(items));
  RETURN_IF_ERROR(CheckRecipient(items));
  if (state.held) return absl::OkStatus();
  return Refuse("DISTRIBUTION_UNKNOWN", "no distribution is recorded on this stream",
                "record it first with distribution_held");
}

absl::Status May(const DistributionState& state, const donations_pb::DistributionReversed& reversal,
                 const RuleContext&) {
  const auto handover = state.handovers.find(reversal.reverses_event_id());
  if (handover == state.handovers.end()) {
    return Refuse("EVENT_NOT_ON_STREAM", "no goods given stand on this stream under that id",
                  "name an items_distributed of this distribution", ".reverses_event_id");
  }
  Quantities returned = handover->second.returned;
  RETURN_IF_ERROR(returned.Add(reversal.lines(), "distribution_reversed.lines"));
  if (handover->second.given.Cover(returned)) return absl::OkStatus();
  return Refuse("MORE_THAN_GIVEN", "more comes back than was given",
                "correct the goods given, or the goods that come back", ".lines");
}

}  // namespace

const Aggregate<DistributionState>& Distribution() {
  static const auto& rules = Aggregate<DistributionState>::Make("distribution")
                                 .On<donations_pb::DistributionHeld>(On)
                                 .On<donations_pb::ItemsDistributed>(On)
                                 .On<donations_pb::DistributionReversed>(On)
                                 .May<donations_pb::ItemsDistributed>(May)
                                 .May<donations_pb::DistributionReversed>(May);
  return rules;
}

}  // namespace mlup::domain
