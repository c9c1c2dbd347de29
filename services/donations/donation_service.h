// The donation service: donors, donations, stock and distributions.
#pragma once

#include "mlup/donations/v1/donation_service.pb.h"
#include "services/command/command_handler.h"

namespace mlup::donations {

namespace pb = ::mlup::donations::v1;
using command::CommandResult;

// One method a call of mlup.donations.v1.DonationService; the rules are in donation_rules.h and
// distribution_rules.h, what is the same for all calls in services/command/command_handler.h.
//
// Any thread. Borrows `commands`, which must outlive it.
class DonationService {
 public:
  explicit DonationService(command::CommandHandler& commands) : commands_(commands) {}

  absl::StatusOr<CommandResult> DistributeItems(const pb::DistributeItemsRequest& request);
  absl::StatusOr<CommandResult> AllocateDonation(const pb::AllocateDonationRequest& request);
  absl::StatusOr<CommandResult> ReverseDistribution(const pb::ReverseDistributionRequest& request);
  absl::StatusOr<CommandResult> VoidEntry(const pb::VoidEntryRequest& request);
  absl::StatusOr<CommandResult> CorrectDetails(const pb::CorrectDetailsRequest& request);
  absl::StatusOr<CommandResult> Record(const pb::RecordRequest& request);

 private:
  command::CommandHandler& commands_;
};

}  // namespace mlup::donations
