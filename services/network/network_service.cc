#include "services/network/network_service.h"

#include "services/network/group_rules.h"
#include "services/network/organisation_rules.h"
#include "services/network/report_rules.h"

namespace mlup::network {

absl::StatusOr<CommandResult> NetworkService::JoinGroup(const pb::JoinGroupRequest& request) {
  return commands_.Execute<GroupState, pb::NetworkEvent>(request);
}

absl::StatusOr<CommandResult> NetworkService::LeaveGroup(const pb::LeaveGroupRequest& request) {
  return commands_.Execute<GroupState, pb::NetworkEvent>(request);
}

absl::StatusOr<CommandResult> NetworkService::EndPartnership(
    const pb::EndPartnershipRequest& request) {
  return commands_.Execute<OrganisationState, pb::NetworkEvent>(request);
}

absl::StatusOr<CommandResult> NetworkService::EndContextPeriod(
    const pb::EndContextPeriodRequest& request) {
  return commands_.Execute<OrganisationState, pb::NetworkEvent>(request);
}

absl::StatusOr<CommandResult> NetworkService::PublishReport(
    const pb::PublishReportRequest& request) {
  return commands_.Execute<ReportState, pb::NetworkEvent>(request);
}

absl::StatusOr<CommandResult> NetworkService::VoidEntry(const pb::VoidEntryRequest& request) {
  return commands_.Record(request);
}

absl::StatusOr<CommandResult> NetworkService::CorrectDetails(
    const pb::CorrectDetailsRequest& request) {
  return commands_.Record(request);
}

absl::StatusOr<CommandResult> NetworkService::Record(const pb::RecordRequest& request) {
  return commands_.Record(request);
}

}  // namespace mlup::network
