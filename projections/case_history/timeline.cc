// The union over a child's streams, from index rows.
#include "projections/case_history/timeline.h"

#include <map>

#include "absl/strings/str_cat.h"

#include "eventstore/base/categories.h"
#include "projections/case_history/case_history_projection.h"
#include "projections/store/keys.h"

namespace mlup::projections {
namespace {

// Which rows of an entity belong to its timeline; 0 for all of them.
unsigned char WantedMarks(InHistory history) {
  switch (history) {
    case InHistory::kOwn:
      return 0;
    case InHistory::kHome:
      return kMarkCommon | kMarkNamed;
    case InHistory::kNever:
    case InHistory::kShared:
    case InHistory::kBehind:
      break;
  }
  return kMarkCommon;
}

// Where a link leads, from its key: between two zero bytes.
std::string_view LinkedOf(std::string_view key) {
  const std::size_t begin = key.find('\0') + 1;
  return key.substr(begin, key.size() - begin - 9);
}

// Gathers one timeline from a snapshot.
class Gathering {
 public:
  Gathering(const Snapshot& rows, Position up_to, const Counts& counts)
      : rows_(rows), up_to_(up_to), counts_(counts) {}

  absl::StatusOr<Timeline> Run(const std::string& person_id) {
    RETURN_IF_ERROR(Follow(PersonStream(person_id)));
    RETURN_IF_ERROR(AddAnnotations());
    Timeline timeline;
    timeline.person_id = person_id;
    for (const std::string& entity : followed_) {
      if (IsPersonStream(entity)) timeline.person_ids.emplace(RecordIdOf(entity));
    }
    for (const auto& [position, event_id] : events_) timeline.positions.push_back(position);
    timeline.unreadable.assign(unreadable_.begin(), unreadable_.end());
    return timeline;
  }

  // The entities that living links lead to from `from`.
  absl::StatusOr<std::set<std::string>> Links(std::string_view from) const {
    std::set<std::string> found;
    RETURN_IF_ERROR(rows_.ForEach(
        LinksPrefix(from), [&](std::string_view key, std::string_view event_id) -> absl::Status {
          ASSIGN_OR_RETURN(const bool counts, CountsAt(PositionOfKey(key)));
          if (!counts) return absl::OkStatus();
          ASSIGN_OR_RETURN(const bool undone, IsUndone(event_id));
          if (undone) return absl::OkStatus();
          found.emplace(LinkedOf(key));
          return absl::OkStatus();
        }));
    return found;
  }

 private:
  absl::StatusOr<bool> CountsAt(Position position) const {
    if (position > up_to_) return false;
    return counts_ ? counts_(position) : true;
  }

  // Whether something voids or unmerges the event that is not undone itself.
  absl::StatusOr<bool> IsUndone(std::string_view event_id) const {
    bool undone = false;
    RETURN_IF_ERROR(rows_.ForEach(
        UndoesPrefix(event_id), [&](std::string_view key, std::string_view by) -> absl::Status {
          if (undone || by == event_id) return absl::OkStatus();
          ASSIGN_OR_RETURN(const bool counts, CountsAt(PositionOfKey(key)));
          if (!counts) return absl::OkStatus();
          ASSIGN_OR_RETURN(const bool itself, IsUndone(by));
          undone = !itself;
          return absl::OkStatus();
        }));
    return undone;
  }

  // Adds an entity's events and goes on where its links lead: merged records, a person's cases and
  // shared streams, a case's groups and incidents, a household's distributions and donations.
  absl::Status Follow(const std::string& entity) {
    if (!followed_.insert(entity).second) return absl::OkStatus();
    RETURN_IF_ERROR(AddEvents(entity));
    if (!MayLeadOn(entity)) return absl::OkStatus();
    ASSIGN_OR_RETURN(const std::set<std::string> links, Links(entity));
    for (const std::string& link : links) {
      // A case leads back to its child only where that is how it was reached.
      if (IsPersonStream(link) && !IsPersonStream(entity)) continue;
      RETURN_IF_ERROR(Follow(link));
    }
    return absl::OkStatus();
  }

  static bool MayLeadOn(std::string_view entity) {
    const InHistory history = CategoryFor(entity).history;
    return history == InHistory::kOwn || history == InHistory::kHome;
  }

  absl::Status AddEvents(const std::string& entity) {
    const InHistory history = CategoryFor(entity).history;
    const unsigned char wanted = WantedMarks(history);
    return rows_.ForEach(EntityPrefix(entity),
                         [&](std::string_view key, std::string_view value) -> absl::Status {
                           const Position position = PositionOfKey(key);
                           if (value.empty()) return absl::OkStatus();
                           ASSIGN_OR_RETURN(const bool counts, CountsAt(position));
                           if (!counts) return absl::OkStatus();
                           const auto marks = static_cast<unsigned char>(value.front());
                           if ((marks & kMarkUnreadable) != 0) {
                             if (history == InHistory::kOwn) unreadable_.insert(position);
                           } else if (wanted == 0 || (marks & wanted) != 0) {
                             events_.emplace(position, value.substr(1));
                           }
                           return absl::OkStatus();
                         });
  }

  // What voids, corrects or reverses an event of the timeline belongs to it, and so on.
  absl::Status AddAnnotations() {
    std::vector<std::string> targets;
    for (const auto& [position, event_id] : events_) targets.push_back(event_id);
    while (!targets.empty()) {
      const std::string target = std::move(targets.back());
      targets.pop_back();
      RETURN_IF_ERROR(
          rows_.ForEach(ConcernsPrefix(target),
                        [&](std::string_view key, std::string_view event_id) -> absl::Status {
                          const Position position = PositionOfKey(key);
                          ASSIGN_OR_RETURN(const bool counts, CountsAt(position));
                          if (counts && events_.emplace(position, event_id).second) {
                            targets.emplace_back(event_id);
                          }
                          return absl::OkStatus();
                        }));
    }
    return absl::OkStatus();
  }

  const Snapshot& rows_;
  const Position up_to_;
  const Counts& counts_;
  std::set<std::string> followed_;
  std::map<Position, std::string> events_;
  std::set<Position> unreadable_;
};

// What one entity ties together.
class Tying {
 public:
  Tying(const Snapshot& rows, const Relating& relating) : rows_(rows), relating_(relating) {}

  absl::StatusOr<std::vector<Position>> Run(const std::string& entity) {
    RETURN_IF_ERROR(AddMerged(entity));
    while (!followed_.empty()) {
      const std::string event = std::move(followed_.back());
      followed_.pop_back();
      RETURN_IF_ERROR(AddAll(ConcernsPrefix(event), 0));
      // Streams hold no space.
      RETURN_IF_ERROR(AddAll(EntityPrefix(CausationEntity(event.substr(event.find(' ') + 1))), 1));
    }
    return std::vector<Position>(found_.begin(), found_.end());
  }

 private:
  // An entity and those that it is merged with.
  absl::Status AddMerged(const std::string& entity) {
    const Gathering gathering(rows_, relating_.up_to, relating_.counts);
    std::set<std::string> merged;
    std::vector<std::string> next = {entity};
    while (!next.empty()) {
      const std::string one = std::move(next.back());
      next.pop_back();
      if (!merged.insert(one).second) continue;
      RETURN_IF_ERROR(AddAll(EntityPrefix(one), 1));
      ASSIGN_OR_RETURN(const std::set<std::string> links, gathering.Links(one));
      for (const std::string& link : links) {
        if (CategoryOf(link) == CategoryOf(entity)) next.push_back(link);
      }
    }
    return absl::OkStatus();
  }

  // The events of all rows, whose names stand behind so many bytes of marks.
  absl::Status AddAll(const std::string& prefix, std::size_t marks) {
    return rows_.ForEach(prefix, [&](std::string_view key, std::string_view value) -> absl::Status {
      const Position position = PositionOfKey(key);
      if (position > relating_.up_to || value.size() < marks) return absl::OkStatus();
      if (relating_.visible != nullptr && !relating_.visible->contains(position)) {
        return absl::OkStatus();
      }
      const bool readable =
          marks == 0 || (static_cast<unsigned char>(value.front()) & kMarkUnreadable) == 0;
      if (!readable || found_.contains(position)) return absl::OkStatus();
      if (relating_.counts) {
        ASSIGN_OR_RETURN(const bool counts, relating_.counts(position));
        if (!counts) return absl::OkStatus();
      }
      found_.insert(position);
      if (found_.size() > relating_.max) {
        return Error(absl::StatusCode::kResourceExhausted, "RELATED_TOO_MANY",
                     absl::StrCat("it has more than ", relating_.max,
                                  " events: read the histories of its children one by one"));
      }
      followed_.emplace_back(value.substr(marks));
      return absl::OkStatus();
    });
  }

  const Snapshot& rows_;
  const Relating& relating_;
  std::set<Position> found_;
  // Names of events of which it is not known yet what follows from them.
  std::vector<std::string> followed_;
};

absl::StatusOr<bool> IsKnown(const Snapshot& rows, std::string_view entity) {
  bool known = false;
  const absl::Status status =
      rows.ForEach(EntityPrefix(entity), [&known](std::string_view, std::string_view) {
        known = true;
        return absl::CancelledError();
      });
  if (!known) RETURN_IF_ERROR(status);
  return known;
}

}  // namespace

absl::StatusOr<std::string> FindSubject(const Snapshot& case_history, std::string_view id) {
  ASSIGN_OR_RETURN(const bool is_person, IsKnown(case_history, PersonStream(id)));
  if (is_person) return std::string(id);
  const Counts all;
  const Gathering gathering(case_history, case_history.checkpoint().position, all);
  ASSIGN_OR_RETURN(const std::set<std::string> links,
                   gathering.Links(absl::StrCat("case/", ToAbsl(id))));
  for (const std::string& link : links) {
    if (IsPersonStream(link)) return std::string(RecordIdOf(link));
  }
  return Error(absl::StatusCode::kNotFound, "SUBJECT_UNKNOWN", "no person or case has this id");
}

absl::StatusOr<Timeline> FindTimeline(const Snapshot& case_history, std::string_view person_id,
                                      Position up_to, const Counts& counts) {
  return Gathering(case_history, up_to, counts).Run(std::string(person_id));
}

absl::StatusOr<std::vector<Position>> FindRelated(const Snapshot& case_history,
                                                  const std::string& entity,
                                                  const Relating& relating) {
  return Tying(case_history, relating).Run(entity);
}

absl::StatusOr<std::set<std::string>> EverLinked(const Snapshot& case_history,
                                                 std::string_view entity) {
  std::set<std::string> linked;
  RETURN_IF_ERROR(
      case_history.ForEach(LinksPrefix(entity), [&linked](std::string_view key, std::string_view) {
        linked.emplace(LinkedOf(key));
        return absl::OkStatus();
      }));
  return linked;
}

absl::StatusOr<std::optional<Position>> FindEvent(const Snapshot& case_history,
                                                  const std::string& stream,
                                                  const std::string& event_id) {
  const std::string event = absl::StrCat(stream, " ", event_id);
  std::optional<Position> found;
  RETURN_IF_ERROR(
      case_history.ForEach(EntityPrefix(stream), [&](std::string_view key, std::string_view value) {
        if (!value.empty() && value.substr(1) == event) found = PositionOfKey(key);
        return absl::OkStatus();
      }));
  return found;
}

}  // namespace mlup::projections
