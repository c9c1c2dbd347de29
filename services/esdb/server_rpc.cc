// Builds the server with settings that its clients live with.
#include "services/esdb/server_rpc.h"

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include "eventstore/base/check.h"
#include "eventstore/base/executor.h"
#include "eventstore/base/limits.h"
#include "eventstore/base/loopback.h"
#include "eventstore/base/status.h"
#include "eventstore/server/hang_up.h"
#include "services/esdb/calls_rpc.h"
#include "services/esdb/discovery_rpc.h"
#include "services/esdb/http_answers.h"
#include "services/esdb/links.h"
#include "services/esdb/persistent_rpc.h"
#include "services/esdb/projections_rpc.h"
#include "services/esdb/reflection_rpc.h"
#include "services/esdb/several_rpc.h"
#include "services/esdb/streams_rpc.h"
#include "services/esdb/users_rpc.h"
#include "services/gateway/http_server.h"

namespace mlup::esdb {
namespace {

// Appends wait for their group on these threads, so their number bounds the size of a group.
constexpr std::size_t kAppendThreads = 64;
constexpr std::size_t kReadThreads = 8;
// What calls that are being answered have once the server stops, and clients that do not leave
// after that.
constexpr absl::Duration kPatience = absl::Seconds(10);
constexpr absl::Duration kGraceTime = absl::Seconds(1);
// Clients ping every 10 seconds, on idle connections too.
constexpr int kPingIntervalMs = 10'000;
// Those of HTTP/1.1, which ask one thing and go.
constexpr std::size_t kHttpConnections = 64;
// Who connects and says nothing is let go.
constexpr int kHandshakeMs = 10'000;

absl::Status CheckAddress(const std::string& address, bool with_tls) {
  if (address.starts_with("unix:")) return absl::OkStatus();
  const std::string host = address.substr(0, address.rfind(':') + 1);
  int port = 0;
  if (host.size() < 2 || !absl::SimpleAtoi(address.substr(host.size()), &port) || port < 0 ||
      port > 65535) {
    return Error(absl::StatusCode::kFailedPrecondition, "ADDRESS_INVALID",
                 absl::StrCat(address, " is not HOST:PORT or unix:PATH"));
  }
  if (with_tls || IsLoopback(host.substr(0, host.size() - 1))) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "ADDRESS_NOT_LOCAL",
               absl::StrCat(address,
                            " is not a loopback address: without a certificate nothing "
                            "else is served"));
}

std::shared_ptr<grpc::ServerCredentials> CredentialsOf(
    const std::optional<tls::TlsIdentity>& identity) {
  if (!identity.has_value()) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions options(
      identity->client_ca.empty() ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                                  : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = identity->client_ca;
  options.pem_key_cert_pairs.push_back({identity->private_key, identity->certificate_chain});
  return grpc::SslServerCredentials(options);
}

}  // namespace

// Members in the order in which they begin; what stands above outlives what stands below.
struct EsdbServer::State {
  State(const Parts& given, Options options)
      : callers(given.feeds, std::move(options.subscriber)),
        esdb_log(given.log, given.clock, given.random),
        links(given.log),
        groups(given.groups, {given.log, esdb_log, links, given.clock}),
        several(given.log, esdb_log, given.clock, given.random),
        reads({"mlup-esdb-read", kReadThreads, kEsdbReadsMax}),
        appends({"mlup-esdb-append", kAppendThreads, 4 * kEsdbInFlightMax}),
        watch(given.log),
        parts{{given.log, esdb_log, links, given.clock},
              given.random,
              callers,
              groups,
              several,
              watch,
              reads,
              appends,
              open_reads,
              read_shares,
              bytes_read,
              bytes_written,
              ending,
              gate,
              long_calls},
        streams(parts),
        persistent(parts),
        projections(parts),
        users(parts),
        streams_of_version_2(parts) {}

  ~State() {
    ending = true;
    gate.Close();
    // Nobody comes in any more.
    const std::string address = front == nullptr ? "" : front->address();
    front.reset();
    watch.End();
    long_calls.EndAll(ShuttingDown());
    if (server == nullptr) return;
    gate.WaitUntilEmpty(kPatience);
    if (!address.empty()) log::HangUp(address);
    server->Shutdown(absl::ToChronoTime(parts.read_parts.clock.Now() + kGraceTime));
    server->Wait();
  }

  std::atomic<bool> ending = false;
  log::CallGate gate;
  LongCalls long_calls;
  std::atomic<std::size_t> open_reads = 0;
  Shares read_shares{kEsdbReadsOfOneMax};
  Shares bytes_read{kEsdbBytesOfOneMax};
  Shares bytes_written{kEsdbBytesOfOneMax};
  Callers callers;
  EsdbLog esdb_log;
  LinkNumbers links;
  Groups groups;
  SeveralAppends several;
  Executor reads;
  Executor appends;
  HeadWatch watch;
  CallParts parts;
  StreamsRpc streams;
  PersistentRpc persistent;
  ServerFeaturesRpc features;
  GossipRpc gossip;
  ProjectionsRpc projections;
  UsersRpc users;
  StreamsOfVersion2Rpc streams_of_version_2;
  ReflectionRpc reflection;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor;
  std::unique_ptr<grpc::Server> server;
  std::unique_ptr<gateway::HttpServer> front;
};

EsdbServer::EsdbServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
EsdbServer::~EsdbServer() = default;

const std::string& EsdbServer::address() const { return state_->front->address(); }

absl::StatusOr<std::unique_ptr<EsdbServer>> EsdbServer::Start(const Parts& parts, Options options) {
  CHECK(!options.tls.has_value() || options.subscriber.empty());
  RETURN_IF_ERROR(CheckAddress(options.address, options.tls.has_value()));
  gateway::HttpServer::Options front;
  front.address = options.address;
  front.tls = options.tls;
  front.connections_max = kHttpConnections;
  front.threads = 1;
  auto state = std::make_unique<State>(parts, std::move(options));
  grpc::ServerBuilder builder;
  state->acceptor = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
      CredentialsOf(front.tls));
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeMs);
  // With the defaults a subscription on which nothing happens is dropped after 40 seconds.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kPingIntervalMs);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.SetMaxReceiveMessageSize(static_cast<int>(kEsdbReceiveMax));
  builder.SetMaxSendMessageSize(-1);
  builder.RegisterService(&state->streams);
  builder.RegisterService(&state->persistent);
  builder.RegisterService(&state->features);
  builder.RegisterService(&state->gossip);
  builder.RegisterService(&state->projections);
  builder.RegisterService(&state->users);
  builder.RegisterService(&state->streams_of_version_2);
#ifndef MLUP_REFLECTION
  // Else gRPC's own is there, for all servers of the process.
  builder.RegisterService(&state->reflection);
#endif
  // It is asked for process by process, and looked at when a server is built.
  grpc::EnableDefaultHealthCheckService(true);
  state->server = builder.BuildAndStart();
  CHECK(state->server != nullptr);
  state->server->GetHealthCheckService()->SetServingStatus(true);
  front.http2 = [&acceptor = *state->acceptor](int descriptor) {
    grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
    connection.listener_fd = -1;
    connection.fd = descriptor;
    acceptor.HandleNewConnection(&connection);
  };
  ASSIGN_OR_RETURN(state->front, gateway::HttpServer::Start(std::move(front), AnswerHttp));
  return std::unique_ptr<EsdbServer>(new EsdbServer(std::move(state)));
}

}  // namespace mlup::esdb
