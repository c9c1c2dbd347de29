// Names the history of a log at a position, so that whoever kept a position notices when the log
// was replaced or rolled back.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"

#include "eventstore/base/types.h"
#include "eventstore/log/event_log.h"

// All functions may be called from any thread.
namespace mlup::log {

// First 8 bytes of the BLAKE2b of the record: equal for the same record of the same log only.
std::uint64_t HistoryOf(const pb::Record& record);

// The same from the record's serialised bytes.
std::uint64_t HistoryOfBytes(std::string_view record);

// The same for what stands at `position`; 0 before the first. FAILED_PRECONDITION
// POSITION_PAST_HEAD.
absl::StatusOr<std::uint64_t> HistoryAt(EventLog& log, Position position);

// OK when `history` was told of `position` of this log, or is 0. FAILED_PRECONDITION
// ANOTHER_HISTORY or POSITION_PAST_HEAD.
absl::Status CheckHistory(EventLog& log, Position position, std::uint64_t history);

// The record at `position`. FAILED_PRECONDITION POSITION_PAST_HEAD.
absl::StatusOr<pb::Record> RecordAt(EventLog& log, Position position);

}  // namespace mlup::log
