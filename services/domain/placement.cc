// The rules of placements: one at a time, and foster care only in a family that is approved.
#include "mlup/cases/v1/care_events.pb.h"
#include "mlup/cases/v1/case_events.pb.h"
#include "services/domain/case_state.h"
#include "services/domain/household.h"

namespace mlup::domain {
namespace {

namespace cases_pb = ::mlup::cases::v1;

void On(CaseState& state, const cases_pb::PlacementStarted& placement, const EventInfo&) {
  state.placement_id = placement.placement_id();
}

void On(CaseState& state, const cases_pb::PlacementEnded&, const EventInfo&) {
  state.placement_id.clear();
}

bool IsInFosterFamily(const cases_pb::PlacementStarted& placement) {
  return placement.care_type() == cases_pb::CARE_TYPE_FOSTER && !placement.household_id().empty();
}

std::string FamilyOf(const cases_pb::PlacementStarted& placement) {
  return "household/" + placement.household_id();
}

std::vector<std::string> Reads(const cases_pb::PlacementStarted& placement) {
  if (!IsInFosterFamily(placement)) return {};
  return {FamilyOf(placement)};
}

absl::Status May(const CaseState& state, const cases_pb::PlacementStarted& placement,
                 const RuleContext& context) {
  if (placement.foster_kind() != cases_pb::FOSTER_KIND_UNSPECIFIED &&
      placement.care_type() != cases_pb::CARE_TYPE_FOSTER) {
    return FieldError(absl::StatusCode::kInvalidArgument, "FOSTER_KIND_MISPLACED",
                      "placement_started.foster_kind", "is for foster care only");
  }
  RETURN_IF_ERROR(NeedSameChild(state, placement.child().person_id()));
  if (!state.placement_id.empty()) {
    return Refuse("PLACEMENT_OPEN", "the child is in a placement already",
                  "end that one first with placement_ended");
  }
  if (!IsInFosterFamily(placement)) return absl::OkStatus();
  return NeedFosterFamily(context.Of(Household(), FamilyOf(placement)),
                          placement.child().person_id());
}

template <typename Fact>
absl::Status MayInPlacement(const CaseState& state, const Fact& fact, const RuleContext&) {
  if (state.placement_id != fact.placement_id()) {
    return Refuse("PLACEMENT_NOT_OPEN", "no placement with this id is open",
                  "start it with placement_started", ".placement_id");
  }
  return NeedSameChild(state, fact.child().person_id());
}

}  // namespace

void AddPlacements(Aggregate<CaseState>& rules) {
  rules.On<cases_pb::PlacementStarted>(On)
      .May<cases_pb::PlacementStarted>(May)
      .Reads<cases_pb::PlacementStarted>(Reads)
      .May<cases_pb::PlacementReviewed>(MayInPlacement)
      .On<cases_pb::PlacementEnded>(On)
      .May<cases_pb::PlacementEnded>(MayInPlacement);
}

}  // namespace mlup::domain
