#include "services/domain/activity.h"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "mlup/training/v1/training_events.pb.h"

namespace mlup::domain {

namespace training_pb = ::mlup::training::v1;

struct ActivityState {
  bool planned = false;
  bool held = false;
  bool cancelled = false;
  // Whose attendance is recorded, present or not: person id and session.
  std::set<std::pair<std::string, std::uint32_t>> attendances;
  // Event ids of all head-counts, and of the one that counts: the last.
  std::set<std::string> headcounts;
  std::string last_headcount;
};

namespace {

std::pair<std::string, std::uint32_t> Place(const training_pb::AttendanceRecorded& attendance) {
  return {attendance.person().person_id(), attendance.session_no()};
}

void On(ActivityState& state, const training_pb::ActivityPlanned&, const EventInfo&) {
  state.planned = true;
}

void On(ActivityState& state, const training_pb::ActivityHeld&, const EventInfo&) {
  state.held = true;
}

void On(ActivityState& state, const training_pb::ActivityCancelled&, const EventInfo&) {
  state.cancelled = true;
}

void On(ActivityState& state, const training_pb::AttendanceRecorded& attendance, const EventInfo&) {
  state.attendances.insert(Place(attendance));
}

void On(ActivityState& state, const training_pb::HeadcountRecorded&, const EventInfo& info) {
  state.headcounts.insert(info.event_id);
  state.last_headcount = info.event_id;
}

absl::Status NeedOpen(const ActivityState& state) {
  if (state.held) {
    return Refuse("ALREADY_HELD", "the activity was held already", "record another one by itself");
  }
  if (state.cancelled) {
    return Refuse("ACTIVITY_CANCELLED", "the activity was cancelled",
                  "record the one that was held by itself, or void the cancellation");
  }
  return absl::OkStatus();
}

absl::Status NeedHeld(const ActivityState& state) {
  if (state.held) return absl::OkStatus();
  return Refuse("ACTIVITY_NOT_HELD", "no activity is recorded as held on this stream",
                "record it first with activity_held");
}

absl::Status May(const ActivityState& state, const training_pb::ActivityHeld&, const RuleContext&) {
  return NeedOpen(state);
}

absl::Status May(const ActivityState& state, const training_pb::ActivityCancelled&,
                 const RuleContext&) {
  RETURN_IF_ERROR(NeedOpen(state));
  if (state.planned) return absl::OkStatus();
  return Refuse("NOT_PLANNED", "only a planned activity can be cancelled",
                "plan it first with activity_planned");
}

absl::Status May(const ActivityState& state, const training_pb::AttendanceRecorded& attendance,
                 const RuleContext&) {
  RETURN_IF_ERROR(NeedHeld(state));
  if (!state.attendances.contains(Place(attendance))) return absl::OkStatus();
  return Refuse("ALREADY_ATTENDED", "the person's attendance at this session is recorded",
                "correct that entry if it is wrong");
}

// What was counted by sex or by role is a part of what was counted.
absl::Status CheckParts(const training_pb::HeadcountRecorded& headcount) {
  const auto bad = [](std::string_view reason, std::string_view field, std::string_view message) {
    return FieldError(absl::StatusCode::kInvalidArgument, reason, field, message);
  };
  if (std::uint64_t{headcount.female()} + headcount.male() > headcount.n()) {
    return bad("PARTS_EXCEED_WHOLE", "headcount_recorded.n",
               "female and male together are more than n");
  }
  std::uint64_t with_roles = 0;
  std::set<std::string> roles;
  for (const auto& part : headcount.roles()) {
    with_roles += part.n();
    if (roles.insert(part.role_at_time()).second) continue;
    return bad("ROLE_TWICE", "headcount_recorded.roles", "must hold each role once");
  }
  if (with_roles <= headcount.n()) return absl::OkStatus();
  return bad("PARTS_EXCEED_WHOLE", "headcount_recorded.n", "the roles together are more than n");
}

absl::Status May(const ActivityState& state, const training_pb::HeadcountRecorded& headcount,
                 const RuleContext&) {
  RETURN_IF_ERROR(CheckParts(headcount));
  RETURN_IF_ERROR(NeedHeld(state));
  const std::string& replaces = headcount.replaces_event_id();
  if (!replaces.empty() && !state.headcounts.contains(replaces)) {
    return Refuse("EVENT_NOT_ON_STREAM", "the head-count to replace is not on this stream",
                  "name the last head-count of this activity", ".replaces_event_id");
  }
  if (replaces == state.last_headcount) return absl::OkStatus();
  return Refuse("HEADCOUNT_EXISTS", "there is a head-count already",
                "name the last one as replaces_event_id", ".replaces_event_id");
}

}  // namespace

const Aggregate<ActivityState>& Activity() {
  static const auto& rules = Aggregate<ActivityState>::Make("activity")
                                 .On<training_pb::ActivityPlanned>(On)
                                 .On<training_pb::ActivityHeld>(On)
                                 .On<training_pb::ActivityCancelled>(On)
                                 .On<training_pb::AttendanceRecorded>(On)
                                 .On<training_pb::HeadcountRecorded>(On)
                                 .May<training_pb::ActivityHeld>(May)
                                 .May<training_pb::ActivityCancelled>(May)
                                 .May<training_pb::AttendanceRecorded>(May)
                                 .May<training_pb::HeadcountRecorded>(May);
  return rules;
}

}  // namespace mlup::domain
