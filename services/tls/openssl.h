// OpenSSL's objects with owners, for the sources of this folder.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace mlup::tls {

template <auto kFree>
struct Freeing {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};

using Bio = std::unique_ptr<BIO, Freeing<BIO_free>>;
using Certificate = std::unique_ptr<X509, Freeing<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freeing<EVP_PKEY_free>>;
using RevocationList = std::unique_ptr<X509_CRL, Freeing<X509_CRL_free>>;

// Reads a text, which must outlive it.
Bio Reading(std::string_view text);
// To write into; TextOf() is what was written.
Bio Writing();
std::string TextOf(const Bio& bio);

// OpenSSL's last words, which are forgotten then; `otherwise` when there are none.
std::string LastError(std::string_view otherwise = "OpenSSL does not take it");

// The first certificate in PEM; null where there is none that can be read.
Certificate ParseCertificate(std::string_view pem);
// All of them; empty where there is none, or one is damaged.
std::vector<Certificate> ParseCertificates(std::string_view pem);
// A key that needs no passphrase; null otherwise.
Key ParseKey(std::string_view pem);
RevocationList ParseRevocationList(std::string_view pem);

std::string ToPem(X509* certificate);
// PKCS #8, without a passphrase.
std::string ToPem(EVP_PKEY* key);

// In hexadecimal digits.
std::string SerialText(const ASN1_INTEGER* serial);
std::string SerialOf(const X509* certificate);
// The common name of the subject; empty without one.
std::string NameOf(const X509* certificate);
// The infinite past where it cannot be read.
absl::Time ToTime(const ASN1_TIME* time);

// Adds an extension of version 3 in OpenSSL's words; `issuer` is that of `certificate`. Whether
// OpenSSL took it.
bool AddExtension(X509* certificate, X509* issuer, int kind, const char* value);

}  // namespace mlup::tls
