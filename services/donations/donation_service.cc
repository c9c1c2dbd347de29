#include "services/donations/donation_service.h"

#include "services/donations/distribution_rules.h"
#include "services/donations/donation_rules.h"

namespace mlup::donations {

absl::StatusOr<CommandResult> DonationService::DistributeItems(
    const pb::DistributeItemsRequest& request) {
  return commands_.Execute<DistributionState, pb::DonationEvent>(request);
}

absl::StatusOr<CommandResult> DonationService::AllocateDonation(
    const pb::AllocateDonationRequest& request) {
  return commands_.Execute<DonationState, pb::DonationEvent>(request);
}

absl::StatusOr<CommandResult> DonationService::ReverseDistribution(
    const pb::ReverseDistributionRequest& request) {
  return commands_.Execute<DistributionState, pb::DonationEvent>(request);
}

absl::StatusOr<CommandResult> DonationService::VoidEntry(const pb::VoidEntryRequest& request) {
  return commands_.Record(request);
}

absl::StatusOr<CommandResult> DonationService::CorrectDetails(
    const pb::CorrectDetailsRequest& request) {
  return commands_.Record(request);
}

absl::StatusOr<CommandResult> DonationService::Record(const pb::RecordRequest& request) {
  return commands_.Record(request);
}

}  // namespace mlup::donations
