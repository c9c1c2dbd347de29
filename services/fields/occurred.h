// When something happened: from the forms people use to the one form that is stored. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "absl/time/time.h"

#include "eventstore/base/days.h"
#include "eventstore/base/status.h"
#include "mlup/command/v1/command.pb.h"
#include "mlup/log/v1/envelope.pb.h"

namespace mlup::fields {

// The stored form of what a command states: `2021-02`, `2021-Q1`, `2021` and instants become first
// and last possible day. `field` is the path for errors. INVALID_ARGUMENT FIELD_REQUIRED,
// OCCURRED_INVALID; OCCURRED_IN_FUTURE when even its first possible day is after `today`.
absl::StatusOr<log::v1::Occurred> NormaliseOccurred(const log::v1::Occurred& stated, Day today,
                                                    std::string_view field);

// The possible days of a stored form; nothing when unknown.
std::optional<DayRange> DaysOf(const log::v1::Occurred& stored);

// `source_recorded_at` is for imports only, not before the first possible day of what happened, not
// in the future. INVALID_ARGUMENT SOURCE_RECORDED_AT_INVALID.
absl::Status CheckSourceRecordedAt(const command::v1::CommandContext& context,
                                   const std::optional<DayRange>& days, absl::Time now);

}  // namespace mlup::fields
