// Approvals, which may be asked for on any record: who grants is not who asked.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "mlup/common/v1/common.pb.h"
#include "services/domain/aggregate.h"

namespace mlup::domain {

struct ApprovalState {
  struct Asked {
    common::v1::ApprovalSubject subject;
    std::string by_actor_id;
    std::string on_behalf_of = {};
  };
  // Not answered yet, by approval id.
  std::map<std::string, Asked> pending;
  std::map<std::string, common::v1::ApprovalSubject> granted;
  // Every id that was ever asked for.
  std::set<std::string> ids;

  bool Granted(const std::string& approval_id, common::v1::ApprovalSubject subject) const {
    const auto found = granted.find(approval_id);
    return found != granted.end() && found->second == subject;
  }

  // Whether one is granted that `used` does not hold.
  bool GrantsUnused(common::v1::ApprovalSubject subject, const std::set<std::string>& used) const {
    return std::any_of(granted.begin(), granted.end(), [&](const auto& one) {
      return one.second == subject && !used.contains(one.first);
    });
  }
};

// For records whose own state follows the approvals on them.
void FollowApproval(ApprovalState& state, const common::v1::ApprovalRequested& asked,
                    const EventInfo& info);
void FollowApproval(ApprovalState& state, const common::v1::ApprovalGranted& granted,
                    const EventInfo& info);
void FollowApproval(ApprovalState& state, const common::v1::ApprovalRejected& rejected,
                    const EventInfo& info);
template <typename State, typename Fact>
void OnApproval(State& state, const Fact& fact, const EventInfo& info) {
  FollowApproval(state.approvals, fact, info);
}

// ApprovalRequested: APPROVAL_ID_USED, APPROVAL_PENDING. ApprovalGranted, ApprovalRejected:
// APPROVAL_NOT_PENDING, SAME_PERSON_ASKED.
const Aggregate<ApprovalState>& Approvals();

}  // namespace mlup::domain
