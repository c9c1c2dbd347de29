#include "services/domain/import_windows.h"

#include <algorithm>

#include "mlup/network/v1/import_events.pb.h"

namespace mlup::domain {

namespace network_pb = ::mlup::network::v1;

namespace {

using Window = ImportWindowsState::Window;

void On(ImportWindowsState& state, const network_pb::ImportWindowRequested& asked,
        const EventInfo& info) {
  Window window{.source_system = asked.source_system(),
                .days = {},
                .periods = {},
                .by_actor_id = info.actor_id,
                .on_behalf_of = info.on_behalf_of};
  const std::optional<Day> first = ParseDay(asked.first_day());
  const std::optional<Day> last = ParseDay(asked.last_day());
  // A fold never refuses: a window without days opens nothing.
  if (!first || !last) return;
  window.days = {*first, *last};
  for (const std::string& text : asked.periods()) {
    if (const std::optional<DayRange> period = ParsePeriod(text)) window.periods.push_back(*period);
  }
  state.windows.emplace(asked.window_id(), std::move(window));
}

void On(ImportWindowsState& state, const network_pb::ImportWindowApproved& approved,
        const EventInfo&) {
  const auto found = state.windows.find(approved.window_id());
  if (found != state.windows.end()) found->second.approved = true;
}

void On(ImportWindowsState& state, const network_pb::ImportWindowClosed& closed, const EventInfo&) {
  const auto found = state.windows.find(closed.window_id());
  if (found != state.windows.end()) found->second.closed = true;
}

absl::Status May(const ImportWindowsState& state, const network_pb::ImportWindowRequested& asked,
                 const RuleContext& context) {
  if (context.stream != kImportStream) {
    return FieldError(absl::StatusCode::kInvalidArgument, "IMPORT_STREAM", "stream",
                      absl::StrCat("all windows stand on ", ToAbsl(kImportStream)));
  }
  if (!state.windows.contains(asked.window_id())) return absl::OkStatus();
  return Refuse("WINDOW_ID_USED", "the window's id is used already", "choose a new id",
                ".window_id");
}

bool IsSame(const std::string& one, const std::string& other) {
  return !one.empty() && one == other;
}

absl::Status May(const ImportWindowsState& state, const network_pb::ImportWindowApproved& approved,
                 const RuleContext& context) {
  const auto found = state.windows.find(approved.window_id());
  if (found == state.windows.end() || found->second.approved || found->second.closed) {
    return Refuse("WINDOW_NOT_PENDING", "no window with this id waits for approval",
                  "have one asked for with import_window_requested", ".window_id");
  }
  for (const std::string& asked : {found->second.by_actor_id, found->second.on_behalf_of}) {
    if (IsSame(asked, context.actor_id) || IsSame(asked, context.on_behalf_of)) {
      return Refuse("SAME_PERSON_ASKED",
                    "who approves, or is approved for, must not be who asked, or was asked for",
                    "somebody else has to approve it");
    }
  }
  return absl::OkStatus();
}

absl::Status May(const ImportWindowsState& state, const network_pb::ImportWindowClosed& closed,
                 const RuleContext&) {
  const auto found = state.windows.find(closed.window_id());
  if (found != state.windows.end() && !found->second.closed) return absl::OkStatus();
  return Refuse("WINDOW_NOT_OPEN", "no window with this id is asked for or open",
                "name one that was asked for with import_window_requested", ".window_id");
}

bool Covers(const Window& window, const PastFact& fact, Day today) {
  if (!window.approved || window.closed || window.source_system != fact.source_system) return false;
  if (!window.days.Contains({today, today})) return false;
  const DayRange days = fact.occurred.value_or(DayRange{fact.recorded, fact.recorded});
  const auto holds = [&window](Day day) {
    return std::ranges::any_of(window.periods, [day](const DayRange& period) {
      return period.Contains({day, day});
    });
  };
  return holds(days.first) && holds(days.last);
}

}  // namespace

absl::Status MayEnterPast(const ImportWindowsState& state, const PastFact& fact, Day today) {
  for (const auto& [id, window] : state.windows) {
    if (Covers(window, fact, today)) return absl::OkStatus();
  }
  return Refuse("IMPORT_WINDOW_CLOSED",
                fact.source_system.empty()
                    ? "the past is imported from a system that the request does not name"
                    : "no window is open today for importing the past from this system and period",
                "name it in context.source_system, have a window asked for with "
                "import_window_requested and approved by somebody else with "
                "import_window_approved, or leave source_recorded_at out");
}

const Aggregate<ImportWindowsState>& ImportWindows() {
  static const auto& rules = Aggregate<ImportWindowsState>::Make("import")
                                 .On<network_pb::ImportWindowRequested>(On)
                                 .On<network_pb::ImportWindowApproved>(On)
                                 .On<network_pb::ImportWindowClosed>(On)
                                 .May<network_pb::ImportWindowRequested>(May)
                                 .May<network_pb::ImportWindowApproved>(May)
                                 .May<network_pb::ImportWindowClosed>(May);
  return rules;
}

}  // namespace mlup::domain
