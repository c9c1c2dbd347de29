// The rules of the work on a case: assessments, services, plans, reviews, workers, tasks, and
// handshakes with others.
#include <algorithm>

#include "mlup/cases/v1/case_events.pb.h"
#include "mlup/cases/v1/casework_events.pb.h"
#include "services/domain/case_state.h"
#include "services/domain/person.h"

namespace mlup::domain {
namespace {

namespace cases_pb = ::mlup::cases::v1;

// Some of these facts may stand on other records, where a case has no say.
bool IsCase(const RuleContext& context) { return context.stream.starts_with("case/"); }

void On(CaseState& state, const cases_pb::CarePlanAdopted& plan, const EventInfo&) {
  state.plan_version = plan.plan_version();
  Begun goals;
  for (const auto& goal : plan.goals()) goals.Begin(goal.goal_id());
  state.goals = std::move(goals);
}

void On(CaseState& state, const cases_pb::ReferralAnswered& answered, const EventInfo&) {
  if (answered.answer() == cases_pb::HANDSHAKE_ANSWER_ACCEPTED) {
    state.accepted_referrals.Begin(answered.referral_id());
  }
}

void On(CaseState& state, const cases_pb::CaseWorkerAssigned& assigned, const EventInfo&) {
  state.had_workers = true;
  if (!assigned.team().empty()) state.teams[assigned.worker_id()] = assigned.team();
}

void On(CaseState& state, const cases_pb::CaseWorkerUnassigned& unassigned, const EventInfo&) {
  state.workers.Forget(unassigned.worker_id());
  state.teams.erase(unassigned.worker_id());
}

absl::Status May(const CaseState& state, const cases_pb::ServiceProvided& service,
                 const RuleContext& context) {
  if (!IsCase(context) || service.recipient() != cases_pb::SERVICE_RECIPIENT_CHILD) {
    return absl::OkStatus();
  }
  return NeedSameChild(state, service.person().person_id(), ".person.person_id");
}

absl::Status May(const CaseState& state, const cases_pb::AssessmentCompleted& assessment,
                 const RuleContext& context) {
  std::set<std::string> codes;
  for (const auto& domain : assessment.domains()) codes.insert(domain.code());
  if (codes.size() != static_cast<std::size_t>(assessment.domains_size())) {
    return FieldError(absl::StatusCode::kInvalidArgument, "DOMAIN_TWICE",
                      "assessment_completed.domains", "must hold each domain once");
  }
  if (assessment.child().domain_reasons_size() > assessment.domains_size()) {
    return FieldError(absl::StatusCode::kInvalidArgument, "TOO_MANY_ITEMS",
                      "assessment_completed.child.domain_reasons",
                      "must hold at most one reason for each of the domains");
  }
  return IsCase(context) ? NeedSameChild(state, assessment.child().person_id()) : absl::OkStatus();
}

absl::Status May(const CaseState& state, const cases_pb::CarePlanAdopted& plan,
                 const RuleContext&) {
  RETURN_IF_ERROR(NeedSameChild(state, plan.child().person_id()));
  std::set<std::string> ids;
  for (const auto& goal : plan.goals()) ids.insert(goal.goal_id());
  if (ids.size() != static_cast<std::size_t>(plan.goals_size())) {
    return FieldError(absl::StatusCode::kInvalidArgument, "GOAL_TWICE", "care_plan_adopted.goals",
                      "must hold each goal once");
  }
  if (plan.plan_version() == state.plan_version + 1) return absl::OkStatus();
  return Refuse("PLAN_VERSION", absl::StrCat("the plan in force has version ", state.plan_version),
                absl::StrCat("the next one is ", state.plan_version + 1), ".plan_version");
}

bool AllowsSharing(cases_pb::ConsentPurpose purpose) {
  return purpose == cases_pb::CONSENT_PURPOSE_SERVICE ||
         purpose == cases_pb::CONSENT_PURPOSE_SHARE_WITH_NGO ||
         purpose == cases_pb::CONSENT_PURPOSE_SHARE_WITH_GOVERNMENT;
}

// A consent in force on the day of what happens, or an override of it.
absl::Status NeedConsent(const std::string& person_id, const std::string& event_id,
                         std::string_view what, const RuleContext& context) {
  const PersonState& person = context.Of(Person(), "person/" + person_id);
  const Day day = context.occurred ? context.occurred->first : context.today;
  const auto consent = person.consents.find(event_id);
  if (consent != person.consents.end() && AllowsSharing(consent->second.purpose) &&
      consent->second.person_id == person_id &&
      (!consent->second.valid_until || day <= *consent->second.valid_until)) {
    return absl::OkStatus();
  }
  const auto overridden = person.overrides.find(event_id);
  if (overridden != person.overrides.end() && AllowsSharing(overridden->second)) {
    return absl::OkStatus();
  }
  return Refuse("CONSENT_MISSING", absl::StrCat(ToAbsl(what), " needs a consent in force"),
                "record it on the person with consent_recorded, or consent_overridden, and name "
                "that event",
                ".consent_event_id");
}

absl::Status May(const CaseState&, const cases_pb::ReferralMade& referral,
                 const RuleContext& context) {
  if (referral.to_org_id().empty() && referral.to_sector().empty()) {
    return FieldError(absl::StatusCode::kInvalidArgument, "FIELD_REQUIRED",
                      "referral_made.to_org_id", "must be given, or to_sector");
  }
  if (referral.to_org_id().empty()) return absl::OkStatus();
  return NeedConsent(referral.person().person_id(), referral.consent_event_id(),
                     "a referral to another organisation", context);
}

std::vector<std::string> Reads(const cases_pb::ReferralMade& referral) {
  return {"person/" + referral.person().person_id()};
}

absl::Status May(const CaseState& state, const cases_pb::TransferOffered& offer,
                 const RuleContext& context) {
  RETURN_IF_ERROR(NeedSameChild(state, offer.child().person_id()));
  if (state.transfers.AnyOpen()) {
    return Refuse("TRANSFER_OPEN", "an offer waits for its answer already",
                  "record the answer, or that it is revoked, with transfer_answered");
  }
  return NeedConsent(offer.child().person_id(), offer.consent_event_id(), "a transfer", context);
}

std::vector<std::string> Reads(const cases_pb::TransferOffered& offer) {
  return {"person/" + offer.child().person_id()};
}

template <typename Fact>
std::string GoalId(const Fact& fact) {
  return fact.goal_id();
}
template <typename Fact>
std::string WorkerId(const Fact& fact) {
  return fact.worker_id();
}
template <typename Fact>
std::string TaskId(const Fact& fact) {
  return fact.task_id();
}
template <typename Fact>
std::string ReferralId(const Fact& fact) {
  return fact.referral_id();
}
template <typename Fact>
std::string TransferId(const Fact& fact) {
  return fact.transfer_id();
}

}  // namespace

void AddCasework(Aggregate<CaseState>& rules) {
  rules.May<cases_pb::ServiceProvided>(May)
      .May<cases_pb::AssessmentCompleted>(May)
      .May<cases_pb::BestInterestsDetermined>(MayForChild)
      .On<cases_pb::CarePlanAdopted>(On)
      .May<cases_pb::CarePlanAdopted>(May)
      .May<cases_pb::GoalEnded>(MayForChild)
      .Ends<cases_pb::GoalEnded>(&CaseState::goals, GoalId,
                                 {"GOAL_NOT_OPEN", "the plan in force has no such open goal",
                                  "goals come with care_plan_adopted and end once", ".goal_id"})
      .May<cases_pb::CaseReviewed>(MayForChild)
      .Begins<cases_pb::CaseWorkerAssigned>(
          &CaseState::workers, WorkerId,
          {"WORKER_ASSIGNED", "this worker is assigned already",
           "nothing needs recording, or end it first with case_worker_unassigned", ".worker_id"})
      .Ends<cases_pb::CaseWorkerUnassigned>(
          &CaseState::workers, WorkerId,
          {"WORKER_NOT_ASSIGNED", "this worker is not assigned",
           "name one who was assigned with case_worker_assigned", ".worker_id"})
      .On<cases_pb::CaseWorkerAssigned>(On)
      .On<cases_pb::CaseWorkerUnassigned>(On)
      .May<cases_pb::ReferralMade>(May)
      .Reads<cases_pb::ReferralMade>(Reads)
      .Begins<cases_pb::ReferralMade>(&CaseState::referrals, ReferralId,
                                      {"REFERRAL_ID_USED", "the referral's id is used already",
                                       "choose a new id", ".referral_id"})
      .Ends<cases_pb::ReferralAnswered>(
          &CaseState::referrals, ReferralId,
          {"REFERRAL_NOT_OPEN", "no referral with this id waits for an answer",
           "it begins with referral_made and is answered once", ".referral_id"})
      .On<cases_pb::ReferralAnswered>(On)
      .Ends<cases_pb::ReferralCompleted>(
          &CaseState::accepted_referrals, ReferralId,
          {"REFERRAL_NOT_ACCEPTED", "no referral with this id is accepted and open",
           "record first with referral_answered that it was accepted", ".referral_id"})
      .May<cases_pb::TransferOffered>(May)
      .Reads<cases_pb::TransferOffered>(Reads)
      .Begins<cases_pb::TransferOffered>(&CaseState::transfers, TransferId,
                                         {"TRANSFER_ID_USED", "the transfer's id is used already",
                                          "choose a new id", ".transfer_id"})
      .Ends<cases_pb::TransferAnswered>(
          &CaseState::transfers, TransferId,
          {"TRANSFER_NOT_OPEN", "no offer with this id waits for an answer",
           "it begins with transfer_offered and is answered once", ".transfer_id"})
      .Begins<cases_pb::TaskCreated>(
          &CaseState::tasks, TaskId,
          {"TASK_ID_USED", "the task's id is used already", "choose a new id", ".task_id"})
      .Ends<cases_pb::TaskEnded>(&CaseState::tasks, TaskId,
                                 {"TASK_NOT_OPEN", "no task with this id is open",
                                  "it begins with task_created and ends once", ".task_id"});
}

}  // namespace mlup::domain
