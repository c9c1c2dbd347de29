#include "services/esdb/projections_rpc.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"

#include "services/esdb/answers_rpc.h"

namespace mlup::esdb {
namespace {

using projections::StatisticsReq;
using projections::StatisticsResp;

constexpr std::string_view kNames[] = {"$by_category", "$by_correlation_id", "$by_event_type",
                                       "$stream_by_category", "$streams"};

absl::Status CheckName(std::string_view name) {
  if (std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames)) {
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kNotFound, "PROJECTION_UNKNOWN",
               "there is no such projection: only those of the system are here, and none can be "
               "made");
}

StatisticsResp Running(std::string_view name, Position head) {
  StatisticsResp response;
  auto& details = *response.mutable_details();
  details.set_name(std::string(name));
  details.set_effective_name(std::string(name));
  details.set_status("Running");
  details.set_mode("Continuous");
  details.set_progress(100);
  details.set_position(absl::StrCat("C:", head.value, "/P:", head.value));
  details.set_last_checkpoint(details.position());
  return response;
}

absl::StatusOr<std::vector<std::string_view>> NamesOf(const StatisticsReq::Options& options) {
  if (options.mode_case() == StatisticsReq::Options::kName) {
    RETURN_IF_ERROR(CheckName(options.name()));
    return std::vector<std::string_view>{options.name()};
  }
  if (options.has_transient() || options.has_one_time()) return std::vector<std::string_view>();
  return std::vector<std::string_view>(std::begin(kNames), std::end(kNames));
}

}  // namespace

template <typename Work>
grpc::ServerUnaryReactor* ProjectionsRpc::Run(grpc::CallbackServerContext* context,
                                              const std::string& name, Work work) {
  return Answer(context, parts_.gate, parts_.reads, [this, context, &name, work]() -> absl::Status {
    RETURN_IF_ERROR(CallerOf(parts_, *context).status());
    RETURN_IF_ERROR(CheckName(name));
    return work();
  });
}

grpc::ServerWriteReactor<StatisticsResp>* ProjectionsRpc::Statistics(
    grpc::CallbackServerContext* context, const StatisticsReq* request) {
  return AnswerList<StatisticsResp>::Run(
      context, parts_.gate, parts_.reads,
      [this, context, request]() -> absl::StatusOr<std::vector<StatisticsResp>> {
        RETURN_IF_ERROR(CallerOf(parts_, *context).status());
        ASSIGN_OR_RETURN(const std::vector<std::string_view> names, NamesOf(request->options()));
        ASSIGN_OR_RETURN(const Position head, parts_.read_parts.log.Head());
        std::vector<StatisticsResp> responses;
        responses.reserve(names.size());
        for (const std::string_view name : names) responses.push_back(Running(name, head));
        return responses;
      });
}

grpc::ServerUnaryReactor* ProjectionsRpc::Enable(grpc::CallbackServerContext* context,
                                                 const projections::NameReq* request,
                                                 projections::DoneResp* /*response*/) {
  return Run(context, request->options().name(), [] { return absl::OkStatus(); });
}

grpc::ServerUnaryReactor* ProjectionsRpc::Disable(grpc::CallbackServerContext* context,
                                                  const projections::NameReq* request,
                                                  projections::DoneResp* /*response*/) {
  return Run(context, request->options().name(), [] {
    return Error(absl::StatusCode::kFailedPrecondition, "PROJECTION_ALWAYS_RUNS",
                 "a projection of the system cannot be stopped: it is found when it is read");
  });
}

grpc::ServerUnaryReactor* ProjectionsRpc::Reset(grpc::CallbackServerContext* context,
                                                const projections::NameReq* request,
                                                projections::DoneResp* /*response*/) {
  return Run(context, request->options().name(), [] { return absl::OkStatus(); });
}

grpc::ServerUnaryReactor* ProjectionsRpc::State(grpc::CallbackServerContext* context,
                                                const projections::StateReq* request,
                                                projections::StateResp* response) {
  return Run(context, request->options().name(), [response] {
    response->mutable_state()->mutable_struct_value();
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* ProjectionsRpc::Result(grpc::CallbackServerContext* context,
                                                 const projections::StateReq* request,
                                                 projections::ResultResp* response) {
  return Run(context, request->options().name(), [response] {
    response->mutable_result()->mutable_struct_value();
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* ProjectionsRpc::RestartSubsystem(grpc::CallbackServerContext* context,
                                                           const pb::Empty* /*request*/,
                                                           pb::Empty* /*response*/) {
  return Answer(context, parts_.gate, parts_.reads,
                [this, context] { return CallerOf(parts_, *context).status(); });
}

}  // namespace mlup::esdb
