// What belongs together in the histories of several children.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "eventstore/base/status.h"
#include "eventstore/log/event_log.h"
#include "mlup/audit/v1/audit.pb.h"
#include "mlup/log/v1/envelope.pb.h"
#include "projections/store/read_model_store.h"
#include "services/query/disclose.h"
#include "services/query/history_cut.h"

namespace mlup::query {

// What one reading may hold.
inline constexpr std::size_t kRelatedEventsMax = 2000;
inline constexpr std::size_t kRelatedPersonsMax = 200;

// What a request asks for in the place of a child.
struct RelatedTo {
  // In the index, and in the record of the reading; both empty where a child is asked for.
  std::string entity;
  std::string through;
};

// INVALID_ARGUMENT with the field, where it is not exactly one of them, or asks for what only the
// history of one child has.
absl::StatusOr<RelatedTo> RelatedToOf(const audit::v1::GetCaseHistoryRequest& request);

// What belongs together, and the persons in whose histories it can be.
struct Related {
  std::vector<Position> positions;
  std::set<std::string> persons;
};

// As known at the cut. RESOURCE_EXHAUSTED RELATED_TOO_MANY; what the log says.
absl::StatusOr<Related> FindRelated(log::EventLog& log, const projections::Snapshot& index,
                                    const std::string& entity, const HistoryCut& cut);

// RESOURCE_EXHAUSTED RELATED_TOO_MANY.
absl::Status CheckPersons(std::size_t persons);

// The persons whose histories a reading was recorded to tell of, its position being that of its
// question.
absl::StatusOr<std::set<std::string>> PersonsOnRecord(log::EventLog& log, Position reading);

}  // namespace mlup::query
