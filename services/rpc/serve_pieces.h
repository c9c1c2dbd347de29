// Answers a call with one long text of bytes, sent in pieces:
//
//   grpc::ServerWriteReactor<Response>* BuildBundle(grpc::CallbackServerContext* context,
//                                                   const Request* request) override {
//     return rpc::ServePieces<Response>(context, executor_, places_, request,
//                                       [this](const auto& r) { return service_.Make(r); });
//   }
#pragma once

#include <algorithm>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"
#include "eventstore/client/grpc_status.h"
#include "eventstore/server/admit.h"
#include "eventstore/server/unary_call.h"
#include "services/rpc/executor.h"
#include "services/rpc/request_log.h"

namespace mlup::rpc {

// How many long answers may be held in memory at once. Any thread.
class Places {
 public:
  explicit Places(std::size_t most) : free_(static_cast<int>(most)) {}

  bool TryTake() {
    if (free_.fetch_sub(1) > 0) return true;
    free_.fetch_add(1);
    return false;
  }
  void Return() { free_.fetch_add(1); }

 private:
  std::atomic<int> free_;
};

// A message with one piece of bytes.
template <typename Response>
concept Piece = requires(Response& response, std::string bytes) {
  response.set_data(std::move(bytes));
};

// A long text that is taken piece by piece, each of at most kBundlePieceMax.
template <Piece Response>
class LongAnswer {
 public:
  void Begin(std::string bytes) { bytes_ = std::move(bytes); }
  // False when all is taken.
  bool TakeNext(Response& piece) {
    if (taken_ == bytes_.size()) return false;
    const std::size_t size = std::min(kBundlePieceMax, bytes_.size() - taken_);
    piece.set_data(bytes_.substr(taken_, size));
    taken_ += size;
    return true;
  }

 private:
  std::string bytes_;
  std::size_t taken_ = 0;
};

// One call: sends what it is given and deletes itself when gRPC is done with it.
template <Piece Response>
class PieceReactor final : public grpc::ServerWriteReactor<Response> {
 public:
  PieceReactor(std::string method, Executor& executor, Places& places)
      : method_(std::move(method)),
        executor_(executor),
        places_(places),
        arrived_(executor.clock().Now()),
        pass_(executor.gate()),
        placed_(places.TryTake()) {}

  bool admitted() const { return pass_.admitted(); }
  bool placed() const { return placed_; }

  // Asks the door, and whether the request names nobody but the caller.
  absl::Status Admit(const grpc::ServerContextBase& context,
                     const google::protobuf::Message& request) {
    ASSIGN_OR_RETURN(admission_, log::Admit(executor_.door(), context, method_));
    return admission_ == nullptr ? absl::OkStatus() : admission_->MayAsk(request);
  }
  void Send(std::string bytes) {
    answer_.Begin(std::move(bytes));
    SendNext();
  }
  void End(const absl::Status& status) {
    const absl::Time now = executor_.clock().Now();
    LogRequest(now, method_, status, now - arrived_);
    this->Finish(log::ToGrpc(status));
  }

  void OnWriteDone(bool ok) override {
    if (ok) return SendNext();
    End(Error(absl::StatusCode::kCancelled, "CALL_ENDED", "the caller left"));
  }
  void OnDone() override {
    if (placed_) places_.Return();
    delete this;
  }

 private:
  void SendNext() {
    const absl::Status holds = admission_ == nullptr ? absl::OkStatus() : admission_->Holds();
    if (!holds.ok()) return End(holds);
    if (!answer_.TakeNext(piece_)) return End(absl::OkStatus());
    this->StartWrite(&piece_);
  }

  const std::string method_;
  Executor& executor_;
  Places& places_;
  const absl::Time arrived_;
  const log::CallGate::Pass pass_;
  const bool placed_;
  log::AdmissionPtr admission_;
  LongAnswer<Response> answer_;
  Response piece_;
};

// Runs `function` on the executor and sends its bytes in pieces of at most kBundlePieceMax.
// RESOURCE_EXHAUSTED QUEUE_FULL at once when all places are taken or the queue is full.
template <Piece Response, typename Request, typename Function>
requires std::convertible_to<std::invoke_result_t<const Function&, const Request&>,
                             absl::StatusOr<std::string>>
    grpc::ServerWriteReactor<Response>
*ServePieces(grpc::CallbackServerContext* context, Executor& executor, Places& places,
             const Request* request, Function function) {
  auto* const reactor =
      new PieceReactor<Response>(MethodOf(*Request::descriptor()), executor, places);
  if (!reactor->admitted()) {
    reactor->End(log::ShuttingDown());
    return reactor;
  }
  if (const absl::Status may = reactor->Admit(*context, *request); !may.ok()) {
    reactor->End(may);
    return reactor;
  }
  const bool queued = reactor->placed() && executor.TryRun([=, function = std::move(function)] {
    if (context->IsCancelled()) {
      return reactor->End(
          Error(absl::StatusCode::kCancelled, "CALL_ENDED", "the call ended before work began"));
    }
    absl::StatusOr<std::string> bytes = function(*request);
    if (!bytes.ok()) return reactor->End(bytes.status());
    reactor->Send(*std::move(bytes));
  });
  if (!queued) {
    reactor->End(Error(absl::StatusCode::kResourceExhausted, "QUEUE_FULL",
                       "too many requests wait: try later"));
  }
  return reactor;
}

}  // namespace mlup::rpc
