#include "services/domain/case_group.h"

#include <set>
#include <string>

#include "mlup/cases/v1/case_events.pb.h"
#include "mlup/cases/v1/casework_events.pb.h"

namespace mlup::domain {

namespace cases_pb = ::mlup::cases::v1;

struct CaseGroupState {
  std::set<std::string> case_ids;
};

namespace {

void On(CaseGroupState& state, const cases_pb::CaseGroupFormed& formed, const EventInfo&) {
  state.case_ids.insert(formed.case_ids().begin(), formed.case_ids().end());
}

void On(CaseGroupState& state, const cases_pb::CaseGroupMemberAdded& added, const EventInfo&) {
  state.case_ids.insert(added.case_id());
}

absl::Status May(const CaseGroupState& state, const cases_pb::CaseGroupMemberAdded& added,
                 const RuleContext&) {
  if (!state.case_ids.contains(added.case_id())) return absl::OkStatus();
  return Refuse("ALREADY_MEMBER", "the case belongs to the group already",
                "nothing needs recording, or another case is meant", ".case_id");
}

}  // namespace

const Aggregate<CaseGroupState>& CaseGroup() {
  static const auto& rules = Aggregate<CaseGroupState>::Make("case_group")
                                 .On<cases_pb::CaseGroupFormed>(On)
                                 .On<cases_pb::CaseGroupMemberAdded>(On)
                                 .May<cases_pb::CaseGroupMemberAdded>(May);
  return rules;
}

}  // namespace mlup::domain
