// Each call in a line or two.
#include "eventstore/server/group_rpc.h"

#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"

#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"
#include "eventstore/bus/group_pb.h"
#include "eventstore/server/consumption.h"
#include "mlup/bus/v1/group_service.pb.h"

namespace mlup::log {
namespace {

constexpr std::size_t kGroupThreads = 4;
constexpr std::uint32_t kParkedPage = 256;

std::vector<Position> PositionsOf(const google::protobuf::RepeatedField<std::uint64_t>& numbers) {
  std::vector<Position> positions;
  positions.reserve(static_cast<std::size_t>(numbers.size()));
  for (const std::uint64_t number : numbers) positions.push_back({number});
  return positions;
}

}  // namespace

GroupRpc::GroupRpc(GroupHost& host, ReadCheck check_read)
    : RpcService("mlup.bus.v1.GroupService"),
      host_(host),
      check_read_(std::move(check_read)),
      executor_({"mlup-group-rpc", kGroupThreads, kAppendQueueMax}) {
  ServeGroups();
  ServeParked();
  BidiStream("Consume", [this](StreamCall& call) { return Consume(call); });
}

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

StreamReactor* GroupRpc::Consume(StreamCall& call) {
  MutexLock lock(mutex_);
  const absl::Status may = MayConsume();
  if (!may.ok()) {
    call.Finish(may);
    return nullptr;
  }
  // Deletes itself when gRPC is done with it.
  auto* consumption = new Consumption(*this, call, host_, executor_);
  open_.insert(consumption);
  consumption->Start();
  return consumption;
}

absl::Status GroupRpc::MayConsume() const {
  if (ending_) return ShuttingDown();
  if (open_.size() < kGroupConsumersTotalMax) return absl::OkStatus();
  return Error(absl::StatusCode::kResourceExhausted, "CONSUMERS_FULL",
               absl::StrCat("all ", kGroupConsumersTotalMax, " consumers are taken"));
}

void GroupRpc::ServeGroups() {
  Unary<bus::v1::CreateGroupRequest, bus::v1::CreateGroupResponse>(
      "CreateGroup", executor_,
      [this](const auto& request) -> absl::StatusOr<bus::v1::CreateGroupResponse> {
        RETURN_IF_ERROR(host_.Create(FromPb(request.definition())));
        return bus::v1::CreateGroupResponse();
      });
  Unary<bus::v1::UpdateGroupRequest, bus::v1::UpdateGroupResponse>(
      "UpdateGroup", executor_,
      [this](const auto& request) -> absl::StatusOr<bus::v1::UpdateGroupResponse> {
        std::optional<GroupStart> start;
        if (request.has_start()) start = FromPb(request.start());
        RETURN_IF_ERROR(host_.Update(request.name(), FromPb(request.settings()), start));
        return bus::v1::UpdateGroupResponse();
      });
  Unary<bus::v1::DeleteGroupRequest, bus::v1::DeleteGroupResponse>(
      "DeleteGroup", executor_,
      [this](const auto& request) -> absl::StatusOr<bus::v1::DeleteGroupResponse> {
        RETURN_IF_ERROR(host_.Delete(request.name()));
        return bus::v1::DeleteGroupResponse();
      });
  Unary<bus::v1::GetGroupRequest, bus::v1::GetGroupResponse>(
      "GetGroup", executor_,
      [this](const auto& request) -> absl::StatusOr<bus::v1::GetGroupResponse> {
        ASSIGN_OR_RETURN(const GroupStatus status, host_.Get(request.name()));
        bus::v1::GetGroupResponse response;
        *response.mutable_group() = ToPb(status);
        return response;
      });
  Unary<bus::v1::ListGroupsRequest, bus::v1::ListGroupsResponse>(
      "ListGroups", executor_, [this](const auto&) -> absl::StatusOr<bus::v1::ListGroupsResponse> {
        bus::v1::ListGroupsResponse response;
        for (const GroupStatus& status : host_.List()) *response.add_groups() = ToPb(status);
        return response;
      });
  Unary<bus::v1::ResumeGroupRequest, bus::v1::ResumeGroupResponse>(
      "ResumeGroup", executor_,
      [this](const auto& request) -> absl::StatusOr<bus::v1::ResumeGroupResponse> {
        RETURN_IF_ERROR(host_.Resume(request.name()));
        return bus::v1::ResumeGroupResponse();
      });
}

void GroupRpc::ServeParked() {
  Unary<bus::v1::ListParkedRequest, bus::v1::ListParkedResponse>(
      "ListParked", executor_,
      [this](const auto& request) -> absl::StatusOr<bus::v1::ListParkedResponse> {
        if (request.limit() > kReadEventsMax) {
          return FieldError(absl::StatusCode::kInvalidArgument, "LIMIT_TOO_LARGE", "limit",
                            absl::StrCat("at most ", kReadEventsMax));
        }
        const std::size_t limit = request.limit() == 0 ? kParkedPage : request.limit();
        ASSIGN_OR_RETURN(const std::vector<ParkedEvent> parked,
                         host_.ListParked(request.group(), {request.after_position()}, limit));
        bus::v1::ListParkedResponse response;
        for (const ParkedEvent& event : parked) *response.add_parked() = ToPb(event);
        return response;
      });
  Unary<bus::v1::ReplayParkedRequest, bus::v1::ReplayParkedResponse>(
      "ReplayParked", executor_,
      [this](const auto& request) -> absl::StatusOr<bus::v1::ReplayParkedResponse> {
        ASSIGN_OR_RETURN(
            const std::size_t count,
            host_.ReplayParked(request.group(), PositionsOf(request.positions()), request.limit()));
        bus::v1::ReplayParkedResponse response;
        response.set_replayed(static_cast<std::uint32_t>(count));
        return response;
      });
  Unary<bus::v1::SkipParkedRequest, bus::v1::SkipParkedResponse>(
      "SkipParked", executor_,
      [this](const auto& request) -> absl::StatusOr<bus::v1::SkipParkedResponse> {
        ASSIGN_OR_RETURN(const std::size_t count,
                         host_.SkipParked(request.group(), PositionsOf(request.positions())));
        bus::v1::SkipParkedResponse response;
        response.set_skipped(static_cast<std::uint32_t>(count));
        return response;
      });
}

}  // namespace mlup::log
