// Signed notes and tree checkpoints in the C2SP formats signed-note, tlog-checkpoint and
// tlog-cosignature.
//
// A note is text that ends in a newline, an empty line, and signature lines "— <name> <base64>". A
// checkpoint is a note whose text is origin, size and root. A signer is known by name and key; its
// 4-byte key id is the beginning of SHA-256(name ‖ 0x0A ‖ algorithm ‖ public key).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/base/status.h"
#include "eventstore/proof/merkle.h"

namespace mlup::proof {

// What a signature means.
enum class SignatureKind : std::uint8_t {
  // Ed25519 over the text of the note.
  kLog = 0x01,
  // Ed25519 over "cosignature/v1", the time and the text: a witness saw this checkpoint at that
  // time.
  kWitness = 0x04,
};

// A signer that anybody can check.
struct VerifierKey {
  std::string name;
  SignatureKind kind = SignatureKind::kLog;
  std::array<std::uint8_t, 32> public_key{};

  std::uint32_t Id() const;

  // "<name>+<key id in hex>+<base64 of algorithm and key>", as `note` tools print it.
  std::string ToText() const;

  // INVALID_ARGUMENT KEY_MALFORMED.
  static absl::StatusOr<VerifierKey> Parse(std::string_view text);
};

// A signer with its secret. The secret is wiped when it goes.
class SigningKey {
 public:
  // `seed` is 32 secret random bytes.
  SigningKey(std::string name, SignatureKind kind, const std::array<std::uint8_t, 32>& seed);
  SigningKey(SigningKey&&) = default;
  SigningKey(const SigningKey&) = delete;
  SigningKey& operator=(const SigningKey&) = delete;
  ~SigningKey();

  const VerifierKey& verifier() const { return verifier_; }

  // Adds a signature line to a note (text, empty line, perhaps other signatures). A witness states
  // `unix_seconds`; a log's signature has no time.
  std::string Sign(std::string_view note, std::uint64_t unix_seconds = 0) const;

 private:
  VerifierKey verifier_;
  std::array<std::uint8_t, 64> secret_{};
};

// A size and root that a log vouches for.
struct Checkpoint {
  std::string origin;
  std::uint64_t size = 0;
  Hash root{};

  // The text of the note, without the empty line and the signatures.
  std::string ToText() const;
};

// One signature line that verified.
struct VerifiedSignature {
  VerifierKey key;
  // When a witness signed; 0 for a log's signature.
  std::uint64_t unix_seconds = 0;
};

// A note whose form is right: its checkpoint and the signatures by known keys. Lines by unknown
// keys are passed over, as the format says; a line by a known key that does not verify is an error.
struct OpenedCheckpoint {
  Checkpoint checkpoint;
  std::vector<VerifiedSignature> signatures;
};

// INVALID_ARGUMENT CHECKPOINT_MALFORMED; FAILED_PRECONDITION SIGNATURE_WRONG.
absl::StatusOr<OpenedCheckpoint> OpenCheckpoint(std::string_view note,
                                                const std::vector<VerifierKey>& known);

// The note by which `old_key` hands over to `next`. CHECKs that both are log keys of one name.
std::string MakeHandover(const SigningKey& old_key, const VerifierKey& next);

// The key that a handover of this origin makes known, or nothing where none of the `known` keys
// signed it. FAILED_PRECONDITION HANDOVER_WRONG where it is not well formed, of another origin, or
// a line by a known key does not verify.
absl::StatusOr<std::optional<VerifierKey>> OpenHandover(std::string_view note,
                                                        std::string_view origin,
                                                        const std::vector<VerifierKey>& known);

}  // namespace mlup::proof
