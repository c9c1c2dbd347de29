// One list of what should move; two ways to print it.
#include "services/gateway/health.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include <nlohmann/json.hpp>

#include "eventstore/base/days.h"
#include "eventstore/base/local_time.h"

namespace mlup::gateway {
namespace {

// Something to do and nothing done for longer than this needs a look.
constexpr absl::Duration kQuietMax = absl::Minutes(1);

// Anything that follows the log.
struct Mover {
  std::string kind;
  std::string name;
  std::string state;
  std::string because;
  std::uint64_t lag = 0;
  absl::Time last_progress = absl::InfinitePast();
  absl::Time oldest_unacked = absl::InfiniteFuture();
  std::uint64_t parked = 0;
  std::uint64_t delivered = 0;
  std::uint64_t failures = 0;
  std::uint64_t passed_over = 0;
  bool needs_a_look = false;
};

std::uint64_t LagOf(Position head, Position position) {
  return head.value - std::min(head.value, position.value);
}

Mover OfPath(const sharing::PathStatus& path, Position head, absl::Time now) {
  Mover mover{path.path, path.subscriber_id, std::string(PathStateWord(path.state)), path.because};
  mover.lag = LagOf(head, path.position);
  mover.last_progress = path.last_progress;
  mover.oldest_unacked = path.oldest_unacked;
  mover.parked = path.dead_letters;
  mover.delivered = path.delivered;
  mover.failures = path.failures;
  const bool quiet = mover.lag > 0 && now - path.last_progress > kQuietMax;
  mover.needs_a_look = quiet || path.dead_letters > 0 ||
                       path.state == sharing::PathState::kStopped ||
                       path.state == sharing::PathState::kRetrying;
  return mover;
}

Mover OfGroup(const log::GroupStatus& group) {
  Mover mover{"group", group.definition.name, std::string(GroupConditionWord(group.condition)),
              group.reason};
  mover.lag = group.lag;
  mover.last_progress = group.last_progress;
  mover.oldest_unacked = group.oldest_unacked_since;
  mover.parked = group.parked;
  mover.delivered = group.delivered;
  mover.needs_a_look = group.condition == log::GroupCondition::kStalled || group.parked > 0;
  return mover;
}

Mover OfWorker(const projections::Following& worker) {
  const projections::Following::State state = worker.state();
  const bool stopped = !state.stopped_because.empty();
  Mover mover{"projection", std::string(worker.name()), stopped ? "stopped" : "live",
              state.stopped_because};
  mover.lag = LagOf(state.head, state.position);
  mover.passed_over = state.passed_over;
  mover.needs_a_look = stopped;
  return mover;
}

struct View {
  Position head;
  std::vector<Mover> movers;
};

absl::StatusOr<View> Look(const Health::Parts& parts) {
  View view;
  ASSIGN_OR_RETURN(view.head, parts.log.Head());
  const absl::Time now = parts.clock.Now();
  for (const sharing::PathStatus& path : parts.sharing.board().All()) {
    view.movers.push_back(OfPath(path, view.head, now));
  }
  for (const sharing::v1::Subscriber& subscriber : parts.sharing.subscribers().all()) {
    if (!sharing::IsExpired(subscriber.agreement(), DayOf(now))) continue;
    Mover expired{"agreement", subscriber.subscriber_id(), "stopped",
                  "ended on " + subscriber.agreement().expires_on()};
    expired.needs_a_look = true;
    view.movers.push_back(std::move(expired));
  }
  if (parts.groups != nullptr) {
    for (const log::GroupStatus& group : parts.groups->List()) {
      view.movers.push_back(OfGroup(group));
    }
  }
  view.movers.push_back(OfWorker(parts.sharing.consent_worker()));
  for (const projections::Following* worker : parts.workers)
    view.movers.push_back(OfWorker(*worker));
  return view;
}

// Empty for a time that is not known.
std::string TimeText(absl::Time time) {
  if (time == absl::InfinitePast() || time == absl::InfiniteFuture()) return "";
  return absl::FormatTime(absl::RFC3339_sec, time, PhnomPenh());
}

std::string Label(std::string_view text) {
  return absl::StrReplaceAll(ToAbsl(text), {{"\\", "\\\\"}, {"\"", "\\\""}, {"\n", "\\n"}});
}

void PrintAbout(std::string& text, std::string_view name, std::string_view help) {
  absl::StrAppend(&text, "# HELP mlup_", ToAbsl(name), " ", ToAbsl(help), "\n# TYPE mlup_",
                  ToAbsl(name), name.ends_with("_total") ? " counter\n" : " gauge\n");
}

void PrintOne(std::string& text, std::string_view name, std::string_view help,
              std::uint64_t value) {
  PrintAbout(text, name, help);
  absl::StrAppend(&text, "mlup_", ToAbsl(name), " ", value, "\n");
}

// One metric with a line for each mover that has a value.
template <typename Value>
void Print(std::string& text, std::string_view name, std::string_view help,
           const std::vector<Mover>& movers, Value value) {
  PrintAbout(text, name, help);
  for (const Mover& mover : movers) {
    const std::optional<std::int64_t> number = value(mover);
    if (!number.has_value()) continue;
    absl::StrAppend(&text, "mlup_", ToAbsl(name), "{kind=\"", Label(mover.kind), "\",name=\"",
                    Label(mover.name), "\"} ", *number, "\n");
  }
}

void PrintWithheld(std::string& text, const sharing::Sharing& sharing) {
  absl::StrAppend(&text,
                  "# HELP mlup_withheld_events Events by the latest decision not to deliver them\n"
                  "# TYPE mlup_withheld_events gauge\n");
  for (const sharing::v1::Subscriber& subscriber : sharing.subscribers().all()) {
    const auto totals = sharing.ledger().totals(subscriber.subscriber_id());
    for (std::size_t i = 1; i < sharing::kOutcomes; ++i) {
      const auto outcome = static_cast<sharing::Outcome>(i);
      if (totals.latest[i] == 0 || sharing::IsDelivered(outcome)) continue;
      absl::StrAppend(&text, "mlup_withheld_events{subscriber=\"",
                      Label(subscriber.subscriber_id()), "\",reason=\"",
                      ToAbsl(sharing::OutcomeWord(outcome)), "\"} ", totals.latest[i], "\n");
    }
  }
}

void PrintAlarms(std::string& text, const std::map<std::string, std::uint64_t>& alarms) {
  absl::StrAppend(&text,
                  "# HELP mlup_reading_alarms_total Alarms about readings since the start\n"
                  "# TYPE mlup_reading_alarms_total counter\n");
  for (const auto& [kind, count] : alarms) {
    absl::StrAppend(&text, "mlup_reading_alarms_total{kind=\"", kind, "\"} ", count, "\n");
  }
}

std::optional<std::int64_t> Seconds(absl::Time time) {
  if (time == absl::InfinitePast() || time == absl::InfiniteFuture()) return std::nullopt;
  return absl::ToUnixSeconds(time);
}

}  // namespace

absl::StatusOr<std::string> Health::StatusJson() const {
  ASSIGN_OR_RETURN(const View view, Look(parts_));
  const bool attention = std::any_of(view.movers.begin(), view.movers.end(),
                                     [](const Mover& mover) { return mover.needs_a_look; });
  return absl::StrCat(R"({"status":")", attention ? "attention" : "ok", "\"}\n");
}

absl::StatusOr<std::string> Health::Json() const {
  ASSIGN_OR_RETURN(const View view, Look(parts_));
  nlohmann::ordered_json not_moving = nlohmann::ordered_json::array();
  for (const Mover& mover : view.movers) {
    if (!mover.needs_a_look) continue;
    not_moving.push_back({{"kind", mover.kind},
                          {"name", mover.name},
                          {"state", mover.state},
                          {"because", mover.because},
                          {"lag", mover.lag},
                          {"parked", mover.parked},
                          {"last_progress", TimeText(mover.last_progress)},
                          {"oldest_unacked", TimeText(mover.oldest_unacked)}});
  }
  const nlohmann::ordered_json health = {{"status", not_moving.empty() ? "ok" : "attention"},
                                         {"head", view.head.value},
                                         {"watched", view.movers.size()},
                                         {"not_moving", std::move(not_moving)}};
  return health.dump() + "\n";
}

absl::StatusOr<std::string> Health::Metrics(const HttpCounts& http) const {
  ASSIGN_OR_RETURN(const View view, Look(parts_));
  std::string text;
  PrintOne(text, "log_head", "Last position of the log", view.head.value);
  PrintOne(text, "http_connections", "Open HTTP connections", http.open);
  PrintOne(text, "http_evicted_connections_total",
           "HTTP connections without a token that were closed to make room", http.evicted);
  PrintOne(text, "http_refused_connections_total",
           "HTTP connections that were refused as there was no room", http.refused);
  PrintOne(text, "http_overdue_connections_total",
           "HTTP connections that were closed as the other side took too long", http.overdue);
  using Number = std::optional<std::int64_t>;
  const auto whole = [](std::uint64_t number) { return Number(static_cast<std::int64_t>(number)); };
  Print(text, "lag_events", "Events that are not done yet", view.movers,
        [&](const Mover& m) { return whole(m.lag); });
  Print(text, "needs_a_look", "1 where a person should look", view.movers,
        [](const Mover& m) { return Number(m.needs_a_look ? 1 : 0); });
  Print(text, "last_progress_timestamp_seconds", "When it last moved", view.movers,
        [](const Mover& m) { return Seconds(m.last_progress); });
  Print(text, "oldest_unacked_timestamp_seconds", "Since when an event waits for its answer",
        view.movers, [](const Mover& m) { return Seconds(m.oldest_unacked); });
  Print(text, "parked_events", "Events put aside until a person decides", view.movers,
        [&](const Mover& m) { return whole(m.parked); });
  Print(text, "delivered_events_total", "Events delivered since the start", view.movers,
        [&](const Mover& m) { return whole(m.delivered); });
  Print(text, "failures_total", "Failed attempts since the start", view.movers,
        [&](const Mover& m) { return whole(m.failures); });
  Print(text, "passed_over_events_total", "Events that could not be read since the start",
        view.movers, [&](const Mover& m) { return whole(m.passed_over); });
  PrintWithheld(text, parts_.sharing);
  if (parts_.reading_alarms) PrintAlarms(text, parts_.reading_alarms());
  return text;
}

}  // namespace mlup::gateway
