// The rules of a foster family: recruited, approved for so many children, suspended, retired.
#include <algorithm>

#include "absl/strings/str_cat.h"

#include "mlup/cases/v1/care_events.pb.h"
#include "mlup/common/v1/common.pb.h"
#include "services/domain/approvals.h"
#include "services/domain/household_state.h"

namespace mlup::domain {
namespace {

namespace cases_pb = ::mlup::cases::v1;

std::size_t FosterChildren(const HouseholdState& state) {
  return static_cast<std::size_t>(std::count_if(
      state.members.begin(), state.members.end(),
      [](const auto& member) { return member.second == cases_pb::RELATION_FOSTER_CHILD; }));
}

bool IsWithoutChildren(const HouseholdState& state) { return FosterChildren(state) == 0; }

bool HasApproval(const HouseholdState& state) {
  return state.approvals.GrantsUnused(common::v1::APPROVAL_SUBJECT_FOSTER_FAMILY,
                                      state.used_approvals);
}

void On(HouseholdState& state, const cases_pb::FosterFamilyApproved& approved, const EventInfo&) {
  state.capacity = approved.capacity();
  state.used_approvals.insert(approved.approval_id());
}

absl::Status May(const HouseholdState& state, const cases_pb::FosterFamilyApproved& approved,
                 const RuleContext&) {
  if (!state.used_approvals.contains(approved.approval_id()) &&
      state.approvals.Granted(approved.approval_id(), common::v1::APPROVAL_SUBJECT_FOSTER_FAMILY)) {
    return absl::OkStatus();
  }
  return Refuse("APPROVAL_MISSING", "a foster family needs an approval that was granted for it",
                "ask for it on the household with approval_requested", ".approval_id");
}

absl::Status May(const HouseholdState& state, const cases_pb::FosterFamilyRetired&,
                 const RuleContext&) {
  if (IsWithoutChildren(state)) return absl::OkStatus();
  return Refuse("FOSTER_CHILDREN_PRESENT", "foster children live in the family",
                "end their placements and record with household_member_removed that they left");
}

absl::Status NotApproved(const HouseholdState& state) {
  const std::string_view name =
      FosterFamilyLife().states.at(static_cast<std::size_t>(state.foster.now));
  return Refuse("FOSTER_FAMILY_NOT_APPROVED", absl::StrCat("the foster family is ", ToAbsl(name)),
                "have it approved first with foster_family_approved");
}

}  // namespace

const Life<HouseholdState>& FosterFamilyLife() {
  static const auto& life = *new Life<HouseholdState>{
      .of = "foster family",
      .category = "household",
      .at = &HouseholdState::foster,
      .reason = "FOSTER_FAMILY_STATE",
      .states = {"not recruited", "recruited", "approved", "suspended", "retired"},
      .steps = {
          {.fact = cases_pb::FosterFamilyRecruited::descriptor(),
           .from = In(kNoFosterFamily, kFosterFamilyRetired),
           .to = kFosterFamilyRecruited},
          {.fact = cases_pb::FosterFamilyApproved::descriptor(),
           .from = In(kFosterFamilyRecruited, kFosterFamilyApproved, kFosterFamilySuspended),
           .to = kFosterFamilyApproved,
           .possible = HasApproval},
          {.fact = cases_pb::FosterFamilySuspended::descriptor(),
           .from = In(kFosterFamilyApproved),
           .to = kFosterFamilySuspended},
          {.fact = cases_pb::FosterFamilyRetired::descriptor(),
           .from = In(kFosterFamilyRecruited, kFosterFamilyApproved, kFosterFamilySuspended),
           .to = kFosterFamilyRetired,
           .possible = IsWithoutChildren},
      }};
  return life;
}

absl::Status NeedRoom(const HouseholdState& state, cases_pb::Relation relation) {
  if (relation != cases_pb::RELATION_FOSTER_CHILD || state.foster.now == kNoFosterFamily) {
    return absl::OkStatus();
  }
  if (state.foster.now != kFosterFamilyApproved) return NotApproved(state);
  if (FosterChildren(state) < state.capacity) return absl::OkStatus();
  return Refuse("FOSTER_FAMILY_FULL",
                absl::StrCat("the foster family is approved for ", state.capacity, " children"),
                "choose another family, or approve it for more with foster_family_approved");
}

absl::Status NeedFosterFamily(const HouseholdState& household, const std::string& child_id) {
  if (household.foster.now != kFosterFamilyApproved) return NotApproved(household);
  const auto member = household.members.find(child_id);
  if (member != household.members.end() && member->second == cases_pb::RELATION_FOSTER_CHILD) {
    return absl::OkStatus();
  }
  return Refuse("CHILD_NOT_IN_FAMILY", "the child does not belong to the foster family",
                "record in the same request, before it, household_member_added with "
                "RELATION_FOSTER_CHILD");
}

void AddFosterFamily(Aggregate<HouseholdState>& rules) {
  rules.On<common::v1::ApprovalRequested>(OnApproval)
      .On<common::v1::ApprovalGranted>(OnApproval)
      .On<common::v1::ApprovalRejected>(OnApproval)
      .On<cases_pb::FosterFamilyApproved>(On)
      .May<cases_pb::FosterFamilyApproved>(May)
      .May<cases_pb::FosterFamilyRetired>(May);
}

}  // namespace mlup::domain
