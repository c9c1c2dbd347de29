#include "services/installation/about_rpc.h"

#include "eventstore/base/status.h"
#include "services/rpc/serve.h"

namespace mlup::installation {

grpc::ServerUnaryReactor* AboutRpc::Describe(grpc::CallbackServerContext* context,
                                             const v1::DescribeRequest* request,
                                             v1::DescribeResponse* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto&) -> absl::StatusOr<v1::DescribeResponse> {
                      v1::DescribeResponse described;
                      ASSIGN_OR_RETURN(const Position head, log_.Head());
                      described.set_name(about_.name);
                      described.set_holds_real_data(about_.holds_real_data);
                      described.set_head(head.value);
                      described.set_version(about_.version);
                      return described;
                    });
}

}  // namespace mlup::installation
