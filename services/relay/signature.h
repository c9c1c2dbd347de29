// Signatures of webhooks in the Standard Webhooks form.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/base/status.h"

namespace mlup::relay {

// Signs with every secret it holds, so that a receiver may change over to a new one while both are
// there.
//
// Immutable: any thread. Owns the secrets.
class Signer {
 public:
  // The content of a secret file: one `whsec_<base64 of 24 to 64 bytes>` a line, at most
  // kWebhookSecretsMax; empty lines and lines that begin with `#` say nothing. INVALID_ARGUMENT
  // SECRET_INVALID naming the line, never its text.
  static absl::StatusOr<Signer> Parse(std::string_view file);

  // The header `webhook-signature`: for each secret `v1,` and the base64 of HMAC-SHA256 over
  // `<id>.<timestamp>.<body>`, with a space between. `timestamp` is in seconds.
  std::string Sign(std::string_view id, std::int64_t timestamp, std::string_view body) const;

 private:
  explicit Signer(std::vector<std::string> secrets) : secrets_(std::move(secrets)) {}

  std::vector<std::string> secrets_;
};

}  // namespace mlup::relay
