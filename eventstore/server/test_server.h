// Tests of services that an RpcQueue serves.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include "eventstore/base/check.h"
#include "eventstore/server/rpc_queue.h"
#include "eventstore/server/rpc_service.h"

namespace mlup::log {

// A server in this process, on the port or on any. One thread. Borrows the services and the door.
class TestServer {
 public:
  explicit TestServer(std::vector<RpcService*> services, int port = 0, CallDoor* door = nullptr)
      : port_(port) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(Address(), grpc::InsecureServerCredentials(), &port_);
    queue_ = std::make_unique<RpcQueue>(builder, std::move(services), door);
    server_ = builder.BuildAndStart();
    CHECK(server_ != nullptr);
    queue_->Start();
  }
  ~TestServer() {
    server_->Shutdown();
    queue_->Stop();
  }

  int port() const { return port_; }
  grpc::Server& server() { return *server_; }
  // Within the process.
  std::shared_ptr<grpc::Channel> Channel() { return server_->InProcessChannel({}); }
  // Through a socket, as others come.
  std::shared_ptr<grpc::Channel> Connect() const {
    return grpc::CreateChannel(Address(), grpc::InsecureChannelCredentials());
  }

 private:
  std::string Address() const { return "127.0.0.1:" + std::to_string(port_); }

  int port_;
  std::unique_ptr<RpcQueue> queue_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace mlup::log
