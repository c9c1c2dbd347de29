#include "services/domain/case.h"

#include <set>

#include "mlup/cases/v1/case_events.pb.h"
#include "mlup/cases/v1/person_events.pb.h"
#include "services/domain/approvals.h"
#include "services/domain/person.h"

namespace mlup::domain {

namespace cases_pb = ::mlup::cases::v1;

enum class CaseStatus { kNotOpened, kOpen, kClosed };

struct CaseState {
  CaseStatus status = CaseStatus::kNotOpened;
  std::string child_id;
  // Another organisation owns the case and is supported.
  bool supported_only = false;
  // Empty when the child is in no placement.
  std::string placement_id;
  // Approvals that a closing has used up.
  std::set<std::string> used_approvals;
};

namespace {

void On(CaseState& state, const cases_pb::ConcernReceived& concern, const EventInfo&) {
  state.child_id = concern.child().person_id();
}

void On(CaseState& state, const cases_pb::CaseOpened& opened, const EventInfo&) {
  state.status = CaseStatus::kOpen;
  state.child_id = opened.child().person_id();
  state.supported_only = !opened.supported_by_org_id().empty();
}

void On(CaseState& state, const cases_pb::CaseClosed& closed, const EventInfo&) {
  state.status = CaseStatus::kClosed;
  state.used_approvals.insert(closed.approval_id());
}

void On(CaseState& state, const cases_pb::CaseReopened&, const EventInfo&) {
  state.status = CaseStatus::kOpen;
}

void On(CaseState& state, const cases_pb::PlacementStarted& placement, const EventInfo&) {
  state.placement_id = placement.placement_id();
}

void On(CaseState& state, const cases_pb::PlacementEnded&, const EventInfo&) {
  state.placement_id.clear();
}

// Some of these facts may stand on other records, where a case has no say.
bool IsCase(const RuleContext& context) { return context.stream.starts_with("case/"); }

absl::Status NeedOpen(const CaseState& state) {
  switch (state.status) {
    case CaseStatus::kOpen:
      return absl::OkStatus();
    case CaseStatus::kNotOpened:
      return Refuse("CASE_NOT_OPEN", "the case is not open", "open it with case_opened");
    case CaseStatus::kClosed:
      break;
  }
  return Refuse("CASE_NOT_OPEN", "the case is closed",
                "reopen it with case_reopened, or record a follow-up for aftercare");
}

// A child that is not named, or not known yet, is nobody else.
absl::Status NeedSameChild(const CaseState& state, const std::string& child_id) {
  if (child_id.empty() || state.child_id.empty() || child_id == state.child_id) {
    return absl::OkStatus();
  }
  return Refuse("OTHER_CHILD", "the case is another child's",
                "record it on the case of the child that is named");
}

absl::Status NeedApproval(const CaseState& state, const std::string& approval_id,
                          const RuleContext& context) {
  if (approval_id.empty() && state.supported_only) return absl::OkStatus();
  if (!state.used_approvals.contains(approval_id) &&
      context.Of(Approvals(), context.stream)
          .Granted(approval_id, common::v1::APPROVAL_SUBJECT_CLOSURE)) {
    return absl::OkStatus();
  }
  return Refuse("APPROVAL_MISSING", "closing the case needs an approval that was granted for it",
                "ask for it on the case with approval_requested");
}

bool AllowsReferral(cases_pb::ConsentPurpose purpose) {
  return purpose == cases_pb::CONSENT_PURPOSE_SERVICE ||
         purpose == cases_pb::CONSENT_PURPOSE_SHARE_WITH_NGO ||
         purpose == cases_pb::CONSENT_PURPOSE_SHARE_WITH_GOVERNMENT;
}

absl::Status NeedConsent(const cases_pb::ReferralMade& referral, const RuleContext& context) {
  if (referral.to_org_id().empty()) return absl::OkStatus();
  const PersonState& person = context.Of(Person(), "person/" + referral.person().person_id());
  const auto consent = person.consents.find(referral.consent_event_id());
  const Day day = context.occurred ? context.occurred->first : context.today;
  if (consent != person.consents.end() && AllowsReferral(consent->second.purpose) &&
      consent->second.person_id == referral.person().person_id() &&
      (!consent->second.valid_until || day <= *consent->second.valid_until)) {
    return absl::OkStatus();
  }
  return Refuse("CONSENT_MISSING", "a referral to another organisation needs a consent in force",
                "record it on the person with consent_recorded and name that event");
}

absl::Status May(const CaseState& state, const cases_pb::CaseOpened& opened, const RuleContext&) {
  if (state.status != CaseStatus::kNotOpened) {
    return Refuse("CASE_ALREADY_OPEN", "the case was opened already",
                  "a closed one is reopened with case_reopened");
  }
  return NeedSameChild(state, opened.child().person_id());
}

absl::Status May(const CaseState& state, const cases_pb::CaseClosed& closed,
                 const RuleContext& context) {
  RETURN_IF_ERROR(NeedOpen(state));
  RETURN_IF_ERROR(NeedSameChild(state, closed.child().person_id()));
  return NeedApproval(state, closed.approval_id(), context);
}

absl::Status May(const CaseState& state, const cases_pb::CaseReopened& reopened,
                 const RuleContext&) {
  if (state.status != CaseStatus::kClosed) {
    return Refuse("CASE_NOT_CLOSED", "the case is not closed", "only a closed case is reopened");
  }
  return NeedSameChild(state, reopened.child().person_id());
}

absl::Status May(const CaseState& state, const cases_pb::ConcernReceived& concern,
                 const RuleContext&) {
  return NeedSameChild(state, concern.child().person_id());
}

absl::Status May(const CaseState& state, const cases_pb::ServiceProvided& service,
                 const RuleContext& context) {
  if (!IsCase(context)) return absl::OkStatus();
  RETURN_IF_ERROR(NeedOpen(state));
  if (service.recipient() != cases_pb::SERVICE_RECIPIENT_CHILD) return absl::OkStatus();
  return NeedSameChild(state, service.person().person_id());
}

absl::Status May(const CaseState& state, const cases_pb::AssessmentCompleted& assessment,
                 const RuleContext& context) {
  if (!IsCase(context)) return absl::OkStatus();
  RETURN_IF_ERROR(NeedOpen(state));
  return NeedSameChild(state, assessment.child().person_id());
}

absl::Status May(const CaseState& state, const cases_pb::FollowUpConducted& follow_up,
                 const RuleContext& context) {
  const bool aftercare = state.status == CaseStatus::kClosed &&
                         follow_up.followup_type() == cases_pb::FOLLOW_UP_TYPE_AFTERCARE;
  return IsCase(context) && !aftercare ? NeedOpen(state) : absl::OkStatus();
}

absl::Status May(const CaseState& state, const cases_pb::ReferralMade& referral,
                 const RuleContext& context) {
  if (referral.to_org_id().empty() && referral.to_sector().empty()) {
    return FieldError(absl::StatusCode::kInvalidArgument, "FIELD_REQUIRED",
                      "referral_made.to_org_id", "must be given, or to_sector");
  }
  if (IsCase(context)) RETURN_IF_ERROR(NeedOpen(state));
  return NeedConsent(referral, context);
}

std::vector<std::string> Reads(const cases_pb::ReferralMade& referral) {
  return {"person/" + referral.person().person_id()};
}

absl::Status May(const CaseState& state, const cases_pb::PlacementStarted& placement,
                 const RuleContext&) {
  if (placement.foster_kind() != cases_pb::FOSTER_KIND_UNSPECIFIED &&
      placement.care_type() != cases_pb::CARE_TYPE_FOSTER) {
    return FieldError(absl::StatusCode::kInvalidArgument, "FOSTER_KIND_MISPLACED",
                      "placement_started.foster_kind", "is for foster care only");
  }
  RETURN_IF_ERROR(NeedOpen(state));
  RETURN_IF_ERROR(NeedSameChild(state, placement.child().person_id()));
  if (state.placement_id.empty()) return absl::OkStatus();
  return Refuse("PLACEMENT_OPEN", "the child is in a placement already",
                "end that one first with placement_ended");
}

absl::Status May(const CaseState& state, const cases_pb::PlacementEnded& ended,
                 const RuleContext&) {
  if (state.placement_id != ended.placement_id()) {
    return Refuse("PLACEMENT_NOT_OPEN", "no placement with this id is open",
                  "start it with placement_started");
  }
  return NeedSameChild(state, ended.child().person_id());
}

}  // namespace

const Aggregate<CaseState>& Case() {
  static const auto& rules = Aggregate<CaseState>::Make("case")
                                 .On<cases_pb::ConcernReceived>(On)
                                 .On<cases_pb::CaseOpened>(On)
                                 .On<cases_pb::CaseClosed>(On)
                                 .On<cases_pb::CaseReopened>(On)
                                 .On<cases_pb::PlacementStarted>(On)
                                 .On<cases_pb::PlacementEnded>(On)
                                 .May<cases_pb::ConcernReceived>(May)
                                 .May<cases_pb::CaseOpened>(May)
                                 .May<cases_pb::CaseClosed>(May)
                                 .May<cases_pb::CaseReopened>(May)
                                 .May<cases_pb::ServiceProvided>(May)
                                 .May<cases_pb::AssessmentCompleted>(May)
                                 .May<cases_pb::FollowUpConducted>(May)
                                 .May<cases_pb::ReferralMade>(May)
                                 .Reads<cases_pb::ReferralMade>(Reads)
                                 .May<cases_pb::PlacementStarted>(May)
                                 .May<cases_pb::PlacementEnded>(May);
  return rules;
}

}  // namespace mlup::domain
