// Streams/Read: one read or subscription over gRPC.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include <grpcpp/support/server_callback.h>

#include "eventstore/base/mutex.h"
#include "services/esdb/calls_rpc.h"
#include "services/esdb/reader.h"

namespace mlup::esdb {

// Once its request has arrived it is in one of three hands, and only that hand writes: a step on
// the executor, gRPC while it writes, or the watch while there is nothing to send. So a client that
// does not read costs one page and no thread. It ends only after the client has said that no
// request follows, because gRPC resets a call that ends before, and HTTP/2 of some clients takes
// that for an error. Deletes itself when gRPC is done with it.
class ReadCall final : public grpc::ServerBidiReactor<pb::streams::ReadReq, Reader::Message>,
                       public Waiter {
 public:
  using Reactor = grpc::ServerBidiReactor<pb::streams::ReadReq, Reader::Message>;

  // Refuses past kEsdbReadsMax open calls, kEsdbReadsOfOneMax of one subscriber. Borrows the parts.
  static Reactor* Open(const CallParts& parts, grpc::CallbackServerContext* context);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  void Wake() override;
  bool HasLeft() const override { return left_; }

 private:
  ReadCall(const CallParts& parts, grpc::CallbackServerContext* context)
      : parts_(parts), context_(*context), pass_(parts.gate) {
    StartRead(&request_);
  }

  // On the executor: reads the next page, parks, or ends.
  void Step();
  absl::Status Begin();
  void WriteNext();
  // Finishes as soon as the client has sent all.
  void End(const grpc::Status& status);

  const CallParts& parts_;
  grpc::CallbackServerContext& context_;
  pb::streams::ReadReq request_;
  // What follows the request, which is nothing.
  pb::streams::ReadReq surplus_;
  // Of its subscriber's share: one read, and the bytes of the page.
  std::optional<Holding> place_;
  std::optional<Holding> bytes_;
  std::unique_ptr<Reader> reader_;
  // The page that gRPC is writing, and its next message.
  std::vector<Reader::Message> page_;
  std::size_t next_ = 0;
  // A message has been sent.
  bool begun_ = false;
  std::atomic<bool> left_ = false;

  Mutex mutex_;
  bool begun_reading_ ABSL_GUARDED_BY(mutex_) = false;
  bool sent_all_ ABSL_GUARDED_BY(mutex_) = false;
  // How it is to end.
  std::optional<grpc::Status> status_ ABSL_GUARDED_BY(mutex_);

  // It is refused, where it must be, like those that the end finds open: by `ending`.
  const log::CallGate::Pass pass_;
};

}  // namespace mlup::esdb
