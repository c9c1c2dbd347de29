// Which certificates of callers are good: those of the installation's own authority.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "eventstore/base/files.h"
#include "services/tls/openssl.h"

namespace mlup::tls {

struct ClientCertificate {
  // The common name.
  std::string name;
  // In hexadecimal digits.
  std::string serial;
};

// What a folder of Authority says to whoever only checks; the authority's key is not needed.
//
// Immutable: any thread.
class ClientTrust {
 public:
  // NOT_FOUND NO_AUTHORITY. FAILED_PRECONDITION AUTHORITY_DAMAGED, REVOKED_DAMAGED: a list that is
  // gone is not an empty one.
  static absl::StatusOr<std::shared_ptr<const ClientTrust>> Load(Files& files,
                                                                 const std::string& folder);

  // That the certificate, in DER, is of the authority, for clients, in its time, not revoked, and
  // that its key signed the message (ECDSA with SHA-256, in DER). UNAUTHENTICATED
  // CERTIFICATE_WRONG, which says what does not fit.
  absl::StatusOr<ClientCertificate> Verify(std::string_view certificate, std::string_view message,
                                           std::string_view signature, absl::Time now) const;

  bool IsRevoked(const std::string& serial) const { return revoked_.contains(serial); }

 private:
  ClientTrust(Certificate authority, RevocationList list);

  const Certificate authority_;
  const RevocationList list_;
  // Serials.
  std::set<std::string> revoked_;
};

// What the key of a certificate signs to sign in, for a challenge.
std::string SignInMessage(std::string_view challenge);

// The signature of a key in PEM. INVALID_ARGUMENT KEY_INVALID.
absl::StatusOr<std::string> Sign(std::string_view key, std::string_view message);

// A certificate in PEM as DER. INVALID_ARGUMENT CERTIFICATE_INVALID.
absl::StatusOr<std::string> ToDer(std::string_view certificate);

}  // namespace mlup::tls
