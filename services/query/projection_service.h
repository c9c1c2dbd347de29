// What a person asks of the read models.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "mlup/reports/v1/projection_service.pb.h"
#include "projections/read_model.h"
#include "services/identity/policy.h"

namespace mlup::query {

// mlup.reports.v1.ProjectionService without gRPC. Any thread; borrows everything it is built from.
// Errors as in the proto, and INVALID_ARGUMENT with the field.
class ProjectionService {
 public:
  struct Parts {
    projections::ReadModels& models;
    const identity::Policy& policy;
    const Clock& clock;
    Random& random;
    // Whether this process holds the log, which alone records what the system does.
    bool holds_log = false;
  };

  explicit ProjectionService(const Parts& parts) : parts_(parts) {}

  absl::StatusOr<reports::v1::RebuildProjectionResponse> RebuildProjection(
      const reports::v1::RebuildProjectionRequest& request);
  absl::StatusOr<reports::v1::CancelRebuildResponse> CancelRebuild(
      const reports::v1::CancelRebuildRequest& request);

 private:
  // Checks the fields and who asks.
  template <typename Request>
  absl::StatusOr<projections::ReadModel*> Admit(const Request& request,
                                                std::string_view method) const;

  const Parts parts_;
};

}  // namespace mlup::query
