// The life of a case as a table.
#include "mlup/cases/v1/care_events.pb.h"
#include "mlup/cases/v1/case_events.pb.h"
#include "mlup/cases/v1/casework_events.pb.h"
#include "mlup/common/v1/common.pb.h"
#include "services/domain/case_state.h"

namespace mlup::domain {
namespace {

namespace cases_pb = ::mlup::cases::v1;
using google::protobuf::Message;

template <typename Fact>
const Fact& Cast(const Message& message) {
  return static_cast<const Fact&>(message);
}

bool IsOfChild(const CaseState&, const Message& fact) {
  return Cast<cases_pb::AssessmentCompleted>(fact).subject() == cases_pb::ASSESSMENT_SUBJECT_CHILD;
}

bool IsAftercare(const CaseState&, const Message& fact) {
  return Cast<cases_pb::FollowUpConducted>(fact).followup_type() ==
         cases_pb::FOLLOW_UP_TYPE_AFTERCARE;
}

bool IsAccepted(const CaseState&, const Message& fact) {
  return Cast<cases_pb::TransferAnswered>(fact).answer() == cases_pb::HANDSHAKE_ANSWER_ACCEPTED;
}

bool AsksForClosing(const CaseState&, const Message& fact) {
  return Cast<common::v1::ApprovalRequested>(fact).subject() ==
         common::v1::APPROVAL_SUBJECT_CLOSURE;
}

bool RejectsClosing(const CaseState& state, const Message& fact) {
  const auto asked =
      state.approvals.pending.find(Cast<common::v1::ApprovalRejected>(fact).approval_id());
  return asked != state.approvals.pending.end() &&
         asked->second.subject == common::v1::APPROVAL_SUBJECT_CLOSURE;
}

bool MayClose(const CaseState& state) {
  return state.supported_only ||
         state.approvals.GrantsUnused(common::v1::APPROVAL_SUBJECT_CLOSURE, state.used_approvals);
}
bool MayMergeIt(const CaseState& state) {
  return state.merge.merge_event_id.empty() &&
         state.approvals.GrantsUnused(common::v1::APPROVAL_SUBJECT_MERGE,
                                      state.merge.used_approvals);
}
bool HasGoal(const CaseState& state) { return state.goals.AnyOpen(); }
bool HasWorker(const CaseState& state) { return state.workers.AnyOpen(); }
bool HasTransfer(const CaseState& state) { return state.transfers.AnyOpen(); }
bool HasNoTransfer(const CaseState& state) { return !state.transfers.AnyOpen(); }
bool IsPlaced(const CaseState& state) { return !state.placement_id.empty(); }
bool IsNotPlaced(const CaseState& state) { return state.placement_id.empty(); }

constexpr std::uint32_t kWorking = In(kCaseOpen, kCaseAssessed, kCasePlanned, kCaseInService);
constexpr std::uint32_t kHelped = kWorking | In(kCaseClosureRequested);
// Not yet, or no longer; but for the record that ended in another one.
constexpr std::uint32_t kBegun = In(kCaseReceived, kCaseScreenedOut, kCaseClosed) | kHelped;

template <typename Fact>
Step<CaseState> On(std::uint32_t from, int to = kStays) {
  return {.fact = Fact::descriptor(), .from = from, .to = to};
}
Step<CaseState> When(Step<CaseState> step, bool (*when)(const CaseState&, const Message&),
                     std::string_view words) {
  step.when = when;
  step.words = words;
  return step;
}
Step<CaseState> Possible(Step<CaseState> step, bool (*possible)(const CaseState&)) {
  step.possible = possible;
  return step;
}
Step<CaseState> Reason(Step<CaseState> step, std::string_view reason) {
  step.reason = reason;
  return step;
}
Step<CaseState> KeepsBefore(Step<CaseState> step) {
  step.keeps_before = true;
  return step;
}
Step<CaseState> FollowsOnly(Step<CaseState> step) {
  step.follows_only = true;
  return step;
}

std::vector<Step<CaseState>> Steps() {
  return {
      On<cases_pb::ConcernReceived>(In(kCaseNotOpened), kCaseReceived),
      On<cases_pb::ConcernReceived>(kBegun),
      On<cases_pb::CaseScreenedOut>(In(kCaseReceived), kCaseScreenedOut),
      Reason(On<cases_pb::CaseOpened>(In(kCaseNotOpened, kCaseReceived), kCaseOpen),
             "CASE_ALREADY_OPEN"),
      When(On<cases_pb::AssessmentCompleted>(In(kCaseOpen), kCaseAssessed), IsOfChild,
           "of the child"),
      On<cases_pb::AssessmentCompleted>(kHelped),
      On<cases_pb::BestInterestsDetermined>(kHelped),
      On<cases_pb::CarePlanAdopted>(In(kCaseAssessed), kCasePlanned),
      On<cases_pb::CarePlanAdopted>(In(kCasePlanned, kCaseInService, kCaseClosureRequested)),
      On<cases_pb::ServiceProvided>(In(kCasePlanned), kCaseInService),
      On<cases_pb::ServiceProvided>(kHelped),
      Possible(On<cases_pb::GoalEnded>(kHelped), HasGoal),
      On<cases_pb::CaseReviewed>(kHelped),
      On<cases_pb::FollowUpConducted>(kHelped),
      When(On<cases_pb::FollowUpConducted>(In(kCaseClosed)), IsAftercare, "for aftercare"),
      On<cases_pb::CaseWorkerAssigned>(In(kCaseReceived) | kHelped),
      Possible(On<cases_pb::CaseWorkerUnassigned>(In(kCaseReceived, kCaseClosed) | kHelped),
               HasWorker),
      On<cases_pb::ReferralMade>(kHelped),
      Possible(On<cases_pb::TransferOffered>(kHelped), HasNoTransfer),
      Possible(
          When(On<cases_pb::TransferAnswered>(kHelped, kCaseTransferred), IsAccepted, "accepted"),
          HasTransfer),
      Possible(On<cases_pb::TransferAnswered>(kHelped | In(kCaseClosed)), HasTransfer),
      Possible(On<cases_pb::PlacementStarted>(kHelped), IsNotPlaced),
      Possible(On<cases_pb::PlacementReviewed>(kHelped), IsPlaced),
      Possible(On<cases_pb::PlacementEnded>(kBegun | In(kCaseNotOpened, kCaseTransferred)),
               IsPlaced),
      FollowsOnly(
          KeepsBefore(When(On<common::v1::ApprovalRequested>(kWorking, kCaseClosureRequested),
                           AsksForClosing, "for closing"))),
      FollowsOnly(When(On<common::v1::ApprovalRejected>(In(kCaseClosureRequested), kBack),
                       RejectsClosing, "for closing")),
      Possible(On<cases_pb::CaseClosed>(kHelped, kCaseClosed), MayClose),
      Reason(On<cases_pb::CaseReopened>(In(kCaseClosed), kCaseOpen), "CASE_NOT_CLOSED"),
      KeepsBefore(Reason(Possible(On<cases_pb::CasesMerged>(kBegun, kCaseDuplicate), MayMergeIt),
                         "ALREADY_MERGED")),
      Reason(On<cases_pb::CasesUnmerged>(In(kCaseDuplicate), kBack), "NOT_MERGED"),
  };
}

}  // namespace

const Life<CaseState>& CaseLife() {
  static const auto& life = *new Life<CaseState>{
      .of = "case",
      .category = "case",
      .at = &CaseState::life,
      .reason = "CASE_NOT_OPEN",
      .states = {"not open", "received", "screened out", "open", "assessed", "planned",
                 "in service", "waiting for an approval to close it", "closed", "transferred",
                 "merged into another"},
      .steps = Steps()};
  return life;
}

}  // namespace mlup::domain
