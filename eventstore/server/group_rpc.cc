// Each call in a line or two.
#include "eventstore/server/group_rpc.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"
#include "eventstore/bus/group_pb.h"
#include "eventstore/client/grpc_status.h"
#include "eventstore/server/consumption.h"
#include "eventstore/server/unary.h"

namespace mlup::log {
namespace {

constexpr std::size_t kGroupThreads = 4;
constexpr std::uint32_t kParkedPage = 256;

// A call that is refused before it begins.
class RefusedConsume final
    : public grpc::ServerBidiReactor<bus::v1::ConsumeRequest, bus::v1::ConsumeResponse> {
 public:
  explicit RefusedConsume(const absl::Status& status) { Finish(ToGrpc(status)); }
  void OnDone() override { delete this; }
};

std::vector<Position> PositionsOf(const google::protobuf::RepeatedField<std::uint64_t>& numbers) {
  std::vector<Position> positions;
  positions.reserve(static_cast<std::size_t>(numbers.size()));
  for (const std::uint64_t number : numbers) positions.push_back({number});
  return positions;
}

}  // namespace

GroupRpc::GroupRpc(GroupHost& host)
    : host_(host), executor_({"mlup-group-rpc", kGroupThreads, kAppendQueueMax}) {}

GroupRpc::~GroupRpc() {
  EndConsumers();
  MutexLock lock(mutex_);
  while (!open_.empty()) removed_.Wait(mutex_);
}

void GroupRpc::EndConsumers() {
  MutexLock lock(mutex_);
  ending_ = true;
  for (Consumption* call : open_) {
    call->End(ShuttingDown());
  }
}

void GroupRpc::Remove(Consumption& consumption) {
  MutexLock lock(mutex_);
  open_.erase(&consumption);
  removed_.NotifyAll();
}

grpc::ServerBidiReactor<bus::v1::ConsumeRequest, bus::v1::ConsumeResponse>* GroupRpc::Consume(
    grpc::CallbackServerContext* /*context*/) {
  MutexLock lock(mutex_);
  if (ending_) {
    return new RefusedConsume(ShuttingDown());
  }
  if (open_.size() >= kGroupConsumersTotalMax) {
    return new RefusedConsume(
        Error(absl::StatusCode::kResourceExhausted, "CONSUMERS_FULL",
              absl::StrCat("all ", kGroupConsumersTotalMax, " consumers are taken")));
  }
  // Deletes itself when gRPC is done with it.
  auto* call = new Consumption(*this, host_, executor_);
  open_.insert(call);
  call->Start();
  return call;
}

grpc::ServerUnaryReactor* GroupRpc::CreateGroup(grpc::CallbackServerContext* context,
                                                const bus::v1::CreateGroupRequest* request,
                                                bus::v1::CreateGroupResponse* /*response*/) {
  return ServeUnary(*context, executor_,
                    [this, request] { return host_.Create(FromPb(request->definition())); });
}

grpc::ServerUnaryReactor* GroupRpc::UpdateGroup(grpc::CallbackServerContext* context,
                                                const bus::v1::UpdateGroupRequest* request,
                                                bus::v1::UpdateGroupResponse* /*response*/) {
  return ServeUnary(*context, executor_, [this, request] {
    std::optional<GroupStart> start;
    if (request->has_start()) start = FromPb(request->start());
    return host_.Update(request->name(), FromPb(request->settings()), start);
  });
}

grpc::ServerUnaryReactor* GroupRpc::DeleteGroup(grpc::CallbackServerContext* context,
                                                const bus::v1::DeleteGroupRequest* request,
                                                bus::v1::DeleteGroupResponse* /*response*/) {
  return ServeUnary(*context, executor_, [this, request] { return host_.Delete(request->name()); });
}

grpc::ServerUnaryReactor* GroupRpc::GetGroup(grpc::CallbackServerContext* context,
                                             const bus::v1::GetGroupRequest* request,
                                             bus::v1::GetGroupResponse* response) {
  return ServeUnary(*context, executor_, [this, request, response]() -> absl::Status {
    ASSIGN_OR_RETURN(const GroupStatus status, host_.Get(request->name()));
    *response->mutable_group() = ToPb(status);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* GroupRpc::ListGroups(grpc::CallbackServerContext* context,
                                               const bus::v1::ListGroupsRequest* /*request*/,
                                               bus::v1::ListGroupsResponse* response) {
  return ServeUnary(*context, executor_, [this, response] {
    for (const GroupStatus& status : host_.List()) *response->add_groups() = ToPb(status);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* GroupRpc::ListParked(grpc::CallbackServerContext* context,
                                               const bus::v1::ListParkedRequest* request,
                                               bus::v1::ListParkedResponse* response) {
  return ServeUnary(*context, executor_, [this, request, response]() -> absl::Status {
    if (request->limit() > kReadEventsMax) {
      return FieldError(absl::StatusCode::kInvalidArgument, "LIMIT_TOO_LARGE", "limit",
                        absl::StrCat("at most ", kReadEventsMax));
    }
    const std::size_t limit = request->limit() == 0 ? kParkedPage : request->limit();
    ASSIGN_OR_RETURN(const std::vector<ParkedEvent> parked,
                     host_.ListParked(request->group(), {request->after_position()}, limit));
    for (const ParkedEvent& event : parked) *response->add_parked() = ToPb(event);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* GroupRpc::ReplayParked(grpc::CallbackServerContext* context,
                                                 const bus::v1::ReplayParkedRequest* request,
                                                 bus::v1::ReplayParkedResponse* response) {
  return ServeUnary(*context, executor_, [this, request, response]() -> absl::Status {
    ASSIGN_OR_RETURN(
        const std::size_t count,
        host_.ReplayParked(request->group(), PositionsOf(request->positions()), request->limit()));
    response->set_replayed(static_cast<std::uint32_t>(count));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* GroupRpc::SkipParked(grpc::CallbackServerContext* context,
                                               const bus::v1::SkipParkedRequest* request,
                                               bus::v1::SkipParkedResponse* response) {
  return ServeUnary(*context, executor_, [this, request, response]() -> absl::Status {
    ASSIGN_OR_RETURN(const std::size_t count,
                     host_.SkipParked(request->group(), PositionsOf(request->positions())));
    response->set_skipped(static_cast<std::uint32_t>(count));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* GroupRpc::ResumeGroup(grpc::CallbackServerContext* context,
                                                const bus::v1::ResumeGroupRequest* request,
                                                bus::v1::ResumeGroupResponse* /*response*/) {
  return ServeUnary(*context, executor_, [this, request] { return host_.Resume(request->name()); });
}

}  // namespace mlup::log
