// Reports, their evidence and their definitions.
#pragma once

#include <string_view>
#include <vector>

#include "eventstore/base/status.h"
#include "eventstore/log/event_log.h"
#include "mlup/reports/v1/report_service.pb.h"
#include "projections/counting/counted_facts.h"
#include "projections/counting/definitions.h"
#include "projections/counting/publication.h"
#include "projections/counting/report.h"
#include "projections/facts/fact.h"
#include "projections/follower.h"
#include "projections/worker.h"
#include "services/identity/policy.h"
#include "services/query/disclose.h"
#include "services/query/recent.h"

namespace mlup::query {

// mlup.reports.v1.ReportService without gRPC. Authorises the reader, waits until the facts hold all
// that was recorded before the call, and lets projections/counting do the rest. Opens no sealed
// field and names no person. Events behind a figure tell of persons by their ids: that is recorded
// of each, durably, before they are told.
//
// Any thread; calls wait for the projection. Borrows everything it is built from.
class ReportService {
 public:
  struct Parts {
    log::EventLog& log;
    const identity::Policy& policy;
    const counting::Definitions& definitions;
    // The read model indicator_facts and the worker that keeps it.
    const projections::FactSource& facts;
    const projections::Worker& worker;
    // All workers of this process, for their status.
    std::vector<const projections::Following*> workers;
    Disclosure& disclosure;
    const Clock& clock;
  };

  explicit ReportService(Parts parts);

  // Besides what report_service.proto says of each: INVALID_ARGUMENT with the field;
  // PERMISSION_DENIED; UNAVAILABLE PROJECTION_BEHIND.
  absl::StatusOr<reports::v1::GetReportResponse> GetReport(
      const reports::v1::GetReportRequest& request) const;
  absl::StatusOr<reports::v1::ListEvidenceResponse> ListEvidence(
      const reports::v1::ListEvidenceRequest& request) const;
  absl::StatusOr<reports::v1::SumIndicatorsResponse> SumIndicators(
      const reports::v1::SumIndicatorsRequest& request) const;
  absl::StatusOr<reports::v1::ListPeriodsResponse> ListPeriods(
      const reports::v1::ListPeriodsRequest& request) const;
  absl::StatusOr<reports::v1::ListKnowledgeDaysResponse> ListKnowledgeDays(
      const reports::v1::ListKnowledgeDaysRequest& request) const;
  absl::StatusOr<reports::v1::ListIndicatorsResponse> ListIndicators(
      const reports::v1::ListIndicatorsRequest& request) const;
  absl::StatusOr<reports::v1::ListPublishedReportsResponse> ListPublishedReports(
      const reports::v1::ListPublishedReportsRequest& request) const;
  absl::StatusOr<reports::v1::ListQualityResponse> ListQuality(
      const reports::v1::ListQualityRequest& request) const;
  absl::StatusOr<reports::v1::GetProjectionStatusResponse> GetProjectionStatus(
      const reports::v1::GetProjectionStatusRequest& request) const;

  // As counting::DraftPublication(), of all that is recorded now. Asks nobody's rights: for
  // services that do. Besides: NOT_FOUND REPORT_UNKNOWN; INVALID_ARGUMENT PERIOD_INVALID,
  // PERIOD_KIND_WRONG.
  absl::StatusOr<counting::Draft> DraftPublication(std::string_view report,
                                                   const std::string& period) const;
  // Waits for the facts of all that is recorded now; where that ends. UNAVAILABLE
  // PROJECTION_BEHIND. For services that ask what somebody may be told themselves, as those below.
  absl::StatusOr<Position> ReadFacts() const;
  const counting::CountedFacts& counted() const { return facts_; }

  // As counting::VisitKnown(), of the facts of all that is recorded now. Asks nobody's rights: for
  // services that do.
  absl::Status VisitKnown(const reports::v1::Scope& scope, std::string_view category,
                          const projections::FactSource::Visit& visit) const;

 private:
  // Checks the fields and the reader of a call.
  template <typename Request>
  absl::Status Admit(const Request& request, std::string_view method) const;
  // That the reader is told of the persons in these events, once for a reading.
  absl::Status Disclose(const reports::v1::ListEvidenceRequest& request, Position as_of,
                        const std::vector<counting::EvidenceEvent>& events) const;
  // Reads some of the facts that the read model has by now.
  absl::StatusOr<projections::Follower::Step> ReadAhead() const;
  // As ReadFacts(), and reads the scope against that.
  absl::StatusOr<counting::Scope> ReadScope(const reports::v1::Scope& scope) const;

  const Parts parts_;
  // Each fact of the read model once, in the form that is counted from.
  const counting::CountedFacts facts_;
  mutable Recent disclosed_;
  // Reads facts as they come, so that the first report after a start waits for few. Last: its
  // thread uses the others.
  projections::Follower follower_;
};

}  // namespace mlup::query
