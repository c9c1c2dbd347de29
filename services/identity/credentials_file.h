// The bytes of DATA.credentials.
//
//   `MLUPCRD1` 8 | id of the keyring 16 | generation 8, big-endian | nonce 24 | ciphertext
//
// Inside: mlup.identity.v1.Credentials, sealed with a key that follows from the keyring; what
// stands before the nonce is sealed with it. A file that was changed, cut or put together from
// others is told from a whole one, and so is the file of another installation.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "eventstore/base/status.h"
#include "mlup/identity/v1/credentials.pb.h"
#include "services/identity/credential_key.h"

namespace mlup::identity {

// How many bytes FileGeneration() wants.
inline constexpr std::size_t kCredentialsHeadBytes = 32;

// Where it stands beside a keyring: processes with one keyring have one.
std::string CredentialsPath(const std::string& keyring);

// Pure but for the nonce.
std::string FormatCredentials(const v1::Credentials& credentials, const CredentialKey& key);

// DATA_LOSS CREDENTIALS_DAMAGED; FAILED_PRECONDITION CREDENTIALS_OTHER where it belongs to another
// keyring. An empty file is damaged: what never was is absent. Pure.
absl::StatusOr<v1::Credentials> ParseCredentials(std::string_view bytes, const CredentialKey& key);

// What the beginning of such a file says of its generation, not yet proved; 0 for other bytes.
std::uint64_t FileGeneration(std::string_view head);

}  // namespace mlup::identity
