// When somebody who follows the log goes to work: not at each commit.
#pragma once

#include <algorithm>
#include <cstdint>

#include "absl/time/time.h"

#include "eventstore/base/types.h"

namespace mlup::projections {

// Lets events gather until they are old or many enough to be worth the way, or until somebody waits
// for one. Nothing is due where nothing came.
//
// Pure, with the time as an argument; its owner guards it.
class Gather {
 public:
  struct Bounds {
    // How long an event may lie.
    absl::Duration time = absl::Milliseconds(100);
    // How many may.
    std::uint64_t events = 4096;
  };

  Gather() = default;
  explicit Gather(Bounds bounds) : bounds_(bounds) {}

  // The log was seen to end at `head`.
  void Saw(Position head, absl::Time now) {
    if (head_ <= done_ && done_ < head) first_seen_ = now;
    head_ = std::max(head_, head);
  }

  // Everything up to `position` is worked off; what lies past it lies from `now` on.
  void Worked(Position position, absl::Time now) {
    done_ = position;
    first_seen_ = now;
  }

  // Somebody waits for `position`.
  void Ask(Position position) { asked_ = std::max(asked_, position); }

  bool HasNew() const { return done_ < head_; }
  bool IsAsked() const { return done_ < asked_; }

  // Whoever asks for more than there is waits like everybody.
  bool IsDue(absl::Time now) const {
    return HasNew() && (IsAsked() || Left(now) == absl::ZeroDuration());
  }

  // How long what came may still lie, as far as is known now.
  absl::Duration Left(absl::Time now) const {
    if (head_.value >= done_.value + bounds_.events) return absl::ZeroDuration();
    return std::clamp(first_seen_ + bounds_.time - now, absl::ZeroDuration(), bounds_.time);
  }

 private:
  Bounds bounds_;
  Position done_;
  Position head_;
  Position asked_;
  // The oldest of what is not worked off.
  absl::Time first_seen_;
};

}  // namespace mlup::projections
