// The network service: organisations, groups, context and reports.
#pragma once

#include "mlup/network/v1/network_service.pb.h"
#include "services/command/command_handler.h"

namespace mlup::network {

namespace pb = ::mlup::network::v1;
using command::CommandResult;

// One method a call of mlup.network.v1.NetworkService; the rules are in group_rules.h,
// organisation_rules.h and report_rules.h, what is the same for all calls in
// services/command/command_handler.h.
//
// Any thread. Borrows `commands`, which must outlive it.
class NetworkService {
 public:
  explicit NetworkService(command::CommandHandler& commands) : commands_(commands) {}

  absl::StatusOr<CommandResult> JoinGroup(const pb::JoinGroupRequest& request);
  absl::StatusOr<CommandResult> LeaveGroup(const pb::LeaveGroupRequest& request);
  absl::StatusOr<CommandResult> EndPartnership(const pb::EndPartnershipRequest& request);
  absl::StatusOr<CommandResult> EndContextPeriod(const pb::EndContextPeriodRequest& request);
  absl::StatusOr<CommandResult> PublishReport(const pb::PublishReportRequest& request);
  absl::StatusOr<CommandResult> VoidEntry(const pb::VoidEntryRequest& request);
  absl::StatusOr<CommandResult> CorrectDetails(const pb::CorrectDetailsRequest& request);
  absl::StatusOr<CommandResult> Record(const pb::RecordRequest& request);

 private:
  command::CommandHandler& commands_;
};

}  // namespace mlup::network
