// Appends of many threads, sent over one call.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "eventstore/base/mutex.h"
#include "mlup/log/v1/event_store.grpc.pb.h"

namespace mlup::log {

// What is asked while a message is on its way goes with the next one, so that many callers cost
// hardly more than one. The call is opened when it is first needed, and again after it ended.
//
// Any thread. Borrows `stub`, which must outlive it.
class AppendSessionClient {
 public:
  using Result = absl::StatusOr<v1::AppendResponse>;

  AppendSessionClient(v1::EventStore::Stub& stub, absl::Duration timeout)
      : stub_(stub), timeout_(timeout) {}
  // Every append has been answered afterwards.
  ~AppendSessionClient();

  // As EventLog::AppendLater(). UNAVAILABLE when the call ended before the answer;
  // DEADLINE_EXCEEDED. After both, the append may have happened.
  void AppendLater(const std::vector<const v1::AppendRequest*>& requests,
                   std::function<void(std::vector<Result>)> done);

 private:
  class Asked;
  class Call;
  class CallCount;

  std::shared_ptr<Call> Current();

  v1::EventStore::Stub& stub_;
  const absl::Duration timeout_;

  Mutex mutex_;
  Condition gone_;
  std::size_t calls_ ABSL_GUARDED_BY(mutex_) = 0;
  std::shared_ptr<Call> call_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlup::log
