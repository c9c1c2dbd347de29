// What a server shows to its callers over TLS, read from files.
#pragma once

#include <string>

#include "absl/status/statusor.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/files.h"

namespace mlup::tls {

// Paths of PEM files.
struct TlsFiles {
  // The server's certificate, then those that lead from it to the root its callers trust.
  std::string certificate;
  std::string key;
  // Whose certificates callers must show; none are asked for when empty.
  std::string client_ca;

  bool empty() const { return certificate.empty() && key.empty() && client_ca.empty(); }
};

// PEM texts that have been checked: LoadTls() is the only place that makes them.
struct TlsIdentity {
  std::string certificate_chain;
  std::string private_key;
  // Roots of the certificates that callers must show; none are asked for when empty.
  std::string client_ca;
  // For the operator: what callers will refuse, a certificate that has expired or is not valid yet.
  // No reason not to start, for everybody else would be without the server too. Mostly empty.
  std::string warning = {};
};

// Reads and checks the files, at most 1 MiB each. Any thread; to be called at start:
// OpenSSL's reading of keys is slow and the result does not change.
//
// NOT_FOUND and UNAVAILABLE as Files. FAILED_PRECONDITION: TLS_CERTIFICATE_INVALID,
// TLS_KEY_INVALID (also an encrypted one), TLS_CLIENT_CA_INVALID: not such a PEM file;
// TLS_FILE_TOO_LARGE; TLS_CERTIFICATE_UNUSABLE: too weak for OpenSSL, in its words;
// TLS_KEY_MISMATCH: the key of another certificate; TLS_KEY_MODE: others than its owner may use the
// file of the key. `clock` judges the validity of every certificate of the chain and the roots.
absl::StatusOr<TlsIdentity> LoadTls(const TlsFiles& paths, Files& files, const Clock& clock);

}  // namespace mlup::tls
