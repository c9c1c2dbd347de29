// Whether a reader's role reaches the record of a person.
#pragma once

#include <string_view>

#include "eventstore/base/status.h"
#include "eventstore/log/event_log.h"
#include "projections/store/read_model_store.h"
#include "services/identity/policy.h"
#include "services/query/disclose.h"

namespace mlup::query {

// Whether the role that the actor of `access` uses reaches some record of the person's own, for
// this call; or else the reader has emergency access to one, which the access then says. Where the
// person has cases, they tell who works with the person. PERMISSION_DENIED; what the log says.
// `index` is of case_history.
absl::Status CheckReach(Access& access, std::string_view call, const identity::Policy& policy,
                        log::EventLog& log, const projections::Snapshot& index);

}  // namespace mlup::query
