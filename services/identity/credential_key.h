// The key of what proves identity, which follows from the keyring: without it the file of
// credentials opens nothing, and beside another one it is told from its own.
#pragma once

#include <string>
#include <string_view>

#include "eventstore/base/status.h"
#include "services/privacy/keyring.h"
#include "services/privacy/secret_key.h"

namespace mlup::identity {

// Any thread. Owns the key, kept out of swap and wiped when let go.
class CredentialKey {
 public:
  explicit CredentialKey(const privacy::Keyring& keyring);
  // From its 32 bytes, which are wiped, and the id of the keyring in hexadecimal.
  CredentialKey(std::string key, std::string keyring_id);

  // XChaCha20-Poly1305 with a random nonce, which stands first. `about` is not stored, and must be
  // the same to open it.
  std::string Seal(std::string_view text, std::string_view about) const;
  // DATA_LOSS SEAL_BROKEN.
  absl::StatusOr<std::string> Open(std::string_view sealed, std::string_view about) const;

  // BLAKE2b-256 of a secret for a purpose.
  std::string Digest(std::string_view purpose, std::string_view secret) const;

  // Of the keyring that it follows from, in hexadecimal.
  const std::string& keyring_id() const { return keyring_id_; }

 private:
  privacy::SecretKey key_;
  const std::string keyring_id_;
};

// Whether two digests are the same; takes as long either way.
bool IsSame(std::string_view a, std::string_view b);

}  // namespace mlup::identity
