#include "services/domain/organisation.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "mlup/network/v1/network_events.pb.h"
#include "mlup/network/v1/standing_events.pb.h"
#include "services/domain/merge.h"

namespace mlup::domain {

namespace network_pb = ::mlup::network::v1;

struct OrganisationState {
  // Kinds agreed and not ended; agreeing again renews.
  std::set<network_pb::PartnershipKind> partnerships;
  // Ids of context periods begun and not ended.
  std::set<std::string> context_periods;
  MergeState merge;
  bool closed = false;
  // The furthest that was reached.
  network_pb::TransitionStage stage = network_pb::TRANSITION_STAGE_UNSPECIFIED;
};

namespace {

void On(OrganisationState& state, const network_pb::PartnershipAgreed& agreed, const EventInfo&) {
  state.partnerships.insert(agreed.kind());
}

void On(OrganisationState& state, const network_pb::PartnershipEnded& ended, const EventInfo&) {
  state.partnerships.erase(ended.kind());
}

void On(OrganisationState& state, const network_pb::ContextPeriodStarted& started,
        const EventInfo&) {
  state.context_periods.insert(started.context_id());
}

void On(OrganisationState& state, const network_pb::ContextPeriodEnded& ended, const EventInfo&) {
  state.context_periods.erase(ended.context_id());
}

void On(OrganisationState& state, const network_pb::OrganisationRegistered&, const EventInfo&) {
  state.merge.registered = true;
}

void On(OrganisationState& state, const network_pb::OrganisationsMerged& merged,
        const EventInfo& info) {
  state.merge.Merge(info, merged.approval_id());
}

void On(OrganisationState& state, const network_pb::OrganisationsUnmerged&, const EventInfo&) {
  state.merge.merge_event_id.clear();
}

void On(OrganisationState& state, const network_pb::OrganisationClosed&, const EventInfo&) {
  state.closed = true;
}

void On(OrganisationState& state, const network_pb::RciTransitionStageReached& reached,
        const EventInfo&) {
  state.stage = std::max(state.stage, reached.stage());
}

std::string Survivor(const network_pb::OrganisationsMerged& merged) {
  return "organisation/" + merged.survivor_id();
}

std::vector<std::string> Reads(const network_pb::OrganisationsMerged& merged) {
  return {Survivor(merged)};
}

absl::Status May(const OrganisationState& state, const network_pb::OrganisationsMerged& merged,
                 const RuleContext& context) {
  return MayMerge(state.merge, context.Of(Organisation(), Survivor(merged)).merge,
                  {Survivor(merged), merged.approval_id()}, context);
}

absl::Status May(const OrganisationState& state, const network_pb::OrganisationsUnmerged& unmerged,
                 const RuleContext&) {
  return MayUnmerge(state.merge, unmerged.merge_event_id());
}

absl::Status May(const OrganisationState& state, const network_pb::OrganisationClosed&,
                 const RuleContext&) {
  if (!state.closed) return absl::OkStatus();
  return Refuse("ALREADY_CLOSED", "the organisation is closed already",
                "void that entry if it works on");
}

// Begun, then any number of milestones, then completed.
absl::Status May(const OrganisationState& state,
                 const network_pb::RciTransitionStageReached& reached, const RuleContext&) {
  const bool begins = reached.stage() == network_pb::TRANSITION_STAGE_STARTED;
  const bool open = state.stage != network_pb::TRANSITION_STAGE_UNSPECIFIED &&
                    state.stage != network_pb::TRANSITION_STAGE_COMPLETED;
  if (begins ? state.stage == network_pb::TRANSITION_STAGE_UNSPECIFIED : open) {
    return absl::OkStatus();
  }
  return Refuse("STAGE_NOT_NEXT",
                open     ? "the transition has begun already"
                : begins ? "the transition is completed"
                         : "no transition is under way",
                open     ? "record a milestone, or that it is completed"
                : begins ? "void that entry if it goes on"
                         : "record first that it started",
                ".stage");
}

absl::Status May(const OrganisationState& state, const network_pb::PartnershipEnded& ended,
                 const RuleContext&) {
  if (state.partnerships.contains(ended.kind())) return absl::OkStatus();
  return Refuse("NOT_PARTNER", "no partnership of this kind is in force",
                "record it first with partnership_agreed", ".kind");
}

absl::Status May(const OrganisationState& state, const network_pb::ContextPeriodEnded& ended,
                 const RuleContext&) {
  if (state.context_periods.contains(ended.context_id())) return absl::OkStatus();
  return Refuse("NOT_STARTED", "no context period of this id is open",
                "record it first with context_period_started", ".context_id");
}

}  // namespace

const Aggregate<OrganisationState>& Organisation() {
  static const auto& rules = Aggregate<OrganisationState>::Make("organisation")
                                 .On<network_pb::PartnershipAgreed>(On)
                                 .On<network_pb::PartnershipEnded>(On)
                                 .On<network_pb::ContextPeriodStarted>(On)
                                 .On<network_pb::ContextPeriodEnded>(On)
                                 .May<network_pb::PartnershipEnded>(May)
                                 .May<network_pb::ContextPeriodEnded>(May)
                                 .On<network_pb::OrganisationRegistered>(On)
                                 .On<network_pb::OrganisationsMerged>(On)
                                 .May<network_pb::OrganisationsMerged>(May)
                                 .Reads<network_pb::OrganisationsMerged>(Reads)
                                 .On<network_pb::OrganisationsUnmerged>(On)
                                 .May<network_pb::OrganisationsUnmerged>(May)
                                 .On<network_pb::OrganisationClosed>(On)
                                 .May<network_pb::OrganisationClosed>(May)
                                 .On<network_pb::RciTransitionStageReached>(On)
                                 .May<network_pb::RciTransitionStageReached>(May);
  return rules;
}

}  // namespace mlup::domain
