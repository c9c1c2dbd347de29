// OpenSSL's own maker of certificates.
#include "services/tls/test_pem.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "eventstore/base/check.h"
#include "services/tls/openssl.h"

namespace mlup::tls {
Pem MakePem(absl::Time begin, const PemOptions& options) {
  const Key key(options.rsa_bits == 0 ? EVP_EC_gen("P-256") : EVP_RSA_gen(options.rsa_bits));
  const Certificate certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  X509_NAME* const name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  ASN1_TIME_set(X509_getm_notBefore(certificate.get()), absl::ToTimeT(begin));
  ASN1_TIME_set(X509_getm_notAfter(certificate.get()), absl::ToTimeT(begin + absl::Hours(24)));
  X509_set_pubkey(certificate.get(), key.get());
  X509* const own = certificate.get();
  CHECK(AddExtension(own, own, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1"));
  CHECK(AddExtension(own, own, NID_basic_constraints, "CA:TRUE"));
  CHECK(X509_sign(own, key.get(), EVP_sha256()) > 0);

  const Bio key_text = Writing();
  const bool open = options.passphrase.empty();
  CHECK(PEM_write_bio_PKCS8PrivateKey(key_text.get(), key.get(), open ? nullptr : EVP_aes_128_cbc(),
                                      open ? nullptr : options.passphrase.c_str(),
                                      static_cast<int>(options.passphrase.size()), nullptr,
                                      nullptr) == 1);
  return {ToPem(own), TextOf(key_text)};
}

}  // namespace mlup::tls
