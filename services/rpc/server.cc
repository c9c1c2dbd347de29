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
                                                      const Clock& clock) {
  if (!IsLocal(address)) {
    return Error(absl::StatusCode::kFailedPrecondition, "ADDRESS_NOT_LOCAL",
                 absl::StrCat(address,
                              " is not a loopback address or a Unix socket: without "
                              "certificates nothing else is served"));
  }
  grpc::EnableDefaultHealthCheckService(true);
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
  for (grpc::Service* service : services) builder.RegisterService(service);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || port == 0) {
    return Error(absl::StatusCode::kUnavailable, "ADDRESS_IN_USE",
                 absl::StrCat("cannot listen on ", address));
  }
  server->GetHealthCheckService()->SetServingStatus(true);
  const std::string host = HostOf(address);
  return std::unique_ptr<Server>(
      new Server(std::move(server), host.empty() ? address : absl::StrCat(host, port), clock));
}

Server::Server(std::unique_ptr<grpc::Server> server, std::string address, const Clock& clock)
    : server_(std::move(server)), address_(std::move(address)), clock_(clock) {}

Server::~Server() { Stop(); }

void Server::Stop() {
  if (server_ == nullptr) return;
  server_->GetHealthCheckService()->SetServingStatus(false);
  server_->Shutdown(absl::ToChronoTime(clock_.Now() + kGraceTime));
  server_->Wait();
  server_.reset();
}

}  // namespace mlup::rpc
