// Consumer groups as a gRPC service.
#pragma once

#include <memory>
#include <unordered_set>

#include "eventstore/base/executor.h"
#include "eventstore/base/mutex.h"
#include "eventstore/bus/group_host.h"
#include "mlup/bus/v1/group_service.grpc.pb.h"

namespace mlup::log {

class Consumption;

// Serves one GroupHost. Calls run on the service's own threads, never on gRPC's. A consumer that
// does not read costs one batch. At most kGroupConsumersTotalMax Consume calls.
//
// Register it with one grpc::Server. Borrows `host`, which must outlive it. Call EndConsumers()
// before grpc::Server::Shutdown(), and destroy the server before the service.
class GroupRpc final : public bus::v1::GroupService::CallbackService {
 public:
  explicit GroupRpc(GroupHost& host);
  ~GroupRpc() override;

  // Ends all Consume calls with UNAVAILABLE SHUTTING_DOWN and refuses new ones.
  void EndConsumers();

  grpc::ServerUnaryReactor* CreateGroup(grpc::CallbackServerContext* context,
                                        const bus::v1::CreateGroupRequest* request,
                                        bus::v1::CreateGroupResponse* response) override;
  grpc::ServerUnaryReactor* UpdateGroup(grpc::CallbackServerContext* context,
                                        const bus::v1::UpdateGroupRequest* request,
                                        bus::v1::UpdateGroupResponse* response) override;
  grpc::ServerUnaryReactor* DeleteGroup(grpc::CallbackServerContext* context,
                                        const bus::v1::DeleteGroupRequest* request,
                                        bus::v1::DeleteGroupResponse* response) override;
  grpc::ServerUnaryReactor* GetGroup(grpc::CallbackServerContext* context,
                                     const bus::v1::GetGroupRequest* request,
                                     bus::v1::GetGroupResponse* response) override;
  grpc::ServerUnaryReactor* ListGroups(grpc::CallbackServerContext* context,
                                       const bus::v1::ListGroupsRequest* request,
                                       bus::v1::ListGroupsResponse* response) override;
  grpc::ServerUnaryReactor* ListParked(grpc::CallbackServerContext* context,
                                       const bus::v1::ListParkedRequest* request,
                                       bus::v1::ListParkedResponse* response) override;
  grpc::ServerUnaryReactor* ReplayParked(grpc::CallbackServerContext* context,
                                         const bus::v1::ReplayParkedRequest* request,
                                         bus::v1::ReplayParkedResponse* response) override;
  grpc::ServerUnaryReactor* SkipParked(grpc::CallbackServerContext* context,
                                       const bus::v1::SkipParkedRequest* request,
                                       bus::v1::SkipParkedResponse* response) override;
  grpc::ServerUnaryReactor* ResumeGroup(grpc::CallbackServerContext* context,
                                        const bus::v1::ResumeGroupRequest* request,
                                        bus::v1::ResumeGroupResponse* response) override;
  grpc::ServerBidiReactor<bus::v1::ConsumeRequest, bus::v1::ConsumeResponse>* Consume(
      grpc::CallbackServerContext* context) override;

 private:
  friend class Consumption;

  void Remove(Consumption& consumption);

  GroupHost& host_;
  Executor executor_;

  Mutex mutex_;
  Condition removed_;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::unordered_set<Consumption*> open_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlup::log
