// The record of who had a read model made anew.
#pragma once

#include "eventstore/base/clock.h"
#include "eventstore/base/status.h"
#include "eventstore/log/event_log.h"
#include "mlup/reports/v1/projection_state.pb.h"

namespace mlup::query {

// Appends ProjectionRebuilt to `system/projections`, by who asked and for the reason stated, and
// returns when it is durable. The same rebuild again is the first event again. For the process that
// holds the log.
absl::Status RecordRebuilt(log::EventLog& log, const Clock& clock,
                           const reports::v1::AskedRebuild& done);

}  // namespace mlup::query
