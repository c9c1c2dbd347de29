// The appends that arrived together.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "absl/status/statusor.h"

#include "eventstore/log/event_log.h"

namespace mlup::log {

// Gathers appends of many calls and hands them to the log as one, so that they are committed
// together and answered together: where nobody else commits, on the caller's thread.
//
// One thread. Borrows `log`.
class AppendRound {
 public:
  using Results = std::span<absl::StatusOr<pb::AppendResponse>>;

  explicit AppendRound(EventLog& log) : log_(log) {}

  // The requests live until `done` has their results, which it may move from. It is told on
  // whichever thread commits and must not block.
  void Add(std::span<const pb::AppendRequest* const> requests, std::function<void(Results)> done);

  void End();

 private:
  struct Part {
    std::size_t count;
    std::function<void(Results)> done;
  };

  EventLog& log_;
  std::vector<const pb::AppendRequest*> requests_;
  std::vector<Part> parts_;
};

}  // namespace mlup::log
