// What an event must be to be stored, so that its header commits to all of it.
#pragma once

#include <string>

#include "eventstore/base/status.h"
#include "mlup/log/v1/envelope.pb.h"

namespace mlup::log {

// Shape and limits; `field` is the event's path in the request. INVALID_ARGUMENT naming the field.
// Pure.
absl::Status CheckEvent(const v1::Event& event, const std::string& field);

}  // namespace mlup::log
