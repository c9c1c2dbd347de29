// The gRPC server: listens, serves the services it is given, and tells its health.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include <grpcpp/channel.h>
#include <grpcpp/server.h>

#include "eventstore/base/clock.h"
#include "eventstore/server/call_door.h"
#include "eventstore/server/rpc_queue.h"
#include "eventstore/server/rpc_service.h"
#include "services/rpc/health_rpc.h"

namespace mlup::rpc {

// A running server with gRPC health (and reflection in development builds). Message sizes are
// bounded as in eventstore/base/limits.h. The calls of all services go through one queue and its
// thread, and through the door where there is one: where gRPC has threads of its own, whichever of
// them waits may be woken for any call, and hands it on.
//
// Any thread. Borrows the services and the clock, which must outlive it. The destructor stops it.
class Server {
 public:
  // Listens on `127.0.0.1:PORT`, `[::1]:PORT`, `localhost:PORT` (0 takes a free port) or
  // `unix:PATH`. FAILED_PRECONDITION ADDRESS_NOT_LOCAL for any other address: plaintext does not
  // leave the machine. UNAVAILABLE ADDRESS_IN_USE when it cannot listen there. Borrows the door.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const std::string& address,
                                                       std::vector<log::RpcService*> services,
                                                       const Clock& clock,
                                                       log::CallDoor* door = nullptr);

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

  const Clock& clock_;
  std::string address_;
  HealthRpc health_;
  // Ends after the server.
  std::unique_ptr<log::RpcQueue> queue_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace mlup::rpc
