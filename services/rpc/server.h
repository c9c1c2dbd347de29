// The gRPC server: listens, serves the services it is given, and tells its health.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include <grpcpp/channel.h>
#include <grpcpp/server.h>

#include "eventstore/base/clock.h"
#include "eventstore/server/call_gate.h"
#include "eventstore/server/rpc_queue.h"
#include "services/rpc/health_rpc.h"

namespace mlup::rpc {

// What every call of a server comes through: the gates of its services, and the door where there is
// one.
struct Entrances {
  std::vector<log::CallGate*> gates = {};
  log::CallDoor* door = nullptr;
};

// A running server with gRPC health (and reflection in development builds). Message sizes are
// bounded as in eventstore/base/limits.h. Two kinds of services stand side by side: `services`,
// which gRPC's threads call, and `queued` ones, all of whose calls go through one thread. That is
// only as cheap as it can be in a process where gRPC has no other threads, so with queued services
// health is queued too.
//
// Any thread. Borrows the services and the clock, which must outlive it. The destructor stops it.
class Server {
 public:
  // Listens on `127.0.0.1:PORT`, `[::1]:PORT`, `localhost:PORT` (0 takes a free port) or
  // `unix:PATH`. FAILED_PRECONDITION ADDRESS_NOT_LOCAL for any other address: plaintext does not
  // leave the machine. UNAVAILABLE ADDRESS_IN_USE when it cannot listen there. The executors of
  // `services` have the door too.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const std::string& address,
                                                       const std::vector<grpc::Service*>& services,
                                                       const Clock& clock,
                                                       std::vector<log::RpcService*> queued = {},
                                                       const Entrances& entrances = {});

  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Where to call it: the address with the port it has.
  const std::string& address() const { return address_; }

  // Where this process itself calls it, without the network. Not after Stop().
  std::shared_ptr<grpc::Channel> LocalChannel();

  // Says "not serving" and refuses new calls with UNAVAILABLE; the running ones have 10 seconds for
  // their answers. Then the connections are hung up. Once.
  void Stop();

 private:
  explicit Server(const Clock& clock) : clock_(clock) {}

  void AddServices(grpc::ServerBuilder& builder, const std::vector<grpc::Service*>& services,
                   std::vector<log::RpcService*> queued, log::CallDoor* door);
  void Serve();

  const Clock& clock_;
  std::vector<log::CallGate*> gates_;
  std::string address_;
  HealthRpc health_;
  // Where there are queued services; after the server.
  std::unique_ptr<log::RpcQueue> queue_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace mlup::rpc
