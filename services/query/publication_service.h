// Publishing reports.
#pragma once

#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "eventstore/base/status.h"
#include "mlup/reports/v1/publication_service.pb.h"
#include "services/command/command_handler.h"
#include "services/identity/policy.h"
#include "services/query/report_service.h"

namespace mlup::query {

// mlup.reports.v1.PublicationService without gRPC. What it records goes the way of all commands,
// so that rights, rules and repetitions are theirs.
//
// Any thread; calls wait for the projection and for the log. Borrows everything it is built from.
class PublicationService {
 public:
  struct Parts {
    const identity::Policy& policy;
    const ReportService& reports;
    command::CommandHandler& commands;
    const Clock& clock;
    Random& random;
  };

  explicit PublicationService(const Parts& parts) : parts_(parts) {}

  // Besides what publication_service.proto says: INVALID_ARGUMENT with the field;
  // PERMISSION_DENIED; UNAVAILABLE PROJECTION_BEHIND; what CommandHandler::Record() says.
  absl::StatusOr<reports::v1::PublishReportResponse> PublishReport(
      const reports::v1::PublishReportRequest& request) const;

 private:
  const Parts parts_;
};

}  // namespace mlup::query
