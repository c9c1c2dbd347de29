#include "services/installation/about_rpc.h"

#include <utility>

#include "eventstore/base/status.h"

namespace mlup::installation {

AboutRpc::AboutRpc(About about, log::EventLog& log, rpc::Executor& executor)
    : Service("mlup.installation.v1.InstallationService", executor),
      about_(std::move(about)),
      log_(log) {
  Serve("Describe", *this, &AboutRpc::Describe);
}

absl::StatusOr<v1::DescribeResponse> AboutRpc::Describe(
    const v1::DescribeRequest& /*request*/) const {
  v1::DescribeResponse described;
  ASSIGN_OR_RETURN(const Position head, log_.Head());
  described.set_name(about_.name);
  described.set_holds_real_data(about_.holds_real_data);
  described.set_head(head.value);
  described.set_version(about_.version);
  return described;
}

}  // namespace mlup::installation
