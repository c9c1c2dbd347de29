#include "eventstore/server/rpc_service.h"

#include "absl/strings/str_cat.h"
#include <grpcpp/impl/rpc_method.h>
#include <grpcpp/impl/rpc_service_method.h>

#include "eventstore/server/rpc_queue.h"

namespace mlup::log {
namespace {

// Calls of one method that gRPC may hand over before the queue looks again: many of those that are
// served on the spot, a few of others.
constexpr int kSwiftAwaited = 64;
constexpr int kAwaited = 4;

}  // namespace

void RpcService::AwaitCalls(RpcQueue& queue) {
  for (std::size_t i = 0; i < methods_.size(); ++i) {
    const Method& method = *methods_[i];
    const int number = static_cast<int>(i);
    if (method.unary.serve) {
      const int count = method.unary.watched ? kAwaited : kSwiftAwaited;
      for (int n = 0; n < count; ++n) new UnaryCall(*this, number, method.unary, queue);
    } else {
      for (int n = 0; n < kAwaited; ++n) {
        new StreamCall(*this, number, method.open, method.has_request, queue);
      }
    }
  }
}

std::string_view RpcService::NameOf(int method) const {
  return std::string_view(methods_[static_cast<std::size_t>(method)]->path).substr(1);
}

void RpcService::ServerStream(const std::string& method, StreamCall::Open open) {
  Add(method, {.unary = {}, .open = std::move(open), .has_request = true, .path = {}});
}

void RpcService::BidiStream(const std::string& method, StreamCall::Open open) {
  Add(method, {.unary = {}, .open = std::move(open), .has_request = false, .path = {}});
}

void RpcService::AddUnary(const std::string& method, UnaryCall::How how) {
  Add(method, {.unary = std::move(how), .open = {}, .has_request = true, .path = {}});
}

void RpcService::Add(const std::string& name, Method method) {
  using grpc::internal::RpcMethod;
  // With a unary call the request comes at once; a stream reads it itself.
  const auto type = method.unary.serve ? RpcMethod::NORMAL_RPC : RpcMethod::BIDI_STREAMING;
  method.path = absl::StrCat("/", name_, "/", name);
  methods_.push_back(std::make_unique<const Method>(std::move(method)));
  AddMethod(new grpc::internal::RpcServiceMethod(methods_.back()->path.c_str(), type, nullptr));
  MarkMethodRaw(static_cast<int>(methods_.size()) - 1);
}

}  // namespace mlup::log
