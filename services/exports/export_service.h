// Gives files out, each on record before its first byte leaves.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "eventstore/base/clock.h"
#include "eventstore/base/status.h"
#include "eventstore/log/event_log.h"
#include "mlup/audit/v1/audit.pb.h"
#include "mlup/reports/v1/export_service.pb.h"
#include "projections/counting/definitions.h"
#include "services/exports/figure_files.h"
#include "services/exports/ocel.h"
#include "services/identity/policy.h"
#include "services/privacy/keyring.h"
#include "services/query/disclose.h"
#include "services/query/report_service.h"

namespace mlup::exports {

// mlup.reports.v1.ExportService without gRPC. Reads reports as the one who asks may read them,
// withholds what must not leave, and appends DataExported to `access/<id of the account>`, durable,
// before it returns the file.
//
// Any thread; a call takes as long as the reports that it needs. Borrows everything.
class ExportService {
 public:
  struct Parts {
    log::EventLog& log;
    const identity::Policy& policy;
    const counting::Definitions& definitions;
    const query::ReportService& reports;
    query::Disclosure& disclosure;
    const privacy::Keyring& keyring;
    const Clock& clock;
  };

  explicit ExportService(const Parts& parts);

  struct Given {
    std::string bytes;
    reports::v1::ExportSummary summary;
  };

  // Besides what export_service.proto says of each: INVALID_ARGUMENT with the field,
  // PERMISSION_DENIED, and what ReportService says.
  absl::StatusOr<Given> Export(const reports::v1::ExportRequest& request) const;
  absl::StatusOr<Given> ExportWhole(const reports::v1::ExportWholeRequest& request) const;
  // Events of streams of cases, but for those that only few may know of (Fact::is_normal), and
  // those that name somebody who was erased or stand in the case of such a child.
  absl::StatusOr<Given> ExportCaseEvents(const reports::v1::ExportCaseEventsRequest& request) const;
  absl::StatusOr<reports::v1::ListExportsResponse> ListExports(
      const reports::v1::ListExportsRequest& request) const;

 private:
  // Checks the fields, the reader and the handover of a call.
  template <typename Request>
  absl::Status Admit(const Request& request, std::string_view method) const;
  // A report and the file of it; `suppressed` says whether small numbers are withheld.
  template <typename Request>
  absl::StatusOr<Given> Give(const Request& request, bool suppressed) const;
  template <typename Request>
  absl::StatusOr<Figures> Read(const Request& request, bool suppressed) const;
  absl::StatusOr<std::vector<CaseEvent>> ReadCaseEvents(const reports::v1::Scope& scope) const;
  // Puts the file on record; what is said of it is completed from the file and the request.
  template <typename Request>
  absl::StatusOr<Given> Record(const Request& request, audit::v1::DataExported exported,
                               File file) const;

  const Parts parts_;
  const Indicators indicators_;
};

}  // namespace mlup::exports
