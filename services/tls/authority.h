// The installation's own small certificate authority: a folder of files, kept by `mlup certs`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/files.h"
#include "eventstore/base/random.h"
#include "services/tls/openssl.h"

namespace mlup::tls {

// Files of the folder; those with a key have mode 0600.
//
//   authority.crt, authority.key   the authority; who holds the key can be anybody
//   revoked.crl                    certificates that are worth nothing any more
//   issued/SERIAL.crt              all that were issued
//   NAME.crt, NAME.key             the newest of a name, for its holder
//   NAME.pem                       of a server: both in one file, as HAProxy takes it
constexpr std::string_view kAuthorityFile = "authority.crt";
constexpr std::string_view kRevokedFile = "revoked.crl";

// What a certificate is good for.
enum class CertificateUse { kServer, kClient };

struct CertificateRequest {
  CertificateUse use = CertificateUse::kClient;
  // Of a client the actor id of its account, or what a subscriber is called; of a server any code.
  std::string name;
  // Where a server is called: names and IP addresses.
  std::vector<std::string> addresses = {};
  absl::Duration length = absl::Hours(24 * 365);
};

struct IssuedCertificate {
  std::string serial;
  std::string name;
  CertificateUse use = CertificateUse::kClient;
  absl::Time begins_at;
  absl::Time ends_at;
  bool revoked = false;
};

// P-256 and SHA-256. The list of the revoked ones is good as long as the authority: it lies where
// it is read, so that an older one is no danger that a date would avert, and no date stops a house
// that nobody looks after.
//
// One thread and one process at a time. Borrows the parts.
class Authority {
 public:
  struct Parts {
    Files& files;
    const Clock& clock;
    Random& random;
  };

  // Makes the folder with an authority that is good for ten years. ALREADY_EXISTS AUTHORITY_EXISTS.
  static absl::Status Init(const Parts& parts, const std::string& folder, std::string_view name);

  // NOT_FOUND NO_AUTHORITY. FAILED_PRECONDITION AUTHORITY_KEY_MODE, AUTHORITY_DAMAGED.
  static absl::StatusOr<Authority> Open(const Parts& parts, std::string folder);

  // INVALID_ARGUMENT with the field; ALREADY_EXISTS CERTIFICATE_EXISTS: renew it, or revoke it
  // first.
  absl::StatusOr<IssuedCertificate> Issue(const CertificateRequest& request);

  // Another key and certificate for the same name, use and addresses. The one before is good until
  // its end. NOT_FOUND CERTIFICATE_UNKNOWN.
  absl::StatusOr<IssuedCertificate> Renew(std::string_view name, absl::Duration length);

  // All certificates of a name, or the one of a serial; its files are removed. NOT_FOUND
  // CERTIFICATE_UNKNOWN.
  absl::StatusOr<std::vector<IssuedCertificate>> Revoke(const std::string& name_or_serial);

  // By name and end.
  absl::StatusOr<std::vector<IssuedCertificate>> List() const;

 private:
  Authority(const Parts& parts, std::string folder, Certificate certificate, Key key)
      : parts_(parts),
        folder_(std::move(folder)),
        certificate_(std::move(certificate)),
        key_(std::move(key)) {}

  std::string PathOf(std::string_view name) const { return folder_ + "/" + std::string(name); }
  absl::StatusOr<IssuedCertificate> Make(const CertificateRequest& request,
                                         const std::string& alternatives);
  absl::StatusOr<RevocationList> ReadRevoked() const;
  absl::Status WriteRevoked(X509_CRL* list) const;

  Parts parts_;
  std::string folder_;
  Certificate certificate_;
  Key key_;
};

}  // namespace mlup::tls
