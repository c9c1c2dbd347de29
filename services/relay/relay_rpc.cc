#include "services/relay/relay_rpc.h"

#include "services/rpc/serve.h"

namespace mlup::relay {

using Context = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

Reactor* RelayRpc::Ping(Context* context, const v1::PingRequest* request,
                        v1::PingResponse* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return service_.Ping(r); });
}

Reactor* RelayRpc::ListDeadLetters(Context* context, const v1::ListDeadLettersRequest* request,
                                   v1::ListDeadLettersResponse* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return service_.ListDeadLetters(r); });
}

Reactor* RelayRpc::ReplayDeadLetters(Context* context, const v1::ReplayDeadLettersRequest* request,
                                     v1::ReplayDeadLettersResponse* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return service_.ReplayDeadLetters(r); });
}

Reactor* RelayRpc::SkipDeadLetter(Context* context, const v1::SkipDeadLetterRequest* request,
                                  v1::SkipDeadLetterResponse* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return service_.SkipDeadLetter(r); });
}

Reactor* RelayRpc::ReplayFrom(Context* context, const v1::ReplayFromRequest* request,
                              v1::ReplayFromResponse* response) {
  return rpc::Serve(context, executor_, request, response,
                    [this](const auto& r) { return service_.ReplayFrom(r); });
}

}  // namespace mlup::relay
