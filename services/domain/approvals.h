// Approvals, which may be asked for on any record: who grants is not who asked.
#pragma once

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
};

// ApprovalRequested: APPROVAL_ID_USED, APPROVAL_PENDING. ApprovalGranted, ApprovalRejected:
// APPROVAL_NOT_PENDING, SAME_PERSON_ASKED.
const Aggregate<ApprovalState>& Approvals();

}  // namespace mlup::domain
