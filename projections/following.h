// What is kept up with the log, for whoever tells how far it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "eventstore/base/types.h"
#include "mlup/reports/v1/projection_service.pb.h"

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
  // Of the projection; 0 for what is not made anew at a command.
  virtual std::uint32_t version() const { return 0; }
  // The rebuild that runs, or the last one of this process.
  virtual std::optional<reports::v1::RebuildStatus> rebuilding() const { return std::nullopt; }
};

}  // namespace mlup::projections
