// The key that signs for the log, in a file outside the data folder.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "eventstore/base/files.h"
#include "eventstore/base/random.h"
#include "eventstore/base/status.h"
#include "eventstore/proof/note.h"

namespace mlup::proofs {

// The log's present key and those it had before. File: services/proofs/README.md.
//
// Any thread may call const methods. Owns its keys; the secret is wiped when it goes. At most
// kSigningKeysMax keys.
class Signer {
 public:
  // Reads the file. NOT_FOUND FILE_MISSING; FAILED_PRECONDITION SIGNING_KEY_DAMAGED,
  // SIGNING_KEY_MODE when others than its owner may read it.
  static absl::StatusOr<Signer> Load(Files& files, const std::string& path);

  // Writes a file with a first key. The key's name, which is the log's origin, is `mlup.` and 8
  // random hexadecimal digits where `name` is empty. FAILED_PRECONDITION SIGNING_KEY_EXISTS;
  // INVALID_ARGUMENT LOG_NAME_INVALID.
  static absl::Status Create(Files& files, const std::string& path, Random& random,
                             std::string_view name = "");

  // Puts a new key in the place of the present one, which signs the handover and is forgotten.
  // RESOURCE_EXHAUSTED SIGNING_KEYS_FULL.
  static absl::Status Rotate(Files& files, const std::string& path, Random& random);

  const std::string& origin() const { return key_.verifier().name; }
  const proof::VerifierKey& key() const { return key_.verifier(); }

  // All keys the log has had, the present one last.
  const std::vector<proof::VerifierKey>& keys() const { return keys_; }

  // By which earlier keys handed over to later ones, oldest first.
  const std::vector<std::string>& handovers() const { return handovers_; }

  // Adds the present key's signature to a note.
  std::string Sign(std::string_view note) const { return key_.Sign(note); }

 private:
  explicit Signer(proof::SigningKey key) : key_(std::move(key)) {}

  static absl::StatusOr<Signer> Parse(std::string_view text);

  proof::SigningKey key_;
  std::vector<proof::VerifierKey> keys_;
  std::vector<std::string> handovers_;
};

}  // namespace mlup::proofs
