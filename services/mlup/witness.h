// A witness: keeps the last checkpoint it saw and cosigns only what that one is the beginning of.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/files.h"
#include "eventstore/base/random.h"
#include "eventstore/proof/merkle.h"
#include "eventstore/proof/note.h"

namespace mlup::cli {

// What a log shows of itself.
struct ShownLog {
  // A signed checkpoint.
  std::string note;
  // The log's key, as verifier text, and how earlier ones handed over, oldest first.
  std::string key;
  std::vector<std::string> handovers;
};

// Asks the log for the proof that its tree of the first size is the beginning of that of the
// second.
using AskConsistency = std::function<absl::StatusOr<std::vector<proof::Hash>>(
    std::uint64_t old_size, std::uint64_t new_size)>;

// Reads the log up to the checkpoint and derives its tree and all recorded maps anew; DATA_LOSS
// where they are others.
using DeriveLog = std::function<absl::Status(const proof::Checkpoint& checkpoint)>;

// A checkpoint with the witness's signature.
struct Cosigned {
  std::string note;
  proof::Checkpoint checkpoint;
  absl::Time at;
};

// A folder, best on something that is carried away:
//   witness.key      the witness's own secret, which nobody else needs
//   witness.pub      its verifier text, for auditors
//   log.keys         the log's key as first seen
//   checkpoint       the last note cosigned
//   history/         every note cosigned, by size
//   evidence/        notes that were refused
//
// One thread, and one process at a time. Borrows `files`.
class Witness {
 public:
  // Errors of Files; DATA_LOSS WITNESS_DAMAGED where the folder does not hold what a witness wrote.
  static absl::StatusOr<Witness> Open(Files& files, const std::string& folder);

  // The same; makes folder and key where there are none. INVALID_ARGUMENT NAME_INVALID.
  static absl::StatusOr<Witness> OpenOrMake(Files& files, const std::string& folder,
                                            const std::string& name, Random& random);

  const proof::VerifierKey& key() const { return key_.verifier(); }
  // The log's key as first seen; none before that.
  const std::vector<proof::VerifierKey>& log_keys() const { return log_keys_; }
  const std::optional<Cosigned>& last() const { return last_; }
  // All that was cosigned, by size.
  absl::StatusOr<std::vector<Cosigned>> History() const;
  // Names of the files with what was refused.
  absl::StatusOr<std::vector<std::string>> Evidence() const;

  // Verifies that the log goes on from what was last seen and holds what its checkpoint says, then
  // cosigns and keeps the checkpoint. The key of the first log ever shown is taken as it is.
  // FAILED_PRECONDITION LOG_ROLLED_BACK, LOG_FORKED or LOG_KEY_UNKNOWN, DATA_LOSS of `derive`,
  // keeping the note as evidence; other errors of OpenSigned() and of `ask`.
  absl::StatusOr<Cosigned> Cosign(const ShownLog& shown, const AskConsistency& ask,
                                  const DeriveLog& derive, const Clock& clock);

 private:
  Witness(Files& files, std::string folder, proof::SigningKey key)
      : files_(files), folder_(std::move(folder)), key_(std::move(key)) {}

  absl::Status Load();
  // What keeps this from being the log that was seen.
  absl::StatusOr<proof::Checkpoint> CheckShown(const ShownLog& shown,
                                               const std::vector<proof::VerifierKey>& keys,
                                               const AskConsistency& ask,
                                               const DeriveLog& derive) const;
  absl::StatusOr<Cosigned> OpenOwn(std::string note) const;
  absl::Status CheckGoesOn(const proof::Checkpoint& checkpoint, const AskConsistency& ask) const;
  absl::Status Keep(const Cosigned& cosigned);
  absl::Status KeepEvidence(std::string_view reason, std::string_view note);

  Files& files_;
  std::string folder_;
  proof::SigningKey key_;
  std::vector<proof::VerifierKey> log_keys_;
  std::optional<Cosigned> last_;
};

}  // namespace mlup::cli
