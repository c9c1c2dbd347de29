// What is asked before anybody reads events.
#pragma once

#include <functional>
#include <string_view>

#include "absl/status/status.h"

#include "eventstore/server/call_door.h"
#include "mlup/log/v1/event_store.pb.h"

namespace mlup::log {

// What somebody asks to read.
struct LogReading {
  // `package.Service/Method`.
  std::string_view method;
  // The one stream, or the group, that is read; empty for all that the filter selects.
  std::string_view stream;
  const v1::Filter& filter;
};

// Whether it may begin. Called on a thread that may wait.
using ReadCheck = std::function<absl::Status(const AdmissionPtr& who, const LogReading& reading)>;

}  // namespace mlup::log
