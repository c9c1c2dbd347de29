// Reads PEM with OpenSSL and lets it try the identity once, so that no server fails without words.
#include "services/tls/tls_files.h"

#include <cstddef>
#include <ctime>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "eventstore/base/private_file.h"
#include "eventstore/base/status.h"
#include "services/tls/openssl.h"

namespace mlup::tls {
namespace {

constexpr std::size_t kFileBytesMax = 1 << 20;

using Context = std::unique_ptr<SSL_CTX, Freeing<SSL_CTX_free>>;

absl::Status Refused(std::string_view reason, std::string_view message) {
  ERR_clear_error();
  return Error(absl::StatusCode::kFailedPrecondition, reason, message);
}

absl::StatusOr<std::string> ReadBounded(Files& files, const std::string& path) {
  ASSIGN_OR_RETURN(const std::unique_ptr<File> file, files.Open(path, Files::Mode::kRead));
  ASSIGN_OR_RETURN(std::string text, file->Read(0, kFileBytesMax + 1));
  if (text.size() <= kFileBytesMax) return text;
  return Refused("TLS_FILE_TOO_LARGE", absl::StrCat(path,
                                                    " is larger than 1 MiB: it must hold "
                                                    "what this server needs and no more"));
}

// All certificates of a file, at least one.
absl::StatusOr<std::vector<Certificate>> Parse(const std::string& text, const std::string& path,
                                               std::string_view reason) {
  std::vector<Certificate> found = ParseCertificates(text);
  if (!found.empty()) return found;
  const bool damaged = ParseCertificate(text) != nullptr;
  return Refused(
      reason,
      absl::StrCat(path, damaged ? " holds a damaged certificate" : " holds no certificate in PEM",
                   ": it must hold '-----BEGIN CERTIFICATE-----' blocks"));
}

std::string TextOf(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return "an unreadable time";
  return absl::StrFormat("%04d-%02d-%02d %02d:%02d UTC", parts.tm_year + 1900, parts.tm_mon + 1,
                         parts.tm_mday, parts.tm_hour, parts.tm_min);
}

// Empty when all are valid now.
std::string WarningAbout(const std::vector<Certificate>& certificates, const std::string& path,
                         const Clock& clock) {
  std::time_t now = absl::ToTimeT(clock.Now());
  for (std::size_t i = 0; i < certificates.size(); ++i) {
    const std::string which = absl::StrCat("certificate ", i + 1, " of ", path);
    const ASN1_TIME* const begin = X509_get0_notBefore(certificates[i].get());
    const ASN1_TIME* const end = X509_get0_notAfter(certificates[i].get());
    if (X509_cmp_time(begin, &now) > 0) {
      return absl::StrCat(which, " is valid from ", TextOf(begin),
                          ": wait until then, or set this machine's clock right");
    }
    if (X509_cmp_time(end, &now) <= 0) {
      return absl::StrCat(which, " expired at ", TextOf(end),
                          ": put a new one there and start again");
    }
  }
  return "";
}

absl::StatusOr<Key> ReadKey(const std::string& text, const std::string& path) {
  Key key = ParseKey(text);
  if (key != nullptr) return key;
  return Refused("TLS_KEY_INVALID",
                 absl::StrCat(path,
                              " holds no private key in PEM that needs no passphrase: it must "
                              "begin with '-----BEGIN PRIVATE KEY-----' (openssl pkey makes "
                              "that from other forms)"));
}

// As a server will use them.
absl::Status Try(const std::vector<Certificate>& chain, const Key& key, const TlsFiles& paths) {
  const Context context(SSL_CTX_new(TLS_server_method()));
  for (std::size_t i = 0; i < chain.size(); ++i) {
    const bool taken = i == 0 ? SSL_CTX_use_certificate(context.get(), chain[i].get()) == 1
                              : SSL_CTX_add1_chain_cert(context.get(), chain[i].get()) == 1;
    if (!taken) {
      return Refused("TLS_CERTIFICATE_UNUSABLE",
                     absl::StrCat("certificate ", i + 1, " of ", paths.certificate,
                                  " cannot be used: ", LastError()));
    }
  }
  // A chain's first certificate must be the server's: its key would not match another.
  if (X509_check_private_key(chain.front().get(), key.get()) == 1 &&
      SSL_CTX_use_PrivateKey(context.get(), key.get()) == 1) {
    return absl::OkStatus();
  }
  return Refused(
      "TLS_KEY_MISMATCH",
      absl::StrCat(paths.key, " is not the key of the first certificate in ", paths.certificate,
                   ": give the two that were made together, the "
                   "server's certificate before those of its issuers"));
}

}  // namespace

absl::StatusOr<TlsIdentity> LoadTls(const TlsFiles& paths, Files& files, const Clock& clock) {
  TlsIdentity identity;
  ASSIGN_OR_RETURN(identity.certificate_chain, ReadBounded(files, paths.certificate));
  ASSIGN_OR_RETURN(const std::vector<Certificate> chain,
                   Parse(identity.certificate_chain, paths.certificate, "TLS_CERTIFICATE_INVALID"));
  identity.warning = WarningAbout(chain, paths.certificate, clock);
  ASSIGN_OR_RETURN(identity.private_key, ReadBounded(files, paths.key));
  RETURN_IF_ERROR(CheckPrivate(paths.key, "TLS_KEY_MODE"));
  ASSIGN_OR_RETURN(const Key key, ReadKey(identity.private_key, paths.key));
  RETURN_IF_ERROR(Try(chain, key, paths));
  if (paths.client_ca.empty()) return identity;
  ASSIGN_OR_RETURN(identity.client_ca, ReadBounded(files, paths.client_ca));
  ASSIGN_OR_RETURN(const std::vector<Certificate> roots,
                   Parse(identity.client_ca, paths.client_ca, "TLS_CLIENT_CA_INVALID"));
  if (identity.warning.empty()) identity.warning = WarningAbout(roots, paths.client_ca, clock);
  return identity;
}

}  // namespace mlup::tls
