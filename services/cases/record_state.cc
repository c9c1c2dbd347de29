#include "services/cases/record_state.h"

#include <algorithm>

namespace mlup::cases {
namespace {

void EndRole(RecordState& state, pb::PersonRole role) {
  const auto last = std::find_if(state.roles.rbegin(), state.roles.rend(),
                                 [role](const HeldRole& held) { return held.role == role; });
  if (last != state.roles.rend()) state.roles.erase(std::next(last).base());
}

void RecordConsent(RecordState& state, const pb::ConsentRecorded::Person& person,
                   const std::string& event_id) {
  if (person.decision() == pb::CONSENT_DECISION_GIVEN) {
    state.consents[event_id] = {person.person_id(), person.purpose(),
                                ParseDay(person.valid_until())};
    return;
  }
  for (auto it = state.consents.begin(); it != state.consents.end();) {
    it = it->second.purpose == person.purpose() ? state.consents.erase(it) : std::next(it);
  }
}

void OpenCase(RecordState& state, const pb::CaseOpened& opened) {
  state.status = CaseStatus::kOpen;
  state.child_id = opened.child().person_id();
  state.supported_only = !opened.supported_by_org_id().empty();
}

void Merge(RecordState& state, const std::string& event_id, const std::string& approval_id) {
  state.merge_event_id = event_id;
  state.granted.erase(approval_id);
}

void Grant(RecordState& state, const std::string& approval_id) {
  const auto asked = state.asked.find(approval_id);
  if (asked == state.asked.end()) return;
  state.granted[approval_id] = asked->second;
  state.asked.erase(asked);
}

}  // namespace

const RecordState& RecordStates::Of(const std::string& stream) const {
  static const RecordState kEmpty;
  const auto found = streams.find(stream);
  return found == streams.end() ? kEmpty : found->second;
}

// One switch names every kind of event, so that the compiler finds the one that is missing.
// NOLINTNEXTLINE(readability-function-size)
void Evolve(RecordStates& states, const pb::CaseEvent& event, const command::EventInfo& info) {
  RecordState& state = states.streams[info.stream];
  state.known = true;
  switch (event.kind_case()) {
    case pb::CaseEvent::kConcernReceived:
      state.child_id = event.concern_received().child().person_id();
      return;
    case pb::CaseEvent::kCaseOpened:
      return OpenCase(state, event.case_opened());
    case pb::CaseEvent::kCaseClosed:
      state.status = CaseStatus::kClosed;
      state.granted.erase(event.case_closed().approval_id());
      return;
    case pb::CaseEvent::kCaseReopened:
      state.status = CaseStatus::kOpen;
      return;
    case pb::CaseEvent::kPlacementStarted:
      state.placement_id = event.placement_started().placement_id();
      return;
    case pb::CaseEvent::kPlacementEnded:
      state.placement_id.clear();
      return;
    case pb::CaseEvent::kPersonRoleStarted: {
      const auto& person = event.person_role_started().person();
      state.roles.push_back({person.role(), person.org_id(), person.group_id()});
      return;
    }
    case pb::CaseEvent::kPersonRoleEnded:
      return EndRole(state, event.person_role_ended().person().role());
    case pb::CaseEvent::kConsentRecorded:
      return RecordConsent(state, event.consent_recorded().person(), info.event_id);
    case pb::CaseEvent::kHouseholdMemberAdded:
      state.member_ids.insert(event.household_member_added().member().person_id());
      return;
    case pb::CaseEvent::kHouseholdMemberRemoved:
      state.member_ids.erase(event.household_member_removed().member().person_id());
      return;
    case pb::CaseEvent::kPersonsMerged:
      return Merge(state, info.event_id, event.persons_merged().approval_id());
    case pb::CaseEvent::kHouseholdsMerged:
      return Merge(state, info.event_id, event.households_merged().approval_id());
    case pb::CaseEvent::kPersonsUnmerged:
    case pb::CaseEvent::kHouseholdsUnmerged:
      state.merge_event_id.clear();
      return;
    case pb::CaseEvent::kApprovalRequested:
      state.asked[event.approval_requested().approval_id()] = event.approval_requested().subject();
      return;
    case pb::CaseEvent::kApprovalGranted:
      return Grant(state, event.approval_granted().approval_id());
    case pb::CaseEvent::kApprovalRejected:
      state.asked.erase(event.approval_rejected().approval_id());
      return;
    case pb::CaseEvent::kServiceProvided:
    case pb::CaseEvent::kAssessmentCompleted:
    case pb::CaseEvent::kFollowUpConducted:
    case pb::CaseEvent::kReferralMade:
    case pb::CaseEvent::kEntryVoided:
    case pb::CaseEvent::kDetailsCorrected:
    case pb::CaseEvent::kPersonRegistered:
    case pb::CaseEvent::kResidenceChanged:
    case pb::CaseEvent::kDisabilityRecorded:
    case pb::CaseEvent::kSchoolStatusChanged:
    case pb::CaseEvent::kChildBirthRecorded:
    case pb::CaseEvent::kTestimonyRecorded:
    case pb::CaseEvent::kHouseholdRegistered:
    case pb::CaseEvent::kTaskCreated:
    case pb::CaseEvent::kCaseGroupFormed:
    case pb::CaseEvent::kJointInterventionConducted:
    case pb::CaseEvent::kIncidentReported:
    case pb::CaseEvent::kNoteRecorded:
    case pb::CaseEvent::kDocumentAttached:
    case pb::CaseEvent::KIND_NOT_SET:
      return;
  }
}

}  // namespace mlup::cases
