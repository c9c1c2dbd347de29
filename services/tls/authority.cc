// OpenSSL makes and signs; what is kept are its own files.
#include "services/tls/authority.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "eventstore/base/code.h"
#include "eventstore/base/networks.h"
#include "eventstore/base/private_file.h"
#include "eventstore/base/status.h"
#include "eventstore/base/uuid.h"

namespace mlup::tls {
namespace {

constexpr absl::Duration kAuthorityLength = absl::Hours(24 * 3652);
// Clocks of others may be behind.
constexpr absl::Duration kBegun = absl::Hours(1);
constexpr std::size_t kNameBytesMax = 60;
constexpr std::size_t kAddressesMax = 16;
constexpr std::string_view kKeyFile = "authority.key";
constexpr std::string_view kIssuedFolder = "issued";

absl::Status Failed(std::string_view what) {
  return Error(absl::StatusCode::kInternal, "CERTIFICATE_FAILED",
               absl::StrCat(ToAbsl(what), ": ", LastError()));
}

absl::Status NoSuch(std::string_view name) {
  return FieldError(absl::StatusCode::kNotFound, "CERTIFICATE_UNKNOWN", "name",
                    absl::StrCat("no certificate that holds is called ", ToAbsl(name),
                                 ": `mlup certs list` shows them"));
}

// Codes, so that a name is also that of a file.
absl::Status CheckName(std::string_view name) {
  if (IsCode(name) && name.size() <= kNameBytesMax && name != "authority") return absl::OkStatus();
  return FieldError(absl::StatusCode::kInvalidArgument, "FORMAT_CODE", "name",
                    "must be up to 60 small letters, digits, -, _ and ., and not `authority`");
}

bool IsDnsName(std::string_view name) {
  return !name.empty() && name.size() <= 253 && name.front() != '.' && name.front() != '-' &&
         std::all_of(name.begin(), name.end(), [](char letter) {
           return absl::ascii_isalnum(static_cast<unsigned char>(letter)) || letter == '-' ||
                  letter == '.';
         });
}

// In OpenSSL's words.
absl::StatusOr<std::string> AlternativesOf(const CertificateRequest& request) {
  const auto bad = [](std::string_view words) {
    return FieldError(absl::StatusCode::kInvalidArgument, "FORMAT_ADDRESS", "addresses", words);
  };
  if (request.use == CertificateUse::kClient) {
    return request.addresses.empty() ? absl::StatusOr<std::string>("")
                                     : bad("a client has none: it calls, and is not called");
  }
  if (request.addresses.empty()) return bad("must name where the server is called");
  if (request.addresses.size() > kAddressesMax) return bad("are more than 16");
  std::vector<std::string> words;
  for (const std::string& address : request.addresses) {
    if (ParseAddress(address).has_value()) {
      words.push_back("IP:" + address);
    } else if (IsDnsName(address)) {
      words.push_back("DNS:" + address);
    } else {
      return bad(absl::StrCat(address, " is neither a name nor an IP address"));
    }
  }
  return absl::StrJoin(words, ",");
}

CertificateUse UseOf(X509* certificate) {
  return X509_check_purpose(certificate, X509_PURPOSE_SSL_SERVER, 0) == 1 ? CertificateUse::kServer
                                                                          : CertificateUse::kClient;
}

// The addresses of a certificate, as AlternativesOf() takes them.
std::vector<std::string> AddressesOf(X509* certificate) {
  std::vector<std::string> addresses;
  const std::unique_ptr<GENERAL_NAMES, Freeing<GENERAL_NAMES_free>> names(
      static_cast<GENERAL_NAMES*>(
          X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const Bio bio = Writing();
    GENERAL_NAME_print(bio.get(), sk_GENERAL_NAME_value(names.get(), i));
    // `DNS:name` or `IP Address:1.2.3.4`.
    const std::string words = TextOf(bio);
    addresses.push_back(words.substr(words.find(':') + 1));
  }
  return addresses;
}

bool SetTimes(X509* certificate, absl::Time begin, absl::Time end) {
  return ASN1_TIME_set(X509_getm_notBefore(certificate), absl::ToTimeT(begin)) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), absl::ToTimeT(end)) != nullptr;
}

bool SetName(X509_NAME* name, std::string_view text) {
  return X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(text.data()),
                                    static_cast<int>(text.size()), -1, 0) == 1;
}

bool SetSerial(X509* certificate, const Authority::Parts& parts) {
  std::string digits = NewUuid(parts.clock, parts.random);
  std::erase(digits, '-');
  BIGNUM* number = nullptr;
  const bool set = BN_hex2bn(&number, digits.c_str()) > 0 &&
                   BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nullptr;
  BN_free(number);
  return set;
}

// Without extensions and signature.
absl::StatusOr<Certificate> Begin(const Authority::Parts& parts, std::string_view name,
                                  absl::Duration length, EVP_PKEY* key) {
  Certificate certificate(X509_new());
  const absl::Time now = parts.clock.Now();
  const bool made = certificate != nullptr && X509_set_version(certificate.get(), 2) == 1 &&
                    SetSerial(certificate.get(), parts) &&
                    SetName(X509_get_subject_name(certificate.get()), name) &&
                    SetTimes(certificate.get(), now - kBegun, now + length) &&
                    X509_set_pubkey(certificate.get(), key) == 1;
  if (!made) return Failed("making a certificate");
  return certificate;
}

RevocationList NoneRevoked(const X509* authority) {
  RevocationList list(X509_CRL_new());
  X509_CRL_set_version(list.get(), 1);
  X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(authority));
  X509_CRL_set1_nextUpdate(list.get(), X509_get0_notAfter(authority));
  return list;
}

IssuedCertificate Describe(X509* certificate) {
  return {.serial = SerialOf(certificate),
          .name = NameOf(certificate),
          .use = UseOf(certificate),
          .begins_at = ToTime(X509_get0_notBefore(certificate)),
          .ends_at = ToTime(X509_get0_notAfter(certificate))};
}

}  // namespace

absl::Status Authority::Init(const Parts& parts, const std::string& folder, std::string_view name) {
  RETURN_IF_ERROR(parts.files.MakeFolder(absl::StrCat(folder, "/", ToAbsl(kIssuedFolder))));
  const std::string path = absl::StrCat(folder, "/", ToAbsl(kAuthorityFile));
  ASSIGN_OR_RETURN(const bool exists, parts.files.Exists(path));
  if (exists) {
    return Error(absl::StatusCode::kAlreadyExists, "AUTHORITY_EXISTS",
                 absl::StrCat(path, " is there: an authority is made once"));
  }
  Key key(EVP_EC_gen("P-256"));
  if (key == nullptr) return Failed("making a key");
  ASSIGN_OR_RETURN(
      Certificate certificate,
      Begin(parts, absl::StrCat("mlup authority of ", ToAbsl(name)), kAuthorityLength, key.get()));
  X509* const own = certificate.get();
  const bool made = X509_set_issuer_name(own, X509_get_subject_name(own)) == 1 &&
                    AddExtension(own, own, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                    AddExtension(own, own, NID_key_usage, "critical,keyCertSign,cRLSign") &&
                    AddExtension(own, own, NID_subject_key_identifier, "hash") &&
                    X509_sign(own, key.get(), EVP_sha256()) > 0;
  if (!made) return Failed("signing the authority's certificate");
  // The certificate last: it tells that the rest is there.
  RETURN_IF_ERROR(
      parts.files.Replace(absl::StrCat(folder, "/", ToAbsl(kKeyFile)), ToPem(key.get())));
  const std::string text = ToPem(own);
  const RevocationList none = NoneRevoked(own);
  const Authority authority(parts, folder, std::move(certificate), std::move(key));
  RETURN_IF_ERROR(authority.WriteRevoked(none.get()));
  return parts.files.Replace(path, text);
}

absl::StatusOr<Authority> Authority::Open(const Parts& parts, std::string folder) {
  const auto read = [&](std::string_view name) {
    return parts.files.ReadAll(absl::StrCat(folder, "/", ToAbsl(name)));
  };
  const absl::StatusOr<std::string> text = read(kAuthorityFile);
  if (absl::IsNotFound(text.status())) {
    return Error(absl::StatusCode::kNotFound, "NO_AUTHORITY",
                 absl::StrCat(folder, " holds no authority: `mlup certs init` makes one"));
  }
  RETURN_IF_ERROR(text.status());
  ASSIGN_OR_RETURN(const std::string key_text, read(kKeyFile));
  RETURN_IF_ERROR(CheckPrivate(absl::StrCat(folder, "/", ToAbsl(kKeyFile)), "AUTHORITY_KEY_MODE"));
  Certificate certificate = ParseCertificate(*text);
  Key key = ParseKey(key_text);
  if (certificate == nullptr || key == nullptr ||
      X509_check_private_key(certificate.get(), key.get()) != 1) {
    LastError();
    return Error(absl::StatusCode::kFailedPrecondition, "AUTHORITY_DAMAGED",
                 absl::StrCat(folder,
                              ": authority.crt and authority.key do not fit: put both back "
                              "from a copy, or make another authority"));
  }
  return Authority(parts, std::move(folder), std::move(certificate), std::move(key));
}

absl::StatusOr<IssuedCertificate> Authority::Issue(const CertificateRequest& request) {
  RETURN_IF_ERROR(CheckName(request.name));
  ASSIGN_OR_RETURN(const std::string alternatives, AlternativesOf(request));
  ASSIGN_OR_RETURN(const bool exists, parts_.files.Exists(PathOf(request.name + ".crt")));
  if (exists) {
    return FieldError(absl::StatusCode::kAlreadyExists, "CERTIFICATE_EXISTS", "name",
                      "has a certificate: renew it, or revoke it first");
  }
  return Make(request, alternatives);
}

absl::StatusOr<IssuedCertificate> Authority::Renew(std::string_view name, absl::Duration length) {
  RETURN_IF_ERROR(CheckName(name));
  const auto text = parts_.files.ReadAll(PathOf(absl::StrCat(ToAbsl(name), ".crt")));
  if (absl::IsNotFound(text.status())) return NoSuch(name);
  RETURN_IF_ERROR(text.status());
  const Certificate before = ParseCertificate(*text);
  if (before == nullptr) return NoSuch(name);
  const CertificateRequest request{.use = UseOf(before.get()),
                                   .name = std::string(name),
                                   .addresses = AddressesOf(before.get()),
                                   .length = length};
  ASSIGN_OR_RETURN(const std::string alternatives, AlternativesOf(request));
  return Make(request, alternatives);
}

absl::StatusOr<IssuedCertificate> Authority::Make(const CertificateRequest& request,
                                                  const std::string& alternatives) {
  if (request.length < absl::Hours(1) || request.length > kAuthorityLength) {
    return FieldError(absl::StatusCode::kInvalidArgument, "RANGE", "days",
                      "must be between 1 and 3652");
  }
  const Key key(EVP_EC_gen("P-256"));
  if (key == nullptr) return Failed("making a key");
  ASSIGN_OR_RETURN(const Certificate certificate,
                   Begin(parts_, request.name, request.length, key.get()));
  X509* const made = certificate.get();
  X509* const issuer = certificate_.get();
  const bool server = request.use == CertificateUse::kServer;
  const bool complete =
      X509_set_issuer_name(made, X509_get_subject_name(issuer)) == 1 &&
      AddExtension(made, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
      AddExtension(made, issuer, NID_key_usage, "critical,digitalSignature") &&
      AddExtension(made, issuer, NID_ext_key_usage, server ? "serverAuth" : "clientAuth") &&
      AddExtension(made, issuer, NID_authority_key_identifier, "keyid") &&
      (alternatives.empty() ||
       AddExtension(made, issuer, NID_subject_alt_name, alternatives.c_str())) &&
      X509_sign(made, key_.get(), EVP_sha256()) > 0;
  if (!complete) return Failed("signing a certificate");
  const std::string text = ToPem(made);
  const std::string secret = ToPem(key.get());
  Files& files = parts_.files;
  RETURN_IF_ERROR(files.Replace(
      PathOf(absl::StrCat(ToAbsl(kIssuedFolder), "/", SerialOf(made), ".crt")), text));
  RETURN_IF_ERROR(files.Replace(PathOf(request.name + ".key"), secret));
  RETURN_IF_ERROR(files.Replace(PathOf(request.name + ".crt"), text));
  if (server) RETURN_IF_ERROR(files.Replace(PathOf(request.name + ".pem"), text + secret));
  return Describe(made);
}

absl::StatusOr<RevocationList> Authority::ReadRevoked() const {
  const auto text = parts_.files.ReadAll(PathOf(kRevokedFile));
  if (!text.ok() && !absl::IsNotFound(text.status())) return text.status();
  RevocationList list = text.ok() ? ParseRevocationList(*text) : nullptr;
  if (list != nullptr && X509_CRL_verify(list.get(), key_.get()) == 1) return list;
  LastError();
  return Error(absl::StatusCode::kFailedPrecondition, "REVOKED_DAMAGED",
               absl::StrCat(PathOf(kRevokedFile),
                            " is gone, or not of this authority: put it back from a copy"));
}

absl::Status Authority::WriteRevoked(X509_CRL* list) const {
  const std::unique_ptr<ASN1_TIME, Freeing<ASN1_TIME_free>> now(
      ASN1_TIME_set(nullptr, absl::ToTimeT(parts_.clock.Now() - kBegun)));
  const bool made = now != nullptr && X509_CRL_set1_lastUpdate(list, now.get()) == 1 &&
                    X509_CRL_sort(list) == 1 && X509_CRL_sign(list, key_.get(), EVP_sha256()) > 0;
  const Bio bio = Writing();
  if (!made || PEM_write_bio_X509_CRL(bio.get(), list) != 1) return Failed("signing revoked.crl");
  return parts_.files.Replace(PathOf(kRevokedFile), TextOf(bio));
}

absl::StatusOr<std::vector<IssuedCertificate>> Authority::List() const {
  ASSIGN_OR_RETURN(const RevocationList revoked, ReadRevoked());
  ASSIGN_OR_RETURN(const std::vector<std::string> names, parts_.files.List(PathOf(kIssuedFolder)));
  std::vector<IssuedCertificate> all;
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(const std::string text,
                     parts_.files.ReadAll(PathOf(absl::StrCat(ToAbsl(kIssuedFolder), "/", name))));
    const Certificate certificate = ParseCertificate(text);
    if (certificate == nullptr) continue;
    IssuedCertificate& issued = all.emplace_back(Describe(certificate.get()));
    X509_REVOKED* entry = nullptr;
    issued.revoked = X509_CRL_get0_by_cert(revoked.get(), &entry, certificate.get()) == 1;
  }
  std::sort(all.begin(), all.end(), [](const IssuedCertificate& a, const IssuedCertificate& b) {
    return std::tie(a.name, a.ends_at, a.serial) < std::tie(b.name, b.ends_at, b.serial);
  });
  return all;
}

absl::StatusOr<std::vector<IssuedCertificate>> Authority::Revoke(
    const std::string& name_or_serial) {
  ASSIGN_OR_RETURN(std::vector<IssuedCertificate> meant, List());
  std::erase_if(meant, [&](const IssuedCertificate& issued) {
    return issued.revoked || (issued.name != name_or_serial && issued.serial != name_or_serial);
  });
  if (meant.empty()) return NoSuch(name_or_serial);
  ASSIGN_OR_RETURN(const RevocationList list, ReadRevoked());
  const std::unique_ptr<ASN1_TIME, Freeing<ASN1_TIME_free>> now(
      ASN1_TIME_set(nullptr, absl::ToTimeT(parts_.clock.Now())));
  for (const IssuedCertificate& issued : meant) {
    BIGNUM* number = nullptr;
    BN_hex2bn(&number, issued.serial.c_str());
    const std::unique_ptr<ASN1_INTEGER, Freeing<ASN1_INTEGER_free>> serial(
        BN_to_ASN1_INTEGER(number, nullptr));
    BN_free(number);
    X509_REVOKED* const entry = X509_REVOKED_new();
    X509_REVOKED_set_serialNumber(entry, serial.get());
    X509_REVOKED_set_revocationDate(entry, now.get());
    X509_CRL_add0_revoked(list.get(), entry);
  }
  RETURN_IF_ERROR(WriteRevoked(list.get()));
  // Of a name whose newest is worth nothing nobody shall use the files.
  for (const IssuedCertificate& issued : meant) {
    const auto newest = parts_.files.ReadAll(PathOf(issued.name + ".crt"));
    if (!newest.ok()) continue;
    const Certificate certificate = ParseCertificate(*newest);
    if (certificate == nullptr || SerialOf(certificate.get()) != issued.serial) continue;
    for (const char* const kind : {".crt", ".key", ".pem"}) {
      const absl::Status removed = parts_.files.Remove(PathOf(issued.name + kind));
      if (!removed.ok() && !absl::IsNotFound(removed)) return removed;
    }
  }
  for (IssuedCertificate& issued : meant) issued.revoked = true;
  return meant;
}

}  // namespace mlup::tls
