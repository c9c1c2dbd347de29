// What tells one history of the log from another at a checkpoint.
#pragma once

#include <cstdint>

#include "eventstore/base/status.h"
#include "eventstore/log/event_log.h"
#include "mlup/log/v1/envelope.pb.h"
#include "projections/store/read_model_store.h"

namespace mlup::projections {

// First 8 bytes of the BLAKE2b of the record: Checkpoint::history. Pure.
std::uint64_t HistoryToken(const log::v1::Record& record);

// Whether the log has the record that the checkpoint was made at; always at position 0.
absl::StatusOr<bool> Holds(log::EventLog& log, const Checkpoint& checkpoint);

}  // namespace mlup::projections
