// Whether the log is still the one that was vouched for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
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

// Catches the index up to the largest note and checks that the log begins with what each vouches
// for. With `accept_loss_after`, kept notes past that position that do not fit are set aside; those
// of witnesses never are. FAILED_PRECONDITION LOG_ROLLED_BACK where the log has fewer events,
// LOG_FORKED where it is another one; both say what to do.
absl::Status CheckHistory(projections::ProofIndex& index, Checkpoints& notes,
                          const std::vector<Checkpoints::Kept>& witnesses,
                          std::optional<Position> accept_loss_after);

}  // namespace mlup::proofs
