// Arithmetic on durations.
#include "services/relay/pacing.h"

#include <algorithm>

#include "absl/strings/numbers.h"

#include "eventstore/base/status.h"

namespace mlup::relay {
namespace {

// `first` doubled `times` times, at most `most`.
absl::Duration Doubled(absl::Duration first, int times, absl::Duration most) {
  while (times-- > 0 && first < most) first *= 2;
  return std::min(first, most);
}

}  // namespace

absl::Duration RetryDelay(std::uint32_t tries, Random& random) {
  const int doublings = static_cast<int>(std::clamp<std::uint32_t>(tries, 1, 64)) - 1;
  const absl::Duration bound = Doubled(kRetryDelayMin, doublings, kRetryDelayMax);
  const auto range = static_cast<std::uint64_t>(absl::ToInt64Milliseconds(bound)) + 1;
  return absl::Milliseconds(static_cast<std::int64_t>(random.Next() % range));
}

std::optional<absl::Duration> ParseRetryAfter(std::string_view value, absl::Time now) {
  std::int64_t seconds = 0;
  absl::Time date;
  absl::Duration wait;
  if (absl::SimpleAtoi(ToAbsl(value), &seconds)) {
    wait = absl::Seconds(seconds);
  } else if (absl::ParseTime("%a, %d %b %Y %H:%M:%S GMT", ToAbsl(value), &date, nullptr)) {
    wait = date - now;
  } else {
    return std::nullopt;
  }
  return std::clamp(wait, absl::ZeroDuration(), kRetryAfterMax);
}

std::size_t CircuitBreaker::Room(absl::Time now, std::size_t in_flight,
                                 std::size_t capacity) const {
  if (now < silent_until_) return 0;
  const std::size_t most = is_open() ? 1 : capacity;
  return most - std::min(in_flight, most);
}

void CircuitBreaker::Worked() {
  // A pause that was asked for stands.
  if (is_open()) silent_until_ = absl::InfinitePast();
  failures_ = 0;
}

void CircuitBreaker::Failed(absl::Time now) {
  // What was in flight when it opened says nothing new.
  if (is_open() && now < silent_until_) return;
  failures_ = std::min(failures_ + 1, 1000);
  if (!is_open()) return;
  PauseUntil(now + Doubled(absl::Seconds(1), failures_ - kBreakerFailures, kBreakerDelayMax));
}

void CircuitBreaker::PauseUntil(absl::Time until) {
  silent_until_ = std::max(silent_until_, until);
}

}  // namespace mlup::relay
