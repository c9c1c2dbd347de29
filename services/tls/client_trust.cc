#include "services/tls/client_trust.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "eventstore/base/status.h"
#include "services/tls/authority.h"

namespace mlup::tls {
namespace {

using Store = std::unique_ptr<X509_STORE, Freeing<X509_STORE_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, Freeing<X509_STORE_CTX_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Freeing<EVP_MD_CTX_free>>;

const unsigned char* BytesOf(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

absl::Status Wrong(std::string_view words) {
  ERR_clear_error();
  return FieldError(absl::StatusCode::kUnauthenticated, "CERTIFICATE_WRONG", "certificate", words);
}

Certificate FromDer(std::string_view bytes) {
  const unsigned char* at = BytesOf(bytes);
  Certificate certificate(d2i_X509(nullptr, &at, static_cast<long>(bytes.size())));
  if (certificate == nullptr || at != BytesOf(bytes) + bytes.size()) return nullptr;
  return certificate;
}

bool Signed(EVP_PKEY* key, std::string_view message, std::string_view signature) {
  const Digest digest(EVP_MD_CTX_new());
  return key != nullptr && EVP_PKEY_base_id(key) == EVP_PKEY_EC &&
         EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
         EVP_DigestVerify(digest.get(), BytesOf(signature), signature.size(), BytesOf(message),
                          message.size()) == 1;
}

}  // namespace

ClientTrust::ClientTrust(Certificate authority, RevocationList list)
    : authority_(std::move(authority)), list_(std::move(list)) {
  const STACK_OF(X509_REVOKED)* const entries = X509_CRL_get_REVOKED(list_.get());
  for (int i = 0; i < sk_X509_REVOKED_num(entries); ++i) {
    revoked_.insert(SerialText(X509_REVOKED_get0_serialNumber(sk_X509_REVOKED_value(entries, i))));
  }
}

absl::StatusOr<std::shared_ptr<const ClientTrust>> ClientTrust::Load(Files& files,
                                                                     const std::string& folder) {
  const auto read = [&](std::string_view name) -> absl::StatusOr<std::string> {
    const std::string path = absl::StrCat(folder, "/", ToAbsl(name));
    absl::StatusOr<std::string> text = files.ReadAll(path);
    if (!absl::IsNotFound(text.status())) return text;
    return Error(absl::StatusCode::kNotFound, "NO_AUTHORITY",
                 absl::StrCat(path, " is not there: `mlup certs init` makes an authority"));
  };
  ASSIGN_OR_RETURN(const std::string authority_text, read(kAuthorityFile));
  ASSIGN_OR_RETURN(const std::string list_text, read(kRevokedFile));
  Certificate authority = ParseCertificate(authority_text);
  if (authority == nullptr) {
    return Error(absl::StatusCode::kFailedPrecondition, "AUTHORITY_DAMAGED",
                 absl::StrCat(folder, "/authority.crt holds no certificate in PEM"));
  }
  RevocationList list = ParseRevocationList(list_text);
  if (list == nullptr || X509_CRL_verify(list.get(), X509_get0_pubkey(authority.get())) != 1) {
    ERR_clear_error();
    return Error(absl::StatusCode::kFailedPrecondition, "REVOKED_DAMAGED",
                 absl::StrCat(folder, "/revoked.crl is not of this authority"));
  }
  return std::shared_ptr<const ClientTrust>(new ClientTrust(std::move(authority), std::move(list)));
}

absl::StatusOr<ClientCertificate> ClientTrust::Verify(std::string_view certificate,
                                                      std::string_view message,
                                                      std::string_view signature,
                                                      absl::Time now) const {
  const Certificate shown = FromDer(certificate);
  if (shown == nullptr) return Wrong("is no certificate in DER");
  const Store store(X509_STORE_new());
  X509_STORE_add_cert(store.get(), authority_.get());
  X509_STORE_add_crl(store.get(), list_.get());
  const StoreContext context(X509_STORE_CTX_new());
  if (X509_STORE_CTX_init(context.get(), store.get(), shown.get(), nullptr) != 1) {
    return Wrong(LastError());
  }
  X509_VERIFY_PARAM* const asked = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_flags(asked, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_X509_STRICT);
  X509_VERIFY_PARAM_set_purpose(asked, X509_PURPOSE_SSL_CLIENT);
  X509_VERIFY_PARAM_set_time(asked, absl::ToTimeT(now));
  if (X509_verify_cert(context.get()) != 1) {
    return Wrong(X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get())));
  }
  if (!Signed(X509_get0_pubkey(shown.get()), message, signature)) {
    return Wrong("its key did not sign the challenge");
  }
  return ClientCertificate{NameOf(shown.get()), SerialOf(shown.get())};
}

std::string SignInMessage(std::string_view challenge) {
  return absl::StrCat("mlup sign-in\n", ToAbsl(challenge));
}

absl::StatusOr<std::string> Sign(std::string_view key, std::string_view message) {
  const Key parsed = ParseKey(key);
  const Digest digest(EVP_MD_CTX_new());
  std::string signature(256, '\0');
  std::size_t size = signature.size();
  if (parsed == nullptr ||
      EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, parsed.get()) != 1 ||
      EVP_DigestSign(digest.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     BytesOf(message), message.size()) != 1) {
    ERR_clear_error();
    return FieldError(absl::StatusCode::kInvalidArgument, "KEY_INVALID", "key",
                      "must be a key in PEM without a passphrase, as `mlup certs issue` makes it");
  }
  signature.resize(size);
  return signature;
}

absl::StatusOr<std::string> ToDer(std::string_view certificate) {
  const Certificate parsed = ParseCertificate(certificate);
  unsigned char* bytes = nullptr;
  const int size = parsed == nullptr ? -1 : i2d_X509(parsed.get(), &bytes);
  if (size < 0) {
    return FieldError(absl::StatusCode::kInvalidArgument, "CERTIFICATE_INVALID", "certificate",
                      "must be a certificate in PEM");
  }
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

}  // namespace mlup::tls
