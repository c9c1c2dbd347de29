// Records of the log by their positions.
#pragma once

#include <vector>

#include "eventstore/base/status.h"
#include "eventstore/log/event_log.h"

namespace mlup::query {

// The records at `positions` (ascending), in that order; neighbours are read together. DATA_LOSS
// RECORD_MISSING when one is not there.
absl::StatusOr<std::vector<log::v1::Record>> ReadRecords(log::EventLog& log,
                                                         const std::vector<Position>& positions);

}  // namespace mlup::query
