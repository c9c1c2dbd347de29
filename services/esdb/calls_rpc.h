// What all calls of the EventStoreDB protocol share.
#pragma once

#include <atomic>
#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>
#include <grpcpp/support/status.h>

#include "eventstore/base/executor.h"
#include "eventstore/base/limits.h"
#include "eventstore/base/mutex.h"
#include "eventstore/base/random.h"
#include "eventstore/server/call_gate.h"
#include "eventstore/server/gated_reactor.h"
#include "eventstore/server/unary_call.h"
#include "services/esdb/callers.h"
#include "services/esdb/esdb_log.h"
#include "services/esdb/faults.h"
#include "services/esdb/groups.h"
#include "services/esdb/head_watch.h"
#include "services/esdb/several.h"
#include "services/esdb/shares.h"
#include "services/esdb/sources.h"

namespace mlup::esdb {

// A call that would go on for as long as the client likes.
class LongCall {
 public:
  // Answers what is under way, then finishes with `why`.
  virtual void EndCall(const absl::Status& why) = 0;

 protected:
  ~LongCall() = default;
};

// The long calls that are open. Any thread.
class LongCalls {
 public:
  // Ends it at once where all were ended.
  void Add(LongCall& call) {
    MutexLock lock(mutex_);
    calls_.insert(&call);
    if (!ended_.ok()) call.EndCall(ended_);
  }
  // Returns once nobody ends it.
  void Remove(LongCall& call) {
    MutexLock lock(mutex_);
    calls_.erase(&call);
  }
  void EndAll(const absl::Status& why) {
    MutexLock lock(mutex_);
    ended_ = why;
    for (LongCall* call : calls_) call->EndCall(why);
  }

 private:
  Mutex mutex_;
  std::set<LongCall*> calls_ ABSL_GUARDED_BY(mutex_);
  absl::Status ended_ ABSL_GUARDED_BY(mutex_);
};

// What calls work with; they borrow all of it.
struct CallParts {
  const ReadParts read_parts;
  Random& random;
  const Callers& callers;
  Groups& groups;
  SeveralAppends& several;
  HeadWatch& watch;
  // Reads run apart from appends, which wait for the disk.
  Executor& reads;
  Executor& appends;
  std::atomic<std::size_t>& open_reads;
  Shares& read_shares;
  // Bytes on their way to readers, and from writers to the log.
  Shares& bytes_read;
  Shares& bytes_written;
  const std::atomic<bool>& ending;
  log::CallGate& gate;
  LongCalls& long_calls;
};

// Who calls. AccessDenied().
inline absl::StatusOr<Caller> CallerOf(const CallParts& parts,
                                       const grpc::CallbackServerContext& context) {
  const auto found = context.client_metadata().find("authorization");
  if (found == context.client_metadata().end()) return parts.callers.Identify("");
  return parts.callers.Identify({found->second.data(), found->second.size()});
}

// The status as clients know it; puts its trailers into the call.
inline grpc::Status ToClient(const absl::Status& status, grpc::CallbackServerContext& context) {
  if (status.ok()) return grpc::Status::OK;
  for (const auto& [name, value] : TrailersOf(status)) context.AddTrailingMetadata(name, value);
  const auto code = static_cast<grpc::StatusCode>(ClientCode(status));
  const std::string details = DetailsOf(status);
  if (details.empty()) return grpc::Status(code, std::string(status.message()));
  pb::Status told;
  told.set_code(static_cast<std::int32_t>(code));
  told.set_message(std::string(status.message()));
  told.mutable_details()->ParseFromString(details);
  return grpc::Status(code, told.message(), told.SerializeAsString());
}

using log::ShuttingDown;

inline absl::Status TooManyCalls() {
  return Error(absl::StatusCode::kResourceExhausted, "QUEUE_FULL", "too many calls: try later");
}

inline absl::Status TooManyBytes() {
  return Error(
      absl::StatusCode::kResourceExhausted, "BYTES_FULL",
      "this subscriber has too many bytes under way: wait for answers, read what was sent, "
      "then go on");
}

// A call that is refused before it begins.
template <typename Reactor>
class RefusedCall final : public Reactor {
 public:
  RefusedCall(log::CallGate& gate, const grpc::Status& status) : pass_(gate) {
    this->Finish(status);
  }
  void OnDone() override { delete this; }

 private:
  const log::CallGate::Pass pass_;
};

// Runs `work`, which returns a status, for a unary call.
template <typename Work>
grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* context, log::CallGate& gate,
                                 Executor& executor, Work work) {
  auto* const reactor = new log::GatedUnaryReactor(gate);
  if (!reactor->admitted()) {
    reactor->Finish(ToClient(ShuttingDown(), *context));
    return reactor;
  }
  const bool queued = executor.TryRun(
      [context, reactor, work = std::move(work)] { reactor->Finish(ToClient(work(), *context)); });
  if (!queued) reactor->Finish(ToClient(TooManyCalls(), *context));
  return reactor;
}

}  // namespace mlup::esdb
