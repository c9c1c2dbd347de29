#include "services/identity/secrets.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include <oath.h>
#include <sodium.h>

#include "eventstore/base/utf8.h"

namespace mlup::identity {
namespace {

constexpr std::size_t kPasswordMin = 12;
constexpr std::size_t kPasswordMax = 128;
constexpr std::size_t kTokenBytes = 32;
// As RFC 4226 recommends.
constexpr std::size_t kAuthenticatorBytes = 20;
constexpr unsigned kStepSeconds = 30;
constexpr unsigned kDigits = 6;
constexpr int kRecoveryCodes = 10;
constexpr int kRecoveryLetters = 10;
constexpr int kInitialLetters = 20;
// No 0 and O, 1, I and L.
constexpr std::string_view kLetters = "23456789abcdefghjkmnpqrstuvwxyz";

// Letters of the alphabet in groups.
std::string RandomLetters(int count, int group) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    if (i > 0 && i % group == 0) text.push_back('-');
    text.push_back(kLetters[randombytes_uniform(static_cast<std::uint32_t>(kLetters.size()))]);
  }
  return text;
}

std::string AuthenticatorAbout(std::string_view actor_id) {
  return absl::StrCat("authenticator\n", ToAbsl(actor_id));
}

std::size_t CharactersOf(std::string_view text) {
  // Bytes that go on with a character begin with 10.
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

absl::Status Unfit(std::string_view why) {
  return FieldError(absl::StatusCode::kInvalidArgument, "PASSWORD_UNFIT", "password", why);
}

}  // namespace

absl::Status CheckPassword(std::string_view password, std::string_view actor_id) {
  if (!IsUtf8(password)) return Unfit("must be UTF-8");
  const std::size_t characters = CharactersOf(password);
  if (characters < kPasswordMin || characters > kPasswordMax) {
    return Unfit(absl::StrCat("must have ", kPasswordMin, " to ", kPasswordMax,
                              " characters: several words are easier to keep than odd signs"));
  }
  if (absl::AsciiStrToLower(ToAbsl(password)) == absl::AsciiStrToLower(ToAbsl(actor_id))) {
    return Unfit("must not be the actor id");
  }
  if (std::all_of(password.begin(), password.end(), [&](char c) { return c == password[0]; })) {
    return Unfit("must not be one character again and again");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> HashPassword(std::string_view password) {
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (crypto_pwhash_str(hash.data(), password.data(), password.size(),
                        crypto_pwhash_OPSLIMIT_INTERACTIVE,
                        crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0) {
    return Error(absl::StatusCode::kResourceExhausted, "MEMORY_SHORT",
                 "there is no memory to check a password with: try later");
  }
  return std::string(hash.data());
}

bool FitsPassword(const std::string& hash, std::string_view password) {
  // Of a password that nobody has, so that an account that is not there takes as long.
  static const std::string& none = *new std::string([] {
    const absl::StatusOr<std::string> made = HashPassword(NewToken());
    return made.ok() ? *made : std::string();
  }());
  const bool fits = crypto_pwhash_str_verify((hash.empty() ? none : hash).c_str(), password.data(),
                                             password.size()) == 0;
  return fits && !hash.empty();
}

std::string NewInitialPassword() { return RandomLetters(kInitialLetters, 4); }

std::string NewRandomBytes(std::size_t count) {
  std::string bytes(count, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return bytes;
}

std::string Sha256(std::string_view text) {
  std::string digest(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256(reinterpret_cast<unsigned char*>(digest.data()),
                     reinterpret_cast<const unsigned char*>(text.data()), text.size());
  return digest;
}

std::string NewToken() {
  std::string bytes = NewRandomBytes(kTokenBytes);
  std::string token = absl::WebSafeBase64Escape(bytes);
  Wipe(bytes);
  return token;
}

std::string TokenDigest(const CredentialKey& key, std::string_view token) {
  return key.Digest("token", token);
}

std::string NewAuthenticator(const CredentialKey& key, std::string_view actor_id) {
  std::string secret = NewRandomBytes(kAuthenticatorBytes);
  std::string sealed = key.Seal(secret, AuthenticatorAbout(actor_id));
  Wipe(secret);
  return sealed;
}

absl::StatusOr<std::string> AuthenticatorAddress(const CredentialKey& key, std::string_view sealed,
                                                 std::string_view actor_id) {
  ASSIGN_OR_RETURN(std::string secret, key.Open(sealed, AuthenticatorAbout(actor_id)));
  char* base32 = nullptr;
  std::size_t length = 0;
  const int done = oath_base32_encode(secret.data(), secret.size(), &base32, &length);
  const std::unique_ptr<char, decltype(&std::free)> owned(base32, &std::free);
  Wipe(secret);
  if (done != OATH_OK) {
    return Error(absl::StatusCode::kResourceExhausted, "MEMORY_SHORT", "there is no memory left");
  }
  std::string address = absl::StrCat("otpauth://totp/mlup:", ToAbsl(actor_id),
                                     "?secret=", absl::string_view(base32, length), "&issuer=mlup");
  sodium_memzero(base32, length);
  return address;
}

std::string CodeOf(std::string_view secret, std::uint64_t step) {
  std::array<char, kDigits + 1> code{};
  const int made = oath_hotp_generate(secret.data(), secret.size(), step, kDigits, false,
                                      OATH_HOTP_DYNAMIC_TRUNCATION, code.data());
  return made == OATH_OK ? std::string(code.data()) : std::string();
}

absl::StatusOr<std::optional<std::uint64_t>> FindStep(const CredentialKey& key,
                                                      std::string_view sealed,
                                                      std::string_view actor_id,
                                                      const TypedCode& typed) {
  ASSIGN_OR_RETURN(std::string secret, key.Open(sealed, AuthenticatorAbout(actor_id)));
  const auto present = static_cast<std::uint64_t>(absl::ToUnixSeconds(typed.at)) / kStepSeconds;
  std::optional<std::uint64_t> found;
  for (const std::uint64_t step : {present - 1, present, present + 1}) {
    const std::string expected = CodeOf(secret, step);
    if (step > typed.used && !expected.empty() && IsSame(expected, typed.code)) found = step;
  }
  Wipe(secret);
  return found;
}

std::vector<std::string> NewRecoveryCodes() {
  std::vector<std::string> codes;
  codes.reserve(kRecoveryCodes);
  for (int i = 0; i < kRecoveryCodes; ++i) codes.push_back(RandomLetters(kRecoveryLetters, 5));
  return codes;
}

std::string RecoveryDigest(const CredentialKey& key, std::string_view actor_id,
                           std::string_view code) {
  const std::string plain =
      absl::StrReplaceAll(absl::AsciiStrToLower(ToAbsl(code)), {{"-", ""}, {" ", ""}});
  return key.Digest(absl::StrCat("recovery\n", ToAbsl(actor_id)), plain);
}

void Wipe(std::string& secret) {
  sodium_memzero(secret.data(), secret.size());
  secret.clear();
}

}  // namespace mlup::identity
