// Passwords, authenticators, recovery codes and tokens: how they are made and checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

#include "eventstore/base/status.h"
#include "services/identity/credential_key.h"

namespace mlup::identity {

// All functions may be called from any thread. Random numbers come from libsodium.

// INVALID_ARGUMENT PASSWORD_UNFIT (field `password`): 12 to 128 characters, not the actor id, and
// not one character again and again.
absl::Status CheckPassword(std::string_view password, std::string_view actor_id);

// Argon2id with 64 MiB, as libsodium writes it. RESOURCE_EXHAUSTED MEMORY_SHORT.
absl::StatusOr<std::string> HashPassword(std::string_view password);
// Takes as long for an empty hash, which no password fits.
bool FitsPassword(const std::string& hash, std::string_view password);

// Five groups of four letters and digits that are not taken for one another: 95 bits, for a person
// to read out once.
std::string NewInitialPassword();

std::string NewRandomBytes(std::size_t count);

// SHA-256, for what others made and check.
std::string Sha256(std::string_view text);

// 256 bits in base64 of URLs.
std::string NewToken();
// What is kept of a token.
std::string TokenDigest(const CredentialKey& key, std::string_view token);

// A secret of an authenticator, sealed for an account.
std::string NewAuthenticator(const CredentialKey& key, std::string_view actor_id);
// What an authenticator application is given: an otpauth: address. DATA_LOSS SEAL_BROKEN.
absl::StatusOr<std::string> AuthenticatorAddress(const CredentialKey& key, std::string_view sealed,
                                                 std::string_view actor_id);
// What somebody typed, and when.
struct TypedCode {
  std::string_view code;
  absl::Time at;
  // The last 30 seconds whose code was good for something; 0 for none.
  std::uint64_t used = 0;
};
// The 30 seconds whose code it is, counted from 1970: now's, or those before or after, where they
// come after `used`. Nothing for another code. DATA_LOSS SEAL_BROKEN.
absl::StatusOr<std::optional<std::uint64_t>> FindStep(const CredentialKey& key,
                                                      std::string_view sealed,
                                                      std::string_view actor_id,
                                                      const TypedCode& typed);
// The code of these 30 seconds, as the application shows it; for tests and the command line.
std::string CodeOf(std::string_view secret, std::uint64_t step);

// Ten codes of 50 bits.
std::vector<std::string> NewRecoveryCodes();
// What is kept of one; as it was written, whatever the case.
std::string RecoveryDigest(const CredentialKey& key, std::string_view actor_id,
                           std::string_view code);

// Overwrites the text.
void Wipe(std::string& secret);

}  // namespace mlup::identity
