// Which events make up one child's history.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "projections/store/read_model_store.h"

namespace mlup::projections {

struct Timeline {
  // The child, as asked for or as the case names it.
  std::string person_id;
  // The ids of all records of this child: itself and those it is merged with.
  std::set<std::string> person_ids;
  // Every event once, in order of position.
  std::vector<Position> positions;
  // Events on the child's own records, or with a part about the child, that the index could not
  // read, in order of position. They are not among `positions`, and lead nowhere.
  std::vector<Position> unreadable;
};

// Whose record `id` names: a person's own id, or that of the child of a case. NOT_FOUND
// SUBJECT_UNKNOWN.
absl::StatusOr<std::string> FindSubject(const Snapshot& case_history, std::string_view id);

// Where the event of this id stands on its stream; nothing where it does not.
absl::StatusOr<std::optional<Position>> FindEvent(const Snapshot& case_history,
                                                  const std::string& stream,
                                                  const std::string& event_id);

// Whether what is recorded at a position counts; null where everything does.
using Counts = std::function<absl::StatusOr<bool>(Position)>;

// What is looked at of an entity.
struct Relating {
  Position up_to;
  std::size_t max;
  Counts counts = nullptr;
  // The only events that are found and lead on; null for all.
  const std::set<Position>* visible = nullptr;
};

// The events with position ≤ `up_to` of an entity (keys.h), such as a household with those merged
// with it or a piece of work; and what voids, corrects, reverses one of them or is said to be
// its effect, and so on. In order of position, whoever they are about. RESOURCE_EXHAUSTED
// RELATED_TOO_MANY for more than `max`. Any thread.
absl::StatusOr<std::vector<Position>> FindRelated(const Snapshot& case_history,
                                                  const std::string& entity,
                                                  const Relating& relating);

// The entities that an entity was ever linked to, also where that was undone.
absl::StatusOr<std::set<std::string>> EverLinked(const Snapshot& case_history,
                                                 std::string_view entity);

// The events with position ≤ `up_to` that count, of a person: those that name the person or a
// record merged with it, all of the person's stream and of the child's cases, and of shared streams
// (household, incident, case group, activity, distribution, donation) those that concern everybody
// there; and what voids, corrects or reverses one of them. An event that names another person only
// is never among them. A stream to which only voided events lead is not followed. What does not
// count is as if it had never been recorded. Any thread.
absl::StatusOr<Timeline> FindTimeline(const Snapshot& case_history, std::string_view person_id,
                                      Position up_to, const Counts& counts = nullptr);

}  // namespace mlup::projections
