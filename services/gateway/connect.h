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
// Who calls is told by the session's token, which goes with the call: whether it may is decided
// where every other call is.
//
// Any thread. Borrows the calls.
class Connect {
 public:
  explicit Connect(RpcCalls& calls) : calls_(calls) {}

  // Whether the path is one of a call.
  static bool IsCall(const HttpRequest& request);

  HttpResponse Handle(const HttpRequest& request, const absl::StatusOr<WebCaller>& caller) const;

 private:
  absl::StatusOr<HttpResponse> Ask(const google::protobuf::MethodDescriptor& method, bool json,
                                   const HttpRequest& request, const WebCaller& caller) const;

  RpcCalls& calls_;
};

// `{"code":"not_found","message":…,"details":[…]}`.
HttpResponse ConnectError(const absl::Status& status);

}  // namespace mlup::gateway
