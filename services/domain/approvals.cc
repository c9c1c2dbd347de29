#include "services/domain/approvals.h"

namespace mlup::domain {

using common::v1::ApprovalGranted;
using common::v1::ApprovalRejected;
using common::v1::ApprovalRequested;

void FollowApproval(ApprovalState& state, const ApprovalRequested& asked, const EventInfo& info) {
  state.ids.insert(asked.approval_id());
  state.pending[asked.approval_id()] = {asked.subject(), info.actor_id, info.on_behalf_of};
}

void FollowApproval(ApprovalState& state, const ApprovalGranted& granted, const EventInfo&) {
  const auto pending = state.pending.find(granted.approval_id());
  if (pending == state.pending.end()) return;
  state.granted[granted.approval_id()] = pending->second.subject;
  state.pending.erase(pending);
}

void FollowApproval(ApprovalState& state, const ApprovalRejected& rejected, const EventInfo&) {
  state.pending.erase(rejected.approval_id());
}

namespace {

absl::Status MayAnswer(const ApprovalState& state, const std::string& approval_id,
                       const RuleContext& context) {
  const auto pending = state.pending.find(approval_id);
  if (pending == state.pending.end()) {
    return Refuse("APPROVAL_NOT_PENDING", "no approval with this id waits for an answer",
                  "ask for one with approval_requested", ".approval_id");
  }
  const auto is_same = [](const std::string& one, const std::string& other) {
    return !one.empty() && one == other;
  };
  for (const std::string& asked : {pending->second.by_actor_id, pending->second.on_behalf_of}) {
    if (is_same(asked, context.actor_id) || is_same(asked, context.on_behalf_of)) {
      return Refuse("SAME_PERSON_ASKED",
                    "who answers, or is answered for, must not be who asked, or was asked for",
                    "somebody else has to answer");
    }
  }
  return absl::OkStatus();
}

absl::Status May(const ApprovalState& state, const ApprovalRequested& asked, const RuleContext&) {
  if (state.ids.contains(asked.approval_id())) {
    return Refuse("APPROVAL_ID_USED", "the approval's id is used already", "choose a new id",
                  ".approval_id");
  }
  for (const auto& [id, pending] : state.pending) {
    if (pending.subject == asked.subject()) {
      return Refuse("APPROVAL_PENDING", "an approval for this is asked for already",
                    "wait for its answer", ".subject");
    }
  }
  return absl::OkStatus();
}

absl::Status May(const ApprovalState& state, const ApprovalGranted& granted,
                 const RuleContext& context) {
  return MayAnswer(state, granted.approval_id(), context);
}

absl::Status May(const ApprovalState& state, const ApprovalRejected& rejected,
                 const RuleContext& context) {
  return MayAnswer(state, rejected.approval_id(), context);
}

}  // namespace

const Aggregate<ApprovalState>& Approvals() {
  static const auto& rules = Aggregate<ApprovalState>::Make("approvals")
                                 .On<ApprovalRequested>(FollowApproval)
                                 .On<ApprovalGranted>(FollowApproval)
                                 .On<ApprovalRejected>(FollowApproval)
                                 .May<ApprovalRequested>(May)
                                 .May<ApprovalGranted>(May)
                                 .May<ApprovalRejected>(May);
  return rules;
}

}  // namespace mlup::domain
