#include "services/tls/openssl.h"

#include <ctime>

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

namespace mlup::tls {
namespace {

// Keys with a passphrase are refused: nobody is there to be asked for it.
int NoPassphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*context*/) { return -1; }

}  // namespace

Bio Reading(std::string_view text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

Bio Writing() { return Bio(BIO_new(BIO_s_mem())); }

std::string TextOf(const Bio& bio) {
  char* bytes = nullptr;
  const auto size = static_cast<std::size_t>(BIO_get_mem_data(bio.get(), &bytes));
  return {bytes, size};
}

std::string LastError(std::string_view otherwise) {
  const char* const words = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return words == nullptr ? std::string(otherwise) : words;
}

Certificate ParseCertificate(std::string_view pem) {
  const Bio bio = Reading(pem);
  Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, NoPassphrase, nullptr));
  ERR_clear_error();
  return certificate;
}

std::vector<Certificate> ParseCertificates(std::string_view pem) {
  const Bio bio = Reading(pem);
  std::vector<Certificate> found;
  ERR_clear_error();
  while (X509* const next = PEM_read_bio_X509(bio.get(), nullptr, NoPassphrase, nullptr)) {
    found.emplace_back(next);
  }
  // The end is told as the lack of a further beginning.
  const bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  return ended ? std::move(found) : std::vector<Certificate>();
}

Key ParseKey(std::string_view pem) {
  const Bio bio = Reading(pem);
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, nullptr));
  ERR_clear_error();
  return key;
}

RevocationList ParseRevocationList(std::string_view pem) {
  const Bio bio = Reading(pem);
  RevocationList list(PEM_read_bio_X509_CRL(bio.get(), nullptr, NoPassphrase, nullptr));
  ERR_clear_error();
  return list;
}

std::string ToPem(X509* certificate) {
  const Bio bio = Writing();
  PEM_write_bio_X509(bio.get(), certificate);
  return TextOf(bio);
}

std::string ToPem(EVP_PKEY* key) {
  const Bio bio = Writing();
  PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return TextOf(bio);
}

std::string SerialText(const ASN1_INTEGER* number) {
  const std::unique_ptr<BIGNUM, Freeing<BN_free>> value(ASN1_INTEGER_to_BN(number, nullptr));
  if (value == nullptr) return "";
  char* const digits = BN_bn2hex(value.get());
  std::string text = digits == nullptr ? "" : digits;
  OPENSSL_free(digits);
  return text;
}

std::string SerialOf(const X509* certificate) {
  return SerialText(X509_get0_serialNumber(certificate));
}

std::string NameOf(const X509* certificate) {
  X509_NAME* const subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0) return "";
  unsigned char* text = nullptr;
  const int size =
      ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  if (size < 0) return "";
  std::string name(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
  OPENSSL_free(text);
  return name;
}

absl::Time ToTime(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return absl::InfinitePast();
  return absl::FromTM(parts, absl::UTCTimeZone());
}

bool AddExtension(X509* certificate, X509* issuer, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value);
  const bool added = extension != nullptr && X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

}  // namespace mlup::tls
