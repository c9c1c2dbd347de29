// A line on a terminal that says how far a long task is.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <utility>

#include "absl/time/time.h"

#include "eventstore/base/clock.h"

namespace mlup::cli {

// Draws at most ten times a second. Silent when `shown` is false. One thread; borrows its
// arguments.
class Progress {
 public:
  // `total` 0: not known. `unit`: what is counted.
  Progress(std::ostream& out, const Clock& clock, std::uint64_t total, bool shown,
           std::string unit = "lines")
      : out_(out),
        clock_(clock),
        total_(total),
        shown_(shown),
        unit_(std::move(unit)),
        begun_(clock.Now()),
        drawn_(absl::InfinitePast()) {}
  ~Progress() { Clear(); }

  // `done` of the total are done.
  void Show(std::uint64_t done);

  // Removes the line, so that other text can be printed.
  void Clear();

 private:
  std::ostream& out_;
  const Clock& clock_;
  const std::uint64_t total_;
  const bool shown_;
  const std::string unit_;
  const absl::Time begun_;
  absl::Time drawn_;
};

}  // namespace mlup::cli
