#include "services/rpc/server.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include <grpcpp/grpcpp.h>
#ifdef MLUP_REFLECTION
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#endif

#include "eventstore/base/limits.h"
#include "eventstore/base/loopback.h"
#include "eventstore/base/status.h"
#include "eventstore/server/hang_up.h"

namespace mlup::rpc {
namespace {

constexpr absl::Duration kGraceTime = absl::Seconds(10);

// `127.0.0.1:`, with everything before the port; empty for a Unix socket.
std::string HostOf(const std::string& address) {
  return absl::StartsWith(address, "unix:") ? "" : address.substr(0, address.rfind(':') + 1);
}

bool IsLocal(const std::string& address) {
  if (absl::StartsWith(address, "unix:")) return true;
  const std::string host = HostOf(address);
  int port = 0;
  return !host.empty() && IsLoopback(host.substr(0, host.size() - 1)) &&
         absl::SimpleAtoi(address.substr(host.size()), &port) && port >= 0 && port <= 65535;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const std::string& address,
                                                      std::vector<log::RpcService*> services,
                                                      const Clock& clock, log::CallDoor* door) {
  if (!IsLocal(address)) {
    return Error(absl::StatusCode::kFailedPrecondition, "ADDRESS_NOT_LOCAL",
                 absl::StrCat(address,
                              " is not a loopback address or a Unix socket: without "
                              "certificates nothing else is served"));
  }
  std::unique_ptr<Server> server(new Server(clock));
#ifdef MLUP_REFLECTION
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
#endif
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port);
  // Else a second server on the same port would take half of the calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.SetMaxReceiveMessageSize(static_cast<int>(kMessageReceiveMax));
  builder.SetMaxSendMessageSize(static_cast<int>(kMessageSendMax));
  services.push_back(&server->health_);
  server->queue_ = std::make_unique<log::RpcQueue>(builder, std::move(services), door);
  server->server_ = builder.BuildAndStart();
  if (server->server_ == nullptr || port == 0) {
    return Error(absl::StatusCode::kUnavailable, "ADDRESS_IN_USE",
                 absl::StrCat("cannot listen on ", address));
  }
  server->queue_->Start();
  const std::string host = HostOf(address);
  server->address_ = host.empty() ? address : absl::StrCat(host, port);
  return server;
}

std::shared_ptr<grpc::Channel> Server::LocalChannel() {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(static_cast<int>(kMessageSendMax));
  arguments.SetMaxSendMessageSize(static_cast<int>(kMessageReceiveMax));
  return server_->InProcessChannel(arguments);
}

Server::~Server() { Stop(); }

void Server::Stop() {
  if (server_ == nullptr) return;
  health_.Stop();
  const absl::Time end = clock_.Now() + kGraceTime;
  queue_->Drain(end - clock_.Now());
  log::HangUp(address_);
  server_->Shutdown(absl::ToChronoTime(end));
  server_->Wait();
  queue_->Stop();
  server_.reset();
}

}  // namespace mlup::rpc
