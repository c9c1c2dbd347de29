// Windows for importing the past: asked for by one person, opened by another.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/base/days.h"
#include "eventstore/base/status.h"
#include "services/domain/aggregate.h"

namespace mlup::domain {

// The one stream that all windows stand on.
inline constexpr std::string_view kImportStream = "import/00000000-0000-4000-8000-000000000000";

struct ImportWindowsState {
  struct Window {
    std::string source_system;
    // On which they may be used.
    DayRange days;
    // In which what is entered happened.
    std::vector<DayRange> periods;
    std::string by_actor_id;
    std::string on_behalf_of = {};
    bool approved = false;
    bool closed = false;
  };
  // Every one that was ever asked for, by its id.
  std::map<std::string, Window> windows;
};

// A fact that says when another system recorded it.
struct PastFact {
  std::string_view source_system;
  // Possible days of what happened; nothing when not known.
  std::optional<DayRange> occurred;
  // When the other system recorded it.
  Day recorded;
};

// Whether a window is open today for the fact. FAILED_PRECONDITION IMPORT_WINDOW_CLOSED, with what
// to do.
absl::Status MayEnterPast(const ImportWindowsState& state, const PastFact& fact, Day today);

// ImportWindowRequested: IMPORT_STREAM, WINDOW_ID_USED. ImportWindowApproved: WINDOW_NOT_PENDING,
// SAME_PERSON_ASKED. ImportWindowClosed: WINDOW_NOT_OPEN.
const Aggregate<ImportWindowsState>& ImportWindows();

}  // namespace mlup::domain
