// OpenSSL's own maker of certificates.
#include "services/tls/test_pem.h"

#include <memory>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "eventstore/base/check.h"

namespace mlup::tls {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

Bio NewText() { return {BIO_new(BIO_s_mem()), BIO_free}; }

std::string TextOf(const Bio& bio) {
  char* bytes = nullptr;
  const auto size = static_cast<std::size_t>(BIO_get_mem_data(bio.get(), &bytes));
  return {bytes, size};
}

void AddExtension(X509* certificate, int kind, const char* value) {
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value);
  CHECK(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

}  // namespace

Pem MakePem(absl::Time begin, const PemOptions& options) {
  const Key key(options.rsa_bits == 0 ? EVP_EC_gen("P-256") : EVP_RSA_gen(options.rsa_bits),
                EVP_PKEY_free);
  const Certificate certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), 2);
  X509_NAME* const name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  ASN1_TIME_set(X509_getm_notBefore(certificate.get()), absl::ToTimeT(begin));
  ASN1_TIME_set(X509_getm_notAfter(certificate.get()), absl::ToTimeT(begin + absl::Hours(24)));
  X509_set_pubkey(certificate.get(), key.get());
  AddExtension(certificate.get(), NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
  AddExtension(certificate.get(), NID_basic_constraints, "CA:TRUE");
  CHECK(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);

  const Bio certificate_text = NewText();
  CHECK(PEM_write_bio_X509(certificate_text.get(), certificate.get()) == 1);
  const Bio key_text = NewText();
  const bool open = options.passphrase.empty();
  CHECK(PEM_write_bio_PKCS8PrivateKey(key_text.get(), key.get(), open ? nullptr : EVP_aes_128_cbc(),
                                      open ? nullptr : options.passphrase.c_str(),
                                      static_cast<int>(options.passphrase.size()), nullptr,
                                      nullptr) == 1);
  return {TextOf(certificate_text), TextOf(key_text)};
}

}  // namespace mlup::tls
