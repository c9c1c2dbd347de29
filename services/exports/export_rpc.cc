#include "services/exports/export_rpc.h"

#include <utility>

namespace mlup::exports {

using Response = reports::v1::ExportResponse;

template <typename Request>
void ExportRpc::ServeFile(
    const char* method, ExportService& service,
    absl::StatusOr<ExportService::Given> (ExportService::*give)(const Request&) const) {
  ServerStream(method, [this, &service, give](log::StreamCall& call) {
    return rpc::ServePieces<Request, Response>(
        call, this->executor(), places_,
        [&service, give](const Request& request) -> absl::StatusOr<rpc::LongText<Response>> {
          ASSIGN_OR_RETURN(ExportService::Given given, (service.*give)(request));
          Response closing;
          *closing.mutable_summary() = std::move(given.summary);
          return rpc::LongText<Response>{std::move(given.bytes), std::move(closing)};
        });
  });
}

ExportRpc::ExportRpc(ExportService& service, rpc::Executor& executor)
    : Service("mlup.reports.v1.ExportService", executor) {
  ServeFile("Export", service, &ExportService::Export);
  ServeFile("ExportWhole", service, &ExportService::ExportWhole);
  ServeFile("ExportCaseEvents", service, &ExportService::ExportCaseEvents);
  Serve("ListExports", service, &ExportService::ListExports);
}

}  // namespace mlup::exports
