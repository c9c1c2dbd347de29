// An event of the log as all who fold it share it.
#pragma once

#include <atomic>

#include <google/protobuf/arena.h>
#include <google/protobuf/message.h>

#include "eventstore/base/mutex.h"
#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "eventstore/payload/payload.h"
#include "mlup/log/v1/envelope.pb.h"

namespace mlup::projections {

// Read once; its payload is joined once, by the first who wants it. Any thread. Borrows the record,
// and the arena, where its message is.
class SharedEvent {
 public:
  using Clear = absl::StatusOr<const google::protobuf::Message*>;

  SharedEvent(const log::v1::Record& record, google::protobuf::Arena& arena)
      : record_(record), arena_(arena) {}

  const log::v1::Record& record() const { return record_; }
  Position position() const { return {record_.position()}; }

  // payload::JoinClear() of the event.
  const Clear& clear() const {
    if (!is_joined_.load(std::memory_order_acquire)) Join();
    return clear_;
  }

 private:
  // Not std::call_once, which asks the kernel to wake waiters each time.
  void Join() const {
    MutexLock lock(joining_);
    if (is_joined_.load(std::memory_order_relaxed)) return;
    clear_ = payload::JoinClear(record_.event(), arena_);
    is_joined_.store(true, std::memory_order_release);
  }

  const log::v1::Record& record_;
  google::protobuf::Arena& arena_;
  mutable Mutex joining_;
  // Then nobody writes clear_ any more.
  mutable std::atomic<bool> is_joined_ = false;
  mutable Clear clear_;
};

}  // namespace mlup::projections
