// Calls that answer with a list.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include <grpcpp/support/server_callback.h>

#include "services/esdb/calls_rpc.h"

namespace mlup::esdb {

// Writes one message after the other, then finishes. Deletes itself when gRPC is done with it.
template <typename Response>
class AnswerList final : public grpc::ServerWriteReactor<Response> {
 public:
  // On the executor: `work` returns the messages or a status. Borrows the context.
  template <typename Work>
  static grpc::ServerWriteReactor<Response>* Run(grpc::CallbackServerContext* context,
                                                 log::CallGate& gate, Executor& executor,
                                                 Work work) {
    auto* const call = new AnswerList(gate);
    if (!call->pass_.admitted()) {
      call->Finish(ToClient(ShuttingDown(), *context));
      return call;
    }
    const bool queued = executor.TryRun([call, context, work = std::move(work)] {
      absl::StatusOr<std::vector<Response>> messages = work();
      if (!messages.ok()) return call->Finish(ToClient(messages.status(), *context));
      call->messages_ = *std::move(messages);
      call->Next();
    });
    if (!queued) call->Finish(ToClient(TooManyCalls(), *context));
    return call;
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return this->Finish(grpc::Status::CANCELLED);
    Next();
  }
  void OnDone() override { delete this; }

 private:
  explicit AnswerList(log::CallGate& gate) : pass_(gate) {}

  void Next() {
    if (next_ == messages_.size()) return this->Finish(grpc::Status::OK);
    this->StartWrite(&messages_[next_++]);
  }

  std::vector<Response> messages_;
  std::size_t next_ = 0;
  const log::CallGate::Pass pass_;
};

}  // namespace mlup::esdb
