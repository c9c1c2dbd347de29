// Folding the events of a log into rows, some at a time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "projections/projection.h"
#include "projections/shared_reader.h"
#include "projections/store/read_model_store.h"

namespace mlup::projections {

// Whoever keeps rows up or makes them anew folds by it, so that both give the same rows. Holds
// nothing but its place with the reader. One thread. Borrows both.
class Fold {
 public:
  // An event that the program cannot read.
  struct PassedOver {
    Position position;
    std::string type;
  };

  // The rows of some events, before they are committed.
  struct Batch {
    Rows rows;
    // Of the last of them.
    Checkpoint at;
    // Where the log ended then.
    Position head;
    std::uint64_t events = 0;
    std::vector<PassedOver> passed_over;
    // Why the event after these cannot be folded: DATA_LOSS EVENT_NOT_APPLIED, naming it.
    absl::Status poison;
  };

  Fold(SharedReader& reader, const Projection& projection)
      : projection_(projection), reader_(reader) {}

  // The events after `from`, up to a position: at most 4096 of them, or about 2 MiB of rows; none
  // at the log's end. Where more than 65,536 are missing, at most as many, or about 8 MiB. What the
  // log says when it cannot be read.
  absl::StatusOr<Batch> Take(const Checkpoint& from, Position up_to);

 private:
  void Take(const Reading& reading, std::uint64_t at_most, Batch& batch);
  absl::Status Apply(const SharedEvent& event, Batch& batch);

  const Projection& projection_;
  SharedReader::Reader reader_;
};

}  // namespace mlup::projections
