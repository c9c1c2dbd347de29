// Streams/BatchAppend: many appends over one call.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include <grpcpp/support/server_callback.h>

#include "eventstore/base/mutex.h"
#include "services/esdb/append_call_rpc.h"
#include "services/esdb/calls_rpc.h"

namespace mlup::esdb {

// Appends are handed to the log as they become complete and are answered as each becomes durable,
// in any order; no thread waits for them. When kEsdbInFlightMax or too many
// bytes are under way or unanswered, no more is read: the client waits.
//
// gRPC's threads and the executor's call it. Deletes itself when gRPC is done with it, which is
// after the last append under way has ended.
class BatchCall final
    : public grpc::ServerBidiReactor<pb::streams::BatchAppendReq, pb::streams::BatchAppendResp>,
      public LongCall {
 public:
  using Request = pb::streams::BatchAppendReq;
  using Response = pb::streams::BatchAppendResp;

  BatchCall(const CallParts& parts, grpc::CallbackServerContext* context);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnDone() override;

  void EndCall(const absl::Status& why) override;

 private:
  // An append of which parts have arrived.
  struct Arriving {
    pb::UUID correlation_id;
    Request::Options options;
    Proposal proposal;
    absl::Status status;
    absl::Time deadline = absl::InfiniteFuture();
    // Bytes of the subscriber's share that are its.
    std::size_t held = 0;
  };

  // What is to be done once the mutex is released.
  struct Action {
    bool read = false;
    const Response* write = nullptr;
    bool finish = false;
    absl::Status status;
  };

  // The append that `request` completes, if it does.
  std::unique_ptr<Arriving> Take();
  void Start(std::unique_ptr<Arriving> append);
  // On the executor; answers when the log has.
  void Run(const std::shared_ptr<Arriving>& append);
  // The stream and the events, or why it is refused.
  absl::StatusOr<std::pair<Name, std::vector<log::pb::Event>>> Check(Arriving& append);
  void Answer(const Arriving& append, const absl::StatusOr<Expected>& expected,
              const absl::StatusOr<EsdbLog::Result>& result);

  Action NextLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Do(const Action& action);

  const CallParts& parts_;
  grpc::CallbackServerContext& context_;
  const absl::StatusOr<Caller> caller_;

  // Only while no read is under way.
  Request request_;
  // By correlation id; touched by reads only, which come one at a time.
  std::map<std::string, std::unique_ptr<Arriving>> arriving_;
  std::size_t arriving_bytes_ = 0;

  Mutex mutex_;
  std::size_t under_way_ ABSL_GUARDED_BY(mutex_) = 0;
  // None where nobody calls.
  std::optional<Holding> bytes_ ABSL_GUARDED_BY(mutex_);
  // The first is being written while `writing_`.
  std::deque<Response> answers_ ABSL_GUARDED_BY(mutex_);
  bool reading_ ABSL_GUARDED_BY(mutex_) = true;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool no_more_ ABSL_GUARDED_BY(mutex_) = false;
  // What it finishes with.
  absl::Status end_ ABSL_GUARDED_BY(mutex_);
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;

  const log::CallGate::Pass pass_;
};

}  // namespace mlup::esdb
