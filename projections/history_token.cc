// The same token as subscriptions tell.
#include "projections/history_token.h"

#include "eventstore/log/history.h"

namespace mlup::projections {

std::uint64_t HistoryToken(const log::v1::Record& record) { return log::HistoryOf(record); }

}  // namespace mlup::projections
