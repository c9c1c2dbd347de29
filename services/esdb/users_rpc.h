// The service event_store.client.users.Users.
#pragma once

#include "event_store/client/users_service.grpc.pb.h"
#include "services/esdb/calls_rpc.h"

namespace mlup::esdb {

namespace users = ::event_store::client::users;

// Tells a caller who it is; who else may call is nobody's business. Register it with one
// grpc::Server. Borrows the parts. Any thread.
class UsersRpc final : public users::Users::CallbackService {
 public:
  explicit UsersRpc(const CallParts& parts) : parts_(parts) {}

  grpc::ServerWriteReactor<users::DetailsResp>* Details(grpc::CallbackServerContext* context,
                                                        const users::DetailsReq* request) override;

 private:
  const CallParts& parts_;
};

}  // namespace mlup::esdb
