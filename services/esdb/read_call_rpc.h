// Streams/Read: one read or subscription over gRPC.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include <grpcpp/support/server_callback.h>

#include "services/esdb/calls_rpc.h"
#include "services/esdb/reader.h"

namespace mlup::esdb {

// At any time it is in one of three hands, and only that hand touches it: a step on the executor,
// gRPC while it writes, or the watch while there is nothing to send. So a client that does not read
// costs one page and no thread. Deletes itself when gRPC is done with it.
class ReadCall final : public grpc::ServerWriteReactor<Reader::Message>, public Waiter {
 public:
  // Refuses past kEsdbReadsMax open calls. Borrows the parts.
  static grpc::ServerWriteReactor<Reader::Message>* Open(const CallParts& parts,
                                                         grpc::CallbackServerContext* context,
                                                         const pb::streams::ReadReq* request);

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  void Wake() override;
  bool HasLeft() const override { return left_; }

 private:
  ReadCall(const CallParts& parts, grpc::CallbackServerContext* context,
           const pb::streams::ReadReq& request)
      : parts_(parts), context_(*context), request_(request) {}

  // On the executor: reads the next page, parks, or ends.
  void Step();
  absl::Status Begin();
  void WriteNext();

  const CallParts& parts_;
  grpc::CallbackServerContext& context_;
  const pb::streams::ReadReq request_;
  std::unique_ptr<Reader> reader_;
  // The page that gRPC is writing, and its next message.
  std::vector<Reader::Message> page_;
  std::size_t next_ = 0;
  // A message has been sent.
  bool begun_ = false;
  std::atomic<bool> left_ = false;
};

}  // namespace mlup::esdb
