// How often another system is tried: the wait before a retry, and a breaker for an endpoint that is
// down.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/time/time.h"

#include "eventstore/base/random.h"

namespace mlup::relay {

inline constexpr absl::Duration kRetryDelayMin = absl::Seconds(1);
inline constexpr absl::Duration kRetryDelayMax = absl::Minutes(5);
inline constexpr absl::Duration kRetryAfterMax = absl::Hours(1);
inline constexpr int kBreakerFailures = 5;
inline constexpr absl::Duration kBreakerDelayMax = absl::Minutes(1);

// Full jitter: anything between 0 and the bound, which is 1 s after the first try and doubles with
// each up to 5 minutes. `tries` counts those that failed, from 1.
absl::Duration RetryDelay(std::uint32_t tries, Random& random);

// The header Retry-After, seconds or an HTTP date, as a wait of at most kRetryAfterMax; nothing for
// any other text.
std::optional<absl::Duration> ParseRetryAfter(std::string_view value, absl::Time now);

// Lets nothing through to an endpoint that failed kBreakerFailures times in a row, but for one
// probe after 1 s, 2 s, and so on up to a minute.
//
// Pure. One thread. The caller counts what is in flight.
class CircuitBreaker {
 public:
  // How many more may begin now.
  std::size_t Room(absl::Time now, std::size_t in_flight, std::size_t capacity) const;

  // The endpoint took something, or refused it like one that works.
  void Worked();
  // It could not be reached, or answered that it cannot.
  void Failed(absl::Time now);
  // It asked for silence.
  void PauseUntil(absl::Time until);

  bool is_open() const { return failures_ >= kBreakerFailures; }
  // When something may begin again; in the past when it may now.
  absl::Time next() const { return silent_until_; }

 private:
  int failures_ = 0;
  absl::Time silent_until_ = absl::InfinitePast();
};

}  // namespace mlup::relay
