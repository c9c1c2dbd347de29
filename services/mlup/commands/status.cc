// `mlup status`: whether the daemon answers, and how far its read models are.
#include "eventstore/base/status.h"

#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include <nlohmann/json.hpp>

#include "mlup/installation/v1/installation_service.pb.h"
#include "mlup/log/v1/event_store.pb.h"
#include "mlup/reports/v1/report_service.pb.h"
#include "services/mlup/commands/commands.h"
#include "services/mlup/server_rpc.h"
#include "services/mlup/table.h"
#include "services/mlup/words.h"

namespace mlup::cli {
namespace {

using reports::v1::GetProjectionStatusResponse;

// What the daemon tells of itself. A process that plays only some roles leaves the rest out.
struct DaemonStatus {
  installation::v1::DescribeResponse about;
  std::optional<log::v1::HeadResponse> log;
  GetProjectionStatusResponse projections;
};

// The answer; nothing when another process plays the role.
template <typename Response>
absl::StatusOr<std::optional<Response>> Ask(const Session& session, std::string_view call,
                                            const google::protobuf::Message& request) {
  auto response = CallOnce<Response>(session.server, call, request);
  if (absl::IsUnimplemented(response.status())) return std::optional<Response>();
  RETURN_IF_ERROR(response.status());
  return std::optional<Response>(*std::move(response));
}

absl::StatusOr<DaemonStatus> AskAll(const Session& session) {
  DaemonStatus status;
  ASSIGN_OR_RETURN(status.about,
                   CallOnce<installation::v1::DescribeResponse>(
                       session.server, "mlup.installation.v1.InstallationService/Describe",
                       installation::v1::DescribeRequest()));
  ASSIGN_OR_RETURN(status.log, Ask<log::v1::HeadResponse>(session, "mlup.log.v1.EventStore/Head",
                                                          log::v1::HeadRequest()));
  ASSIGN_OR_RETURN(
      const auto projections,
      Ask<GetProjectionStatusResponse>(session, "mlup.reports.v1.ReportService/GetProjectionStatus",
                                       reports::v1::GetProjectionStatusRequest()));
  if (projections.has_value()) status.projections = *projections;
  return status;
}

void PrintJson(const Session& session, const DaemonStatus& status) {
  nlohmann::ordered_json json = {{"name", status.about.name()},
                                 {"real_data", status.about.holds_real_data()},
                                 {"address", session.server},
                                 {"version", status.about.version()}};
  if (status.log.has_value()) {
    json["head"] = status.log->position();
    json["now"] = TimeWords(status.log->now());
  }
  json["projections"] = nlohmann::ordered_json::array();
  for (const auto& projection : status.projections.projections()) {
    json["projections"].push_back({{"name", projection.name()},
                                   {"position", projection.position()},
                                   {"stopped_because", projection.stopped_because()},
                                   {"passed_over", projection.passed_over()}});
  }
  session.out << json.dump() << "\n";
}

void PrintText(const Session& session, const DaemonStatus& status) {
  Table table;
  table.Add({"name", status.about.name()});
  if (status.about.holds_real_data()) table.Add({"data", "of real people"});
  table.Add({"address", session.server});
  table.Add({"version", status.about.version()});
  if (status.log.has_value()) {
    table.Add({"time", TimeWords(status.log->now())});
    table.Add({"head", absl::StrCat(status.log->position())});
  }
  for (const auto& projection : status.projections.projections()) {
    std::string state = absl::StrCat("at ", projection.position(), " of ", projection.head());
    if (projection.passed_over() > 0) {
      absl::StrAppend(&state, ", passed over ", projection.passed_over(),
                      " events that it cannot read");
    }
    if (projection.rebuild().phase() == reports::v1::REBUILD_PHASE_MAKING) {
      absl::StrAppend(&state, ", being made anew: ", projection.rebuild().events_done(), " events");
    }
    if (!projection.stopped_because().empty()) {
      absl::StrAppend(&state, ", stopped: ", projection.stopped_because());
    }
    table.Add({projection.name(), state});
  }
  session.out << table.Render();
}

}  // namespace

int RunStatus(const Session& session) {
  const auto status = AskAll(session);
  if (!status.ok()) return Fail(session, status.status());
  if (session.json) {
    PrintJson(session, *status);
  } else {
    PrintText(session, *status);
  }
  return kExitOk;
}

}  // namespace mlup::cli
