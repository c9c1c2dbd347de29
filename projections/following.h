// What is kept up with the log, for whoever tells how far it is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "eventstore/base/types.h"

namespace mlup::projections {

// A worker of a read model, or the proofs. Any thread.
class Following {
 public:
  struct State {
    // Last position applied.
    Position position;
    // Last position of the log, as far as is known.
    Position head;
    // Why it stopped; empty while it runs.
    std::string stopped_because;
    // Records that it could not read and did without, since the start of this process.
    std::uint64_t passed_over = 0;
  };

  Following() = default;
  virtual ~Following() = default;
  Following(const Following&) = delete;
  Following& operator=(const Following&) = delete;

  virtual State state() const = 0;
  virtual std::string_view name() const = 0;
};

}  // namespace mlup::projections
