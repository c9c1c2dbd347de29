// Records the root of the map in the log.
#pragma once

#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "eventstore/log/event_log.h"
#include "eventstore/proof/map_record.h"

namespace mlup::proofs {

// Appends MapRootRecorded to `system/map` and returns its position when it is durable.
absl::StatusOr<Position> RecordMapRoot(log::EventLog& log, const Clock& clock, Random& random,
                                       const proof::MapRecord& map);

}  // namespace mlup::proofs
