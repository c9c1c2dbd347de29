#include "services/domain/case.h"

#include "mlup/cases/v1/case_events.pb.h"
#include "mlup/cases/v1/casework_events.pb.h"
#include "mlup/common/v1/common.pb.h"
#include "services/domain/approvals.h"
#include "services/domain/case_state.h"

namespace mlup::domain {

namespace cases_pb = ::mlup::cases::v1;
using common::v1::ApprovalGranted;
using common::v1::ApprovalRejected;
using common::v1::ApprovalRequested;

absl::Status NeedSameChild(const CaseState& state, const std::string& child_id,
                           std::string_view field) {
  if (child_id.empty() || state.child_id.empty() || child_id == state.child_id) {
    return absl::OkStatus();
  }
  return Refuse("OTHER_CHILD", "the case is another child's",
                "record it on the case of the child that is named", field);
}

namespace {

void On(CaseState& state, const cases_pb::ConcernReceived& concern, const EventInfo&) {
  state.child_id = concern.child().person_id();
  state.merge.registered = true;
}

void On(CaseState& state, const cases_pb::CaseOpened& opened, const EventInfo&) {
  state.child_id = opened.child().person_id();
  state.supported_only = !opened.supported_by_org_id().empty();
  state.merge.registered = true;
}

void On(CaseState& state, const cases_pb::CaseClosed& closed, const EventInfo&) {
  state.used_approvals.insert(closed.approval_id());
}

void On(CaseState& state, const cases_pb::CasesMerged& merged, const EventInfo& info) {
  state.merge.Merge(info, merged.approval_id());
}

void On(CaseState& state, const cases_pb::CasesUnmerged&, const EventInfo&) {
  state.merge.merge_event_id.clear();
}

absl::Status May(const CaseState& state, const cases_pb::CaseClosed& closed, const RuleContext&) {
  RETURN_IF_ERROR(NeedSameChild(state, closed.child().person_id()));
  if (state.approvals.Granted(closed.approval_id(), common::v1::APPROVAL_SUBJECT_CLOSURE) &&
      !state.used_approvals.contains(closed.approval_id())) {
    return absl::OkStatus();
  }
  if (closed.approval_id().empty() && state.supported_only) return absl::OkStatus();
  return Refuse("APPROVAL_MISSING", "closing the case needs an approval that was granted for it",
                "ask for it on the case with approval_requested", ".approval_id");
}

std::string Survivor(const cases_pb::CasesMerged& merged) { return "case/" + merged.survivor_id(); }

std::vector<std::string> Reads(const cases_pb::CasesMerged& merged) { return {Survivor(merged)}; }

absl::Status May(const CaseState& state, const cases_pb::CasesMerged& merged,
                 const RuleContext& context) {
  RETURN_IF_ERROR(NeedSameChild(state, merged.child().person_id()));
  return MayMerge(state.merge, context.Of(Case(), Survivor(merged)).merge,
                  {Survivor(merged), merged.approval_id()}, context);
}

absl::Status May(const CaseState& state, const cases_pb::CasesUnmerged& unmerged,
                 const RuleContext&) {
  return MayUnmerge(state.merge, unmerged.merge_event_id());
}

}  // namespace

const Aggregate<CaseState>& Case() {
  static const auto& rules = []() -> Aggregate<CaseState>& {
    auto& made = Aggregate<CaseState>::Make("case")
                     .Along(CaseLife())
                     .On<cases_pb::ConcernReceived>(On)
                     .May<cases_pb::ConcernReceived>(MayForChild)
                     .On<cases_pb::CaseOpened>(On)
                     .May<cases_pb::CaseOpened>(MayForChild)
                     .May<cases_pb::CaseScreenedOut>(MayForChild)
                     .On<ApprovalRequested>(OnApproval)
                     .On<ApprovalGranted>(OnApproval)
                     .On<ApprovalRejected>(OnApproval)
                     .On<cases_pb::CaseClosed>(On)
                     .May<cases_pb::CaseClosed>(May)
                     .May<cases_pb::CaseReopened>(MayForChild)
                     .On<cases_pb::CasesMerged>(On)
                     .May<cases_pb::CasesMerged>(May)
                     .Reads<cases_pb::CasesMerged>(Reads)
                     .On<cases_pb::CasesUnmerged>(On)
                     .May<cases_pb::CasesUnmerged>(May);
    AddCasework(made);
    AddPlacements(made);
    return made;
  }();
  return rules;
}

}  // namespace mlup::domain
