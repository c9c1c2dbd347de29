// What holds of the records of a history after each of its events: how a history is walked.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "eventstore/base/status.h"
#include "mlup/audit/v1/audit.pb.h"
#include "mlup/log/v1/envelope.pb.h"
#include "services/identity/policy.h"
#include "services/query/names.h"

namespace mlup::query {

using HistoryStates = std::vector<audit::v1::HistoryState>;

// By position. `records` are in order of position, and are all that the reader knows of: clear
// fields only are read, and the rules of the domain fold them. DATA_LOSS PAYLOAD_DAMAGED.
absl::StatusOr<std::map<std::uint64_t, HistoryStates>> StatesAfter(
    const std::vector<const log::v1::Record*>& records, const std::set<std::string>& person_ids,
    const identity::Policy& policy, Names& names);

// Every label of a state, and every value that is not a number or a name.
std::vector<std::string> StateWords();

}  // namespace mlup::query
