// Answers a call of an RpcQueue with one long text of bytes, sent in pieces:
//
//   ServerStream("BuildBundle", [this](log::StreamCall& call) {
//     return rpc::ServePieces<Request, Response>(
//         call, executor(), places_, [this](const auto& r) { return service_.Make(r); });
//   });
#pragma once

#include <algorithm>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"
#include "eventstore/server/stream_call.h"
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

// A long text, and the message that follows its last piece, if there is one.
template <Piece Response>
struct LongText {
  std::string bytes;
  std::optional<Response> closing = std::nullopt;
};

// A long text that is taken piece by piece, each of at most kBundlePieceMax.
template <Piece Response>
class LongAnswer {
 public:
  void Begin(LongText<Response> text) {
    bytes_ = std::move(text.bytes);
    closing_ = std::move(text.closing);
  }
  // False when all is taken.
  bool TakeNext(Response& piece) {
    if (taken_ == bytes_.size()) {
      if (!closing_.has_value()) return false;
      piece = *std::exchange(closing_, std::nullopt);
      return true;
    }
    const std::size_t size = std::min(kBundlePieceMax, bytes_.size() - taken_);
    piece.set_data(bytes_.substr(taken_, size));
    taken_ += size;
    return true;
  }

 private:
  std::string bytes_;
  std::optional<Response> closing_;
  std::size_t taken_ = 0;
};

// One call: sends what it is given and deletes itself when gRPC is done with it. The executor and
// the queue's thread use it in turn.
template <Piece Response>
class PieceReactor final : public log::StreamReactor {
 public:
  PieceReactor(log::StreamCall& call, std::string method, Executor& executor, Places& places)
      : call_(call),
        method_(std::move(method)),
        executor_(executor),
        places_(places),
        arrived_(executor.clock().Now()),
        placed_(places.TryTake()) {}

  bool placed() const { return placed_; }
  // Whether the caller has gone, or its deadline has passed.
  bool cancelled() const { return cancelled_; }

  void Send(LongText<Response> text) {
    answer_.Begin(std::move(text));
    SendNext();
  }
  void End(const absl::Status& status) {
    const absl::Time now = executor_.clock().Now();
    LogRequest(now, method_, status, now - arrived_);
    call_.Finish(status);
  }

  void OnWriteDone(bool ok) override {
    if (ok) return SendNext();
    End(Error(absl::StatusCode::kCancelled, "CALL_ENDED", "the caller left"));
  }
  void OnCancel() override { cancelled_ = true; }
  void OnDone() override {
    if (placed_) places_.Return();
    delete this;
  }

 private:
  void SendNext() {
    // Also where the caller may no longer have it.
    if (cancelled_) return End(Error(absl::StatusCode::kCancelled, "CALL_ENDED", "the call ended"));
    Response piece;
    if (!answer_.TakeNext(piece)) return End(absl::OkStatus());
    call_.Write(piece);
  }

  log::StreamCall& call_;
  const std::string method_;
  Executor& executor_;
  Places& places_;
  const absl::Time arrived_;
  const bool placed_;
  std::atomic<bool> cancelled_ = false;
  LongAnswer<Response> answer_;
};

// Runs `function` on the executor and sends its bytes, or LongText, in pieces of at most
// kBundlePieceMax.
// RESOURCE_EXHAUSTED QUEUE_FULL at once when all places are taken or the queue is full.
template <typename Request, Piece Response, typename Function>
log::StreamReactor* ServePieces(log::StreamCall& call, Executor& executor, Places& places,
                                Function function) {
  auto* const reactor =
      new PieceReactor<Response>(call, MethodOf(*Request::descriptor()), executor, places);
  Request request;
  absl::Status may = call.Take(request);
  if (may.ok() && call.admission() != nullptr) may = call.admission()->MayAsk(request);
  if (!may.ok()) {
    reactor->End(may);
    return reactor;
  }
  const bool queued = reactor->placed() && executor.TryRun([reactor, request = std::move(request),
                                                            function = std::move(function)] {
    if (reactor->cancelled()) {
      return reactor->End(
          Error(absl::StatusCode::kCancelled, "CALL_ENDED", "the call ended before work began"));
    }
    auto made = function(request);
    if (!made.ok()) return reactor->End(made.status());
    if constexpr (std::convertible_to<decltype(*std::move(made)), std::string>) {
      reactor->Send({*std::move(made)});
    } else {
      reactor->Send(*std::move(made));
    }
  });
  if (!queued) reactor->End(log::QueueFull());
  return reactor;
}

}  // namespace mlup::rpc
