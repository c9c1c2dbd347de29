// One thread with one completion queue, which serves all calls of a few services.
#pragma once

#include <cstddef>
#include <latch>
#include <memory>
#include <thread>
#include <unordered_set>
#include <vector>

#include <grpcpp/alarm.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/server_builder.h>

#include "eventstore/base/mutex.h"
#include "eventstore/server/call_door.h"
#include "eventstore/server/call_gate.h"

namespace mlup::log {

class RpcService;
class StreamCall;

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
// One thread makes, starts and stops it. Owns its thread; borrows the services and the door,
// through which every call comes where there is one: those that stream are looked at again and
// again. Refuses unary calls when kRpcCallsMax are open.
class RpcQueue {
 public:
  // Adds itself and the services to `builder`.
  RpcQueue(grpc::ServerBuilder& builder, std::vector<RpcService*> services,
           CallDoor* door = nullptr);
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
  CallDoor* door() const { return door_; }
  void StreamBegins(StreamCall& call) { streams_.insert(&call); }
  void StreamEnds(StreamCall& call) { streams_.erase(&call); }

  // From any thread: calls that come from now on are refused, and it returns when all others have
  // been answered, but not later than after `patience`.
  void Drain(absl::Duration patience) {
    gate_.Close();
    gate_.WaitUntilEmpty(patience);
  }

 private:
  void Run();
  // Whether those who stream may go on, and when to look next.
  void Look(bool ok);
  void LookLater() ABSL_EXCLUSIVE_LOCKS_REQUIRED(look_mutex_);

  const std::vector<RpcService*> services_;
  CallDoor* const door_;
  const std::unique_ptr<grpc::ServerCompletionQueue> completions_;
  // Those that are awaited and those that are open; the thread's, once it runs.
  std::size_t calls_ = 0;
  CallGate gate_;
  // The thread's, once it runs.
  std::unordered_set<StreamCall*> streams_;
  RpcEventOf<RpcQueue, &RpcQueue::Look> look_{*this};
  Mutex look_mutex_;
  grpc::Alarm next_look_ ABSL_GUARDED_BY(look_mutex_);
  bool looks_ ABSL_GUARDED_BY(look_mutex_) = false;
  // Of no calls, once the server is shut down: awaited ones come back from it unserved.
  std::latch all_ended_{1};
  std::jthread thread_;
};

}  // namespace mlup::log
