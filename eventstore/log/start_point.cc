#include "eventstore/log/start_point.h"

#include <optional>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"

#include "eventstore/base/days.h"
#include "eventstore/base/status.h"
#include "eventstore/log/timestamp.h"

namespace mlup::log {
namespace {

constexpr std::size_t kHistoryDigits = 16;

bool SetToken(absl::string_view from, v1::SubscribeRequest& request) {
  const std::vector<absl::string_view> halves = absl::StrSplit(from, '-');
  std::uint64_t position = 0;
  std::uint64_t history = 0;
  if (halves.size() != 2 || halves[1].size() != kHistoryDigits ||
      !absl::SimpleAtoi(halves[0], &position) || !absl::SimpleHexAtoi(halves[1], &history)) {
    return false;
  }
  request.set_after_position(position);
  if (position > 0) request.set_history(history);
  return true;
}

}  // namespace

absl::Status SetStart(std::string_view from, std::string_view field,
                      v1::SubscribeRequest& request) {
  std::uint64_t position = 0;
  absl::Time time;
  if (from.empty() || from == "start") return absl::OkStatus();
  if (from == "end") {
    request.set_from_end(true);
  } else if (absl::SimpleAtoi(ToAbsl(from), &position)) {
    request.set_after_position(position == 0 ? 0 : position - 1);
  } else if (const std::optional<Day> day = ParseDay(from); day.has_value()) {
    *request.mutable_from_time() = ToTimestamp(StartOf(*day));
  } else if (absl::ParseTime(absl::RFC3339_full, ToAbsl(from), &time, nullptr)) {
    *request.mutable_from_time() = ToTimestamp(time);
  } else if (!SetToken(ToAbsl(from), request)) {
    return FieldError(absl::StatusCode::kInvalidArgument, "FROM_INVALID", field,
                      "must be start, end, a position, a day such as 2021-02-17, a time such as "
                      "2021-02-17T09:30:00+07:00, or a resume token");
  }
  return absl::OkStatus();
}

std::string ResumeToken(Position position, std::uint64_t history) {
  return absl::StrFormat("%d-%016x", position.value, history);
}

}  // namespace mlup::log
