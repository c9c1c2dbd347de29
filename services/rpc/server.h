// The gRPC server: listens, serves the services it is given, and tells its health.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include <grpcpp/server.h>

#include "eventstore/base/clock.h"

namespace mlup::rpc {

// A running server with gRPC health (and reflection in development builds). Message sizes are
// bounded as in eventstore/base/limits.h.
//
// Any thread. Borrows the services and the clock, which must outlive it. The destructor stops it.
class Server {
 public:
  // Listens on `127.0.0.1:PORT`, `[::1]:PORT`, `localhost:PORT` (0 takes a free port) or
  // `unix:PATH`. FAILED_PRECONDITION ADDRESS_NOT_LOCAL for any other address: plaintext does not
  // leave the machine. UNAVAILABLE ADDRESS_IN_USE when it cannot listen there.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const std::string& address,
                                                       const std::vector<grpc::Service*>& services,
                                                       const Clock& clock);

  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Where to call it: the address with the port it has.
  const std::string& address() const { return address_; }

  // Says "not serving", takes no new calls, and gives the running ones 10 seconds. Once.
  void Stop();

 private:
  Server(std::unique_ptr<grpc::Server> server, std::string address, const Clock& clock);

  std::unique_ptr<grpc::Server> server_;
  const std::string address_;
  const Clock& clock_;
};

}  // namespace mlup::rpc
