// The same token as subscriptions tell.
#include "projections/history_token.h"

#include "eventstore/log/history.h"

namespace mlup::projections {

std::uint64_t HistoryToken(const log::v1::Record& record) { return log::HistoryOf(record); }

absl::StatusOr<bool> Holds(log::EventLog& log, const Checkpoint& checkpoint) {
  const absl::StatusOr<std::uint64_t> history = log::HistoryAt(log, checkpoint.position);
  if (ErrorReason(history.status()) == "POSITION_PAST_HEAD") return false;
  RETURN_IF_ERROR(history.status());
  return *history == checkpoint.history;
}

}  // namespace mlup::projections
