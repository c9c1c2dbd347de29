// HMAC-SHA256 of libsodium.
#include "services/relay/signature.h"

#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include <sodium.h>

#include "eventstore/base/bytes.h"
#include "eventstore/base/limits.h"

namespace mlup::relay {
namespace {

constexpr std::size_t kSecretBytesMin = 24;
constexpr std::size_t kSecretBytesMax = 64;

absl::Status Invalid(std::string_view why) {
  return Error(absl::StatusCode::kInvalidArgument, "SECRET_INVALID", why);
}

}  // namespace

absl::StatusOr<Signer> Signer::Parse(std::string_view file) {
  std::vector<std::string> secrets;
  int number = 0;
  for (const absl::string_view raw : absl::StrSplit(ToAbsl(file), '\n')) {
    ++number;
    absl::string_view line = absl::StripAsciiWhitespace(raw);
    if (line.empty() || line.front() == '#') continue;
    std::string secret;
    if (!absl::ConsumePrefix(&line, "whsec_") || !absl::Base64Unescape(line, &secret) ||
        secret.size() < kSecretBytesMin || secret.size() > kSecretBytesMax) {
      return Invalid(absl::StrCat("line ", number,
                                  " of the secret file is not whsec_ and base64 of ",
                                  kSecretBytesMin, " to ", kSecretBytesMax, " bytes"));
    }
    secrets.push_back(std::move(secret));
  }
  if (secrets.empty()) return Invalid("the secret file holds no secret");
  if (secrets.size() > kWebhookSecretsMax)
    return Invalid(
        absl::StrCat("the secret file holds more than ", kWebhookSecretsMax, " secrets"));
  return Signer(std::move(secrets));
}

std::string Signer::Sign(std::string_view id, std::int64_t timestamp, std::string_view body) const {
  const std::string head = absl::StrCat(ToAbsl(id), ".", timestamp, ".");
  std::string header;
  for (const std::string& secret : secrets_) {
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, AsBytes(secret), secret.size());
    crypto_auth_hmacsha256_update(&state, AsBytes(head), head.size());
    crypto_auth_hmacsha256_update(&state, AsBytes(body), body.size());
    std::array<unsigned char, crypto_auth_hmacsha256_BYTES> code;
    crypto_auth_hmacsha256_final(&state, code.data());
    absl::StrAppend(&header, header.empty() ? "" : " ", "v1,",
                    absl::Base64Escape(absl::string_view(reinterpret_cast<const char*>(code.data()),
                                                         code.size())));
  }
  return header;
}

}  // namespace mlup::relay
