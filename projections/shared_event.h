// An event of the log as all who fold it share it.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include <google/protobuf/message.h>

#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "eventstore/payload/payload.h"
#include "mlup/log/v1/envelope.pb.h"

namespace mlup::projections {

// Read once; its payload is joined once, by the first who wants it. Any thread.
class SharedEvent {
 public:
  using Clear = absl::StatusOr<std::unique_ptr<const google::protobuf::Message>>;

  explicit SharedEvent(log::v1::Record record) : record_(std::move(record)) {}

  const log::v1::Record& record() const { return record_; }
  Position position() const { return {record_.position()}; }

  // payload::JoinClear() of the event.
  const Clear& clear() const {
    std::call_once(joined_, [this] { clear_ = payload::JoinClear(record_.event()); });
    return clear_;
  }

 private:
  const log::v1::Record record_;
  mutable std::once_flag joined_;
  // Set before joined_ is.
  mutable Clear clear_;
};

}  // namespace mlup::projections
