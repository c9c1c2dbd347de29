// One thread with one completion queue, which serves all calls of a few services.
#pragma once

#include <cstddef>
#include <latch>
#include <memory>
#include <thread>
#include <vector>

#include <grpcpp/completion_queue.h>
#include <grpcpp/server_builder.h>

#include "eventstore/server/call_gate.h"

namespace mlup::log {

class RpcService;

// What the queue gives back when an operation of gRPC is over.
class RpcEvent {
 public:
  virtual void Happened(bool ok) = 0;

 protected:
  ~RpcEvent() = default;
};

// Tells one function of its owner.
template <typename Owner, void (Owner::*kThen)(bool)>
class RpcEventOf final : public RpcEvent {
 public:
  explicit RpcEventOf(Owner& owner) : owner_(owner) {}
  void Happened(bool ok) override { (owner_.*kThen)(ok); }

 private:
  Owner& owner_;
};

// Takes the calls of its services and tells them what happens to those, on its thread alone: no
// call changes threads unless its service wants it to. It works in rounds, each of which is all
// that has happened by now; at the end of a round the services do what they put off.
//
// One thread makes, starts and stops it. Owns its thread; borrows the services. Refuses unary calls
// when kRpcCallsMax are open.
class RpcQueue {
 public:
  // Adds itself and the services to `builder`.
  RpcQueue(grpc::ServerBuilder& builder, std::vector<RpcService*> services);
  // After Stop(), or without Start() where the builder could start no server.
  ~RpcQueue();
  RpcQueue(const RpcQueue&) = delete;
  RpcQueue& operator=(const RpcQueue&) = delete;

  // Once the builder has started the server.
  void Start();
  // Once the server is shut down: waits until every call has ended.
  void Stop();

  // The rest is for calls, on the queue's thread.
  grpc::ServerCompletionQueue& completions() { return *completions_; }
  void CallBegins() { ++calls_; }
  void CallEnds() { --calls_; }
  bool full() const;
  CallGate& gate() { return gate_; }

  // From any thread: calls that come from now on are refused, and it returns when all others have
  // been answered, but not later than after `patience`.
  void Drain(absl::Duration patience) {
    gate_.Close();
    gate_.WaitUntilEmpty(patience);
  }

 private:
  void Run();

  const std::vector<RpcService*> services_;
  const std::unique_ptr<grpc::ServerCompletionQueue> completions_;
  // Those that are awaited and those that are open; the thread's, once it runs.
  std::size_t calls_ = 0;
  CallGate gate_;
  // Of no calls, once the server is shut down: awaited ones come back from it unserved.
  std::latch all_ended_{1};
  std::jthread thread_;
};

}  // namespace mlup::log
