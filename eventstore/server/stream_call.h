// One call that streams, served by an RpcQueue.
#pragma once

#include <atomic>
#include <functional>
#include <optional>

#include "absl/status/status.h"
#include <google/protobuf/message.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/async_stream.h>
#include <grpcpp/support/byte_buffer.h>

#include "eventstore/server/call_door.h"
#include "eventstore/server/call_gate.h"
#include "eventstore/server/rpc_queue.h"

namespace mlup::log {

// What a service does about one streaming call. Called on the queue's thread, one at a time.
class StreamReactor {
 public:
  virtual ~StreamReactor() = default;

  // With false there was no message, and none will come.
  virtual void OnReadDone(bool /*ok*/) {}
  // With false the message did not go out, and none will.
  virtual void OnWriteDone(bool /*ok*/) {}
  // The caller has gone, its deadline has passed, or it may no longer call; the call must still be
  // finished.
  virtual void OnCancel() {}
  // After everything else; the call is gone with it.
  virtual void OnDone() = 0;
};

// Awaits a call of its method, and deletes itself when gRPC is done with it. When the call arrives,
// the next one is awaited.
//
// Made on the queue's thread. Read(), Write() and Finish() from any thread: one Read() at a time,
// one Write() or Finish() at a time, and one Finish() at last. Nothing of it is touched after
// Finish().
class StreamCall {
 public:
  // Gives the call its reactor, or finishes the call and gives none. It may begin to read and write
  // at once.
  using Open = std::function<StreamReactor*(StreamCall&)>;

  // With `has_request`, one message is read before the call is opened. `open` is the service's
  // `method`, and lives as long as it does.
  StreamCall(RpcService& service, int method, const Open& open, bool has_request, RpcQueue& queue);

  // What was read last; until the next Read(). INVALID_ARGUMENT MESSAGE_INVALID.
  absl::Status Take(google::protobuf::Message& message) const;

  // Who calls.
  const AdmissionPtr& admission() const { return admission_; }

  void Read();
  void Write(const grpc::ByteBuffer& message);
  void Write(const google::protobuf::Message& message);
  void Finish(const absl::Status& status);

  // For the queue: ends the call where the caller would not be let in any more. One that is not
  // finished at the next look, as where the caller does not read, is cut off.
  void LookAgain();

 private:
  void Arrived(bool ok);
  void HaveRead(bool ok);
  void Written(bool ok);
  void Finished(bool ok);
  // The call is over for the caller.
  void Ended(bool ok);
  void Begin();
  void Release();

  RpcService& service_;
  const int method_;
  const Open& open_;
  const bool has_request_;
  RpcQueue& queue_;
  RpcEventOf<StreamCall, &StreamCall::Arrived> arrived_{*this};
  RpcEventOf<StreamCall, &StreamCall::HaveRead> read_{*this};
  RpcEventOf<StreamCall, &StreamCall::Written> written_{*this};
  RpcEventOf<StreamCall, &StreamCall::Finished> finished_{*this};
  RpcEventOf<StreamCall, &StreamCall::Ended> ended_{*this};

  grpc::ServerContext context_;
  grpc::ServerAsyncReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer> stream_{&context_};
  grpc::ByteBuffer message_;
  // What gRPC will still tell: that the call is finished, that it has ended, and what is under way.
  std::atomic<int> events_left_ = 2;

  // The queue's thread only.
  bool begun_ = false;
  bool cancelled_ = false;
  StreamReactor* reactor_ = nullptr;
  std::optional<CallGate::Pass> pass_;
  AdmissionPtr admission_;

  // Why the call ends; set before revoked_.
  absl::Status refusal_;
  std::atomic<bool> revoked_ = false;
  std::atomic<bool> finishing_ = false;
};

}  // namespace mlup::log
