#include "services/sharing/sharing_rpc.h"

#include "services/rpc/serve.h"

namespace mlup::sharing {

grpc::ServerUnaryReactor* SharingRpc::ListSubscribers(grpc::CallbackServerContext* context,
                                                      const v1::ListSubscribersRequest* request,
                                                      v1::ListSubscribersResponse* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return service_.ListSubscribers(r); });
}

}  // namespace mlup::sharing
