// Connect's protocol (https://connectrpc.com/docs/protocol): gRPC's services over plain HTTP.
#pragma once

#include <string>

#include "services/gateway/http_message.h"
#include "services/gateway/rpc_calls.h"
#include "services/gateway/web_caller.h"

namespace mlup::gateway {

// Answers `POST /package.Service/Method` for every method of ours that this program knows, unary
// and with many answers, in protobuf or JSON; what is not served here says UNIMPLEMENTED, and who
// sends many requests in one call too. JSON comes in through eventstore/json. Errors are Connect's,
// with our reason and field as mlup.log.v1.ErrorInfo, and readable in its `debug`.
//
// Services ask the policy about calls whose requests say who acts. About the others, which take
// whoever reaches gRPC's own listener for the operator, it is asked here: what no role is granted
// is refused.
//
// Any thread. Borrows the calls and the policy.
class Connect {
 public:
  Connect(RpcCalls& calls, const identity::Policy& policy) : calls_(calls), policy_(policy) {}

  // Whether the path is one of a call.
  static bool IsCall(const HttpRequest& request);

  HttpResponse Handle(const HttpRequest& request, const absl::StatusOr<WebCaller>& caller) const;

 private:
  absl::StatusOr<HttpResponse> Ask(const google::protobuf::MethodDescriptor& method, bool json,
                                   const HttpRequest& request, const WebCaller& caller) const;

  RpcCalls& calls_;
  const identity::Policy& policy_;
};

// `{"code":"not_found","message":…,"details":[…]}`.
HttpResponse ConnectError(const absl::Status& status);

}  // namespace mlup::gateway
