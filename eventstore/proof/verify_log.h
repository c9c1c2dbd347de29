// Verifies a whole log against the checkpoints that vouch for it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "eventstore/base/status.h"
#include "eventstore/proof/log_fold.h"
#include "eventstore/proof/note.h"

namespace mlup::proof {

// Folds every record again: positions and revisions without a gap, `recorded_at` never decreasing,
// recorded map roots as derived here, and the tree's root at the size of each checkpoint.
//
// One thread; borrows nothing. Feed all records in order, then Finish().
class LogVerifier {
 public:
  // `checkpoints` were opened with keys that are trusted.
  explicit LogVerifier(std::vector<Checkpoint> checkpoints);

  // DATA_LOSS POSITION_GAP, REVISION_GAP, TIME_BACKWARDS, MAP_ROOT_WRONG, CHECKPOINT_CONTRADICTED.
  absl::Status Take(const log::v1::Record& record);

  // DATA_LOSS LOG_TOO_SHORT when a checkpoint vouches for more events than there are.
  absl::Status Finish() const;

  const LogFold& fold() const { return fold_; }
  // Checkpoints that agreed so far.
  std::size_t agreed() const { return agreed_; }

 private:
  LogFold fold_;
  // In order of size; those before next_ have been looked at.
  std::vector<Checkpoint> checkpoints_;
  std::size_t agreed_ = 0;
  absl::Time recorded_at_ = absl::InfinitePast();
};

}  // namespace mlup::proof
