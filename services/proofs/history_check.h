// Whether the log is still the one that was vouched for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "eventstore/base/files.h"
#include "eventstore/base/status.h"
#include "projections/proofs/proof_index.h"
#include "services/proofs/checkpoints.h"
#include "services/proofs/signer.h"

namespace mlup::proofs {

// The notes of the witnesses' folders: `<folder>/checkpoint`, as `mlup witness cosign` leaves it. A
// folder where no note was left yet gives none. FAILED_PRECONDITION WITNESS_MISSING where a folder
// is not there; errors of OpenNote().
absl::StatusOr<std::vector<Checkpoints::Kept>> ReadWitnesses(
    Files& files, const Signer& signer, const std::vector<std::string>& folders);

// Whether the log begins with what each note vouches for. With `accept_loss_after`, kept notes past
// that position that do not fit are set aside; those of witnesses never are. FAILED_PRECONDITION
// LOG_ROLLED_BACK where the log has fewer events, LOG_FORKED where it is another one; both say what
// to do.
//
// One thread at a time.
class HistoryCheck {
 public:
  HistoryCheck(std::vector<Checkpoints::Kept> witnesses, std::optional<Position> accept_loss_after)
      : witnesses_(std::move(witnesses)), accept_loss_after_(accept_loss_after) {}

  // The size of the largest note: how far the index must be for CheckRoots().
  std::uint64_t Largest(const Checkpoints& notes) const;

  // Needs no index: whether the log, which ends at `head`, is long enough.
  absl::Status CheckSizes(Position head, Checkpoints& notes) const;

  // CHECKs that the index reaches Largest().
  absl::Status CheckRoots(const projections::ProofIndex& index, Checkpoints& notes) const;

 private:
  // Calls `check` for each note and sets aside what may be.
  template <typename Check>
  absl::Status ForEach(Checkpoints& notes, Check check) const;

  std::vector<Checkpoints::Kept> witnesses_;
  std::optional<Position> accept_loss_after_;
};

}  // namespace mlup::proofs
