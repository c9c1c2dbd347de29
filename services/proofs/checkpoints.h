// The notes that vouch for the log: the last one signed, and what witnesses cosigned.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/base/files.h"
#include "eventstore/base/status.h"
#include "eventstore/proof/note.h"
#include "projections/proofs/proof_index.h"
#include "services/proofs/signer.h"

namespace mlup::proofs {

// A checkpoint signed by a key of the log, and the note it came in.
struct SignedNote {
  proof::Checkpoint checkpoint;
  std::string note;
  // Whether the log's present key signed it.
  bool by_present_key = false;
};

// Reads a note: of this origin, signed by one of the log's keys, nothing between root and empty
// line. INVALID_ARGUMENT CHECKPOINT_MALFORMED; FAILED_PRECONDITION SIGNATURE_WRONG, ORIGIN_WRONG,
// LOG_KEY_UNKNOWN.
absl::StatusOr<SignedNote> OpenNote(const Signer& signer, std::string_view note);

// Whether a file of the folder `cosignatures` is called as a cosigned note is; else whether it is
// one that was set aside, or half written.
bool IsCosignatureName(std::string_view name);
bool IsSetAside(std::string_view name);

// The notes in two places of a folder: the file `checkpoint` holds the last one signed; the folder
// `cosignatures` holds a file for each size that witnesses cosigned, the newest kCosignaturesMax.
// No two notes with different roots are ever signed for one size.
//
// One thread at a time. Borrows what it is built from.
class Checkpoints {
 public:
  // A kept note and its file.
  struct Kept {
    std::string path;
    SignedNote note;
  };

  // Reads what is there. Errors of OpenNote() name the file. A cosigned note that cannot be read is
  // not kept: each vouches by itself, and installation::Inspect() tells of it.
  static absl::StatusOr<Checkpoints> Open(Files& files, std::string folder, const Signer& signer);

  // All notes that are kept.
  std::vector<Kept> kept() const;

  // Renames a kept note's file to `<path>.before-loss-<after>` and forgets it.
  absl::Status SetAside(const Kept& kept, std::uint64_t after);

  // The last note, if there is one.
  const std::optional<SignedNote>& last() const { return last_; }

  // Signs the index's tree, and returns when that is durable. The last note again where the tree
  // has not grown and the key is the same. FAILED_PRECONDITION CHECKPOINT_CONFLICT where the last
  // note is not the beginning of the tree.
  absl::StatusOr<SignedNote> Sign(const projections::ProofIndex& index);

  // Keeps a note that a witness cosigned. Errors of OpenNote(); INVALID_ARGUMENT
  // COSIGNATURE_MISSING; FAILED_PRECONDITION CHECKPOINT_UNKNOWN where it is not of this tree.
  absl::Status AddCosignature(const projections::ProofIndex& index, std::string_view note);

  // The note with the cosignatures known for its size.
  std::string WithCosignatures(const SignedNote& note) const;

  // The newest cosigned note of at most this size.
  std::optional<std::string> Witnessed(std::uint64_t size) const;

 private:
  Checkpoints(Files& files, std::string folder, const Signer& signer)
      : files_(&files), folder_(std::move(folder)), signer_(&signer) {}

  std::string CheckpointPath() const;
  std::string CosignedPath(std::uint64_t size) const;
  absl::StatusOr<SignedNote> Read(const std::string& path) const;

  Files* files_;
  std::string folder_;
  const Signer* signer_;
  std::optional<SignedNote> last_;
  std::map<std::uint64_t, SignedNote> cosigned_;
};

}  // namespace mlup::proofs
