#include "services/rpc/server.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include <grpcpp/ext/health_check_service_server_builder_option.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
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
                                                      const std::vector<grpc::Service*>& services,
                                                      const Clock& clock,
                                                      std::vector<log::RpcService*> queued,
                                                      const Entrances& entrances) {
  if (!IsLocal(address)) {
    return Error(absl::StatusCode::kFailedPrecondition, "ADDRESS_NOT_LOCAL",
                 absl::StrCat(address,
                              " is not a loopback address or a Unix socket: without "
                              "certificates nothing else is served"));
  }
  std::unique_ptr<Server> server(new Server(clock));
  server->gates_ = entrances.gates;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port);
  // Else a second server on the same port would take half of the calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.SetMaxReceiveMessageSize(static_cast<int>(kMessageReceiveMax));
  builder.SetMaxSendMessageSize(static_cast<int>(kMessageSendMax));
  server->AddServices(builder, services, std::move(queued), entrances.door);
  server->server_ = builder.BuildAndStart();
  if (server->server_ == nullptr || port == 0) {
    return Error(absl::StatusCode::kUnavailable, "ADDRESS_IN_USE",
                 absl::StrCat("cannot listen on ", address));
  }
  server->Serve();
  const std::string host = HostOf(address);
  server->address_ = host.empty() ? address : absl::StrCat(host, port);
  return server;
}

void Server::AddServices(grpc::ServerBuilder& builder, const std::vector<grpc::Service*>& services,
                         std::vector<log::RpcService*> queued, log::CallDoor* door) {
#ifdef MLUP_REFLECTION
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
#endif
  // It is asked for process by process, and looked at when a server is built.
  grpc::EnableDefaultHealthCheckService(queued.empty());
  for (grpc::Service* service : services) builder.RegisterService(service);
  if (queued.empty()) return;
  queued.push_back(&health_);
  queue_ = std::make_unique<log::RpcQueue>(builder, std::move(queued), door);
}

void Server::Serve() {
  if (queue_ != nullptr) return queue_->Start();
  server_->GetHealthCheckService()->SetServingStatus(true);
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
  if (queue_ != nullptr) {
    health_.Stop();
  } else {
    server_->GetHealthCheckService()->SetServingStatus(false);
  }
  const absl::Time end = clock_.Now() + kGraceTime;
  for (log::CallGate* gate : gates_) gate->Close();
  if (queue_ != nullptr) queue_->Drain(end - clock_.Now());
  for (log::CallGate* gate : gates_) gate->WaitUntilEmpty(end - clock_.Now());
  log::HangUp(address_);
  server_->Shutdown(absl::ToChronoTime(end));
  server_->Wait();
  if (queue_ != nullptr) queue_->Stop();
  server_.reset();
}

}  // namespace mlup::rpc
