#include "services/cases/case_rules.h"

#include <utility>

namespace mlup::cases {
namespace {

using command::Accept;
using command::Refuse;
using command::RuleContext;

bool IsCase(const RuleContext& context) { return context.stream.rfind("case/", 0) == 0; }

absl::Status NeedOpen(const RecordState& state) {
  if (state.status == CaseStatus::kOpen) return absl::OkStatus();
  return Refuse("CASE_NOT_OPEN", "the case is not open");
}

// A child that is not named, or not known yet, is nobody else.
absl::Status NeedSameChild(const RecordState& state, const std::string& child_id) {
  if (child_id.empty() || state.child_id.empty() || child_id == state.child_id) {
    return absl::OkStatus();
  }
  return Refuse("OTHER_CHILD", "the case is another child's");
}

absl::Status NeedApproval(const RecordState& state, const std::string& approval_id) {
  if (approval_id.empty() && state.supported_only) return absl::OkStatus();
  const auto granted = state.granted.find(approval_id);
  if (granted != state.granted.end() && granted->second == common::v1::APPROVAL_SUBJECT_CLOSURE) {
    return absl::OkStatus();
  }
  return Refuse("APPROVAL_MISSING", "closing the case needs an approval that was granted for it");
}

bool AllowsReferral(pb::ConsentPurpose purpose) {
  return purpose == pb::CONSENT_PURPOSE_SERVICE || purpose == pb::CONSENT_PURPOSE_SHARE_WITH_NGO ||
         purpose == pb::CONSENT_PURPOSE_SHARE_WITH_GOVERNMENT;
}

absl::Status NeedConsent(const RecordStates& states, const pb::ReferralMade& referral,
                         const RuleContext& context) {
  if (referral.to_org_id().empty()) return absl::OkStatus();
  const RecordState& person = states.Of("person/" + referral.person().person_id());
  const auto consent = person.consents.find(referral.consent_event_id());
  const Day day = context.occurred ? context.occurred->first : context.today;
  if (consent != person.consents.end() && AllowsReferral(consent->second.purpose) &&
      consent->second.person_id == referral.person().person_id() &&
      (!consent->second.valid_until || day <= *consent->second.valid_until)) {
    return absl::OkStatus();
  }
  return Refuse("CONSENT_MISSING", "a referral to another organisation needs a consent in force");
}

}  // namespace

Decision Decide(const RecordStates& states, const pb::OpenCaseRequest& request,
                const RuleContext& context) {
  const RecordState& state = states.Of(context.stream);
  if (state.status != CaseStatus::kNotOpened) {
    return Refuse("CASE_ALREADY_OPEN", "the case was opened already; a closed one is reopened");
  }
  RETURN_IF_ERROR(NeedSameChild(state, request.case_opened().child().person_id()));
  pb::CaseEvent event;
  *event.mutable_case_opened() = request.case_opened();
  return Accept(std::move(event));
}

Decision Decide(const RecordStates& states, const pb::CloseCaseRequest& request,
                const RuleContext& context) {
  const RecordState& state = states.Of(context.stream);
  RETURN_IF_ERROR(NeedOpen(state));
  RETURN_IF_ERROR(NeedSameChild(state, request.case_closed().child().person_id()));
  RETURN_IF_ERROR(NeedApproval(state, request.case_closed().approval_id()));
  pb::CaseEvent event;
  *event.mutable_case_closed() = request.case_closed();
  return Accept(std::move(event));
}

Decision Decide(const RecordStates& states, const pb::ReopenCaseRequest& request,
                const RuleContext& context) {
  const RecordState& state = states.Of(context.stream);
  if (state.status != CaseStatus::kClosed)
    return Refuse("CASE_NOT_CLOSED", "the case is not closed");
  RETURN_IF_ERROR(NeedSameChild(state, request.case_reopened().child().person_id()));
  pb::CaseEvent event;
  *event.mutable_case_reopened() = request.case_reopened();
  return Accept(std::move(event));
}

Decision Decide(const RecordStates& states, const pb::ProvideServiceRequest& request,
                const RuleContext& context) {
  const pb::ServiceProvided& service = request.service_provided();
  if (IsCase(context)) {
    const RecordState& state = states.Of(context.stream);
    RETURN_IF_ERROR(NeedOpen(state));
    if (service.recipient() == pb::SERVICE_RECIPIENT_CHILD) {
      RETURN_IF_ERROR(NeedSameChild(state, service.person().person_id()));
    }
  }
  pb::CaseEvent event;
  *event.mutable_service_provided() = service;
  return Accept(std::move(event));
}

Decision Decide(const RecordStates& states, const pb::CompleteAssessmentRequest& request,
                const RuleContext& context) {
  if (IsCase(context)) {
    const RecordState& state = states.Of(context.stream);
    RETURN_IF_ERROR(NeedOpen(state));
    RETURN_IF_ERROR(NeedSameChild(state, request.assessment_completed().child().person_id()));
  }
  pb::CaseEvent event;
  *event.mutable_assessment_completed() = request.assessment_completed();
  return Accept(std::move(event));
}

Decision Decide(const RecordStates& states, const pb::ConductFollowUpRequest& request,
                const RuleContext& context) {
  const RecordState& state = states.Of(context.stream);
  const bool aftercare =
      state.status == CaseStatus::kClosed &&
      request.follow_up_conducted().followup_type() == pb::FOLLOW_UP_TYPE_AFTERCARE;
  if (IsCase(context) && !aftercare) RETURN_IF_ERROR(NeedOpen(state));
  pb::CaseEvent event;
  *event.mutable_follow_up_conducted() = request.follow_up_conducted();
  return Accept(std::move(event));
}

Decision Decide(const RecordStates& states, const pb::MakeReferralRequest& request,
                const RuleContext& context) {
  const pb::ReferralMade& referral = request.referral_made();
  if (referral.to_org_id().empty() && referral.to_sector().empty()) {
    return FieldError(absl::StatusCode::kInvalidArgument, "FIELD_REQUIRED",
                      "referral_made.to_org_id", "must be given, or to_sector");
  }
  if (IsCase(context)) RETURN_IF_ERROR(NeedOpen(states.Of(context.stream)));
  RETURN_IF_ERROR(NeedConsent(states, referral, context));
  pb::CaseEvent event;
  *event.mutable_referral_made() = referral;
  return Accept(std::move(event));
}

Decision Decide(const RecordStates& states, const pb::StartPlacementRequest& request,
                const RuleContext& context) {
  const pb::PlacementStarted& placement = request.placement_started();
  if (placement.foster_kind() != pb::FOSTER_KIND_UNSPECIFIED &&
      placement.care_type() != pb::CARE_TYPE_FOSTER) {
    return FieldError(absl::StatusCode::kInvalidArgument, "FOSTER_KIND_MISPLACED",
                      "placement_started.foster_kind", "is for foster care only");
  }
  const RecordState& state = states.Of(context.stream);
  RETURN_IF_ERROR(NeedOpen(state));
  RETURN_IF_ERROR(NeedSameChild(state, placement.child().person_id()));
  if (!state.placement_id.empty())
    return Refuse("PLACEMENT_OPEN", "the child is in a placement already");
  pb::CaseEvent event;
  *event.mutable_placement_started() = placement;
  return Accept(std::move(event));
}

Decision Decide(const RecordStates& states, const pb::EndPlacementRequest& request,
                const RuleContext& context) {
  const RecordState& state = states.Of(context.stream);
  if (state.placement_id != request.placement_ended().placement_id()) {
    return Refuse("PLACEMENT_NOT_OPEN", "no placement with this id is open");
  }
  RETURN_IF_ERROR(NeedSameChild(state, request.placement_ended().child().person_id()));
  pb::CaseEvent event;
  *event.mutable_placement_ended() = request.placement_ended();
  return Accept(std::move(event));
}

}  // namespace mlup::cases
