#include "services/domain/household.h"

#include "mlup/cases/v1/person_events.pb.h"
#include "services/domain/household_state.h"

namespace mlup::domain {

namespace cases_pb = ::mlup::cases::v1;

namespace {

void On(HouseholdState& state, const cases_pb::HouseholdRegistered&, const EventInfo&) {
  state.merge.registered = true;
}

void On(HouseholdState& state, const cases_pb::HouseholdMemberAdded& added, const EventInfo&) {
  state.members[added.member().person_id()] = added.member().relation();
}

void On(HouseholdState& state, const cases_pb::HouseholdMemberRemoved& removed, const EventInfo&) {
  state.members.erase(removed.member().person_id());
}

void On(HouseholdState& state, const cases_pb::HouseholdsMerged& merged, const EventInfo& info) {
  state.merge.Merge(info, merged.approval_id());
}

void On(HouseholdState& state, const cases_pb::HouseholdsUnmerged&, const EventInfo&) {
  state.merge.merge_event_id.clear();
}

absl::Status May(const HouseholdState& state, const cases_pb::HouseholdMemberAdded& added,
                 const RuleContext&) {
  if (state.members.contains(added.member().person_id())) {
    return Refuse("ALREADY_MEMBER", "the person belongs to the household already",
                  "nothing needs recording, or another person is meant", ".member.person_id");
  }
  return NeedRoom(state, added.member().relation());
}

absl::Status May(const HouseholdState& state, const cases_pb::HouseholdMemberRemoved& removed,
                 const RuleContext&) {
  if (state.members.contains(removed.member().person_id())) return absl::OkStatus();
  return Refuse("NOT_MEMBER", "the person does not belong to the household",
                "add the person first with household_member_added", ".member.person_id");
}

std::string Survivor(const cases_pb::HouseholdsMerged& merged) {
  return "household/" + merged.survivor_id();
}

std::vector<std::string> Reads(const cases_pb::HouseholdsMerged& merged) {
  return {Survivor(merged)};
}

absl::Status May(const HouseholdState& state, const cases_pb::HouseholdsMerged& merged,
                 const RuleContext& context) {
  return MayMerge(state.merge, context.Of(Household(), Survivor(merged)).merge,
                  {Survivor(merged), merged.approval_id()}, context);
}

absl::Status May(const HouseholdState& state, const cases_pb::HouseholdsUnmerged& unmerged,
                 const RuleContext&) {
  return MayUnmerge(state.merge, unmerged.merge_event_id());
}

}  // namespace

const Aggregate<HouseholdState>& Household() {
  static const auto& rules = []() -> Aggregate<HouseholdState>& {
    auto& made = Aggregate<HouseholdState>::Make("household")
                     .Along(FosterFamilyLife())
                     .On<cases_pb::HouseholdRegistered>(On)
                     .On<cases_pb::HouseholdMemberAdded>(On)
                     .On<cases_pb::HouseholdMemberRemoved>(On)
                     .On<cases_pb::HouseholdsMerged>(On)
                     .On<cases_pb::HouseholdsUnmerged>(On)
                     .May<cases_pb::HouseholdMemberAdded>(May)
                     .May<cases_pb::HouseholdMemberRemoved>(May)
                     .May<cases_pb::HouseholdsMerged>(May)
                     .Reads<cases_pb::HouseholdsMerged>(Reads)
                     .May<cases_pb::HouseholdsUnmerged>(May);
    AddFosterFamily(made);
    return made;
  }();
  return rules;
}

}  // namespace mlup::domain
