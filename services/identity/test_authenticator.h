// A passkey in software, as a browser and a device would use it, for tests.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <sodium.h>

#include "eventstore/base/check.h"
#include "mlup/identity/v1/sign_in_service.pb.h"

namespace mlup::identity {

class TestAuthenticator {
 public:
  // What its answers say: tests change it to lie.
  std::string origin = "https://mlup.example.org";
  std::string rp_id = "mlup.example.org";
  // Somebody was there and verified; a new one holds a key too.
  std::uint8_t flags = 0x05;
  std::uint32_t counter = 0;
  std::string credential_id = "the credential of a test";

  std::string ClientData(const std::string& type, const std::string& challenge) const {
    return absl::StrCat(R"({"type":")", type, R"(","challenge":")", Base64(challenge),
                        R"(","origin":")", origin, R"(","crossOrigin":false})");
  }

  // With the new key, as `create()` gives it.
  std::string NewAuthenticatorData() const {
    std::string data = Head(static_cast<std::uint8_t>(flags | 0x40));
    data += std::string(16, '\0');
    data.push_back(0);
    data.push_back(static_cast<char>(credential_id.size()));
    data += credential_id;
    // COSE: an EC2 key for ES256 on P-256.
    data += std::string("\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20", 10) + Coordinate(true);
    data += std::string("\x22\x58\x20", 3) + Coordinate(false);
    return data;
  }

  v1::PasskeyAssertion Sign(const std::string& challenge) const {
    v1::PasskeyAssertion assertion;
    assertion.set_credential_id(credential_id);
    assertion.set_client_data_json(ClientData("webauthn.get", challenge));
    assertion.set_authenticator_data(Head(flags));
    assertion.set_signature(
        SignatureOf(assertion.authenticator_data() + Sha256(assertion.client_data_json())));
    return assertion;
  }

 private:
  using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

  static std::string Base64(const std::string& bytes) {
    std::string text = absl::WebSafeBase64Escape(bytes);
    while (!text.empty() && text.back() == '=') text.pop_back();
    return text;
  }
  static std::string Sha256(const std::string& text) {
    std::string digest(crypto_hash_sha256_BYTES, '\0');
    crypto_hash_sha256(reinterpret_cast<unsigned char*>(digest.data()),
                       reinterpret_cast<const unsigned char*>(text.data()), text.size());
    return digest;
  }
  std::string Head(std::uint8_t with) const {
    std::string data = Sha256(rp_id);
    data.push_back(static_cast<char>(with));
    for (int shift = 24; shift >= 0; shift -= 8) {
      data.push_back(static_cast<char>(counter >> shift));
    }
    return data;
  }
  std::string Coordinate(bool x) const {
    BIGNUM* number = nullptr;
    CHECK(EVP_PKEY_get_bn_param(key_.get(), x ? OSSL_PKEY_PARAM_EC_PUB_X : OSSL_PKEY_PARAM_EC_PUB_Y,
                                &number) == 1);
    std::string bytes(32, '\0');
    CHECK(BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), 32) == 32);
    BN_free(number);
    return bytes;
  }
  std::string SignatureOf(const std::string& text) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    CHECK(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1);
    std::size_t size = 128;
    std::string signature(size, '\0');
    CHECK(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                         reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1);
    signature.resize(size);
    return signature;
  }

  const Key key_{EVP_EC_gen("P-256"), EVP_PKEY_free};
};

}  // namespace mlup::identity
