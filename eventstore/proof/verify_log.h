// Verifies a whole log against the checkpoints that vouch for it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "eventstore/base/status.h"
#include "eventstore/proof/log_fold.h"
#include "eventstore/proof/map_record.h"
#include "eventstore/proof/note.h"

namespace mlup::proof {

// Folds every record again: positions and revisions without a gap, `recorded_at` never decreasing,
// recorded map roots as derived here, and the tree's root at the size of each checkpoint.
//
// A map record stands after the size it speaks of, perhaps far after, and the map of a size is gone
// one event later. So the map records of the log are announced first: a read of the one stream
// `system/map` finds them. One that was not announced is an error when it comes.
//
// One thread; borrows nothing. Feed all records in order, then Finish().
class LogVerifier {
 public:
  // `checkpoints` were opened with keys that are trusted. `map_records` are those of `system/map`.
  LogVerifier(std::vector<Checkpoint> checkpoints, std::vector<MapRecord> map_records);

  // DATA_LOSS POSITION_GAP, REVISION_GAP, HEADER_UNFIT, TIME_BACKWARDS, MAP_ROOT_WRONG,
  // CHECKPOINT_CONTRADICTED.
  absl::Status Take(const log::v1::Record& record);

  // DATA_LOSS LOG_TOO_SHORT when a checkpoint vouches for more events than there are.
  absl::Status Finish() const;

  const LogFold& fold() const { return fold_; }
  // Checkpoints and recorded map roots that agreed so far.
  std::size_t agreed_checkpoints() const { return agreed_checkpoints_; }
  std::size_t agreed_map_roots() const { return agreed_map_roots_; }

 private:
  // Compares what is known of the present size.
  absl::Status CompareHere();
  absl::Status CheckMapRecord(const log::v1::Record& record) const;

  LogFold fold_;
  // Both in order of size; those before the number that agreed have been looked at.
  std::vector<Checkpoint> checkpoints_;
  std::vector<MapRecord> map_records_;
  std::size_t agreed_checkpoints_ = 0;
  std::size_t agreed_map_roots_ = 0;
  absl::Time recorded_at_ = absl::InfinitePast();
};

}  // namespace mlup::proof
