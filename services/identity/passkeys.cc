#include "services/identity/passkeys.h"

#include <memory>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include <fido.h>
#include <fido/es256.h>
#include <nlohmann/json.hpp>
#include <sodium.h>

#include "eventstore/base/networks.h"
#include "eventstore/json/json_text.h"
#include "services/identity/secrets.h"

namespace mlup::identity {
namespace {

// Flags of the authenticator's data (WebAuthn, 6.1): somebody was there, and was verified.
constexpr std::uint8_t kUserPresent = 0x01;
constexpr std::uint8_t kUserVerified = 0x04;
constexpr std::size_t kFlagsAt = crypto_hash_sha256_BYTES;

absl::Status Wrong(std::string_view words) {
  return Error(absl::StatusCode::kPermissionDenied, "PASSKEY_WRONG",
               absl::StrCat("the passkey's answer does not fit: ", ToAbsl(words)));
}

absl::Status Invalid() {
  return FieldError(absl::StatusCode::kInvalidArgument, "PASSKEY_INVALID", "client_data_json",
                    "must be what a browser says of the call");
}

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// What a browser says of a call.
struct ClientData {
  std::string type;
  std::string challenge;
  std::string origin;
  bool cross_origin = false;
};

absl::StatusOr<ClientData> ReadClientData(std::string_view json) {
  const absl::StatusOr<nlohmann::json> read = strict::ParseJson(json);
  if (!read.ok() || !read->is_object()) return Invalid();
  const auto text = [&](const char* name) -> std::optional<std::string> {
    const auto found = read->find(name);
    if (found == read->end() || !found->is_string()) return std::nullopt;
    return found->get<std::string>();
  };
  const auto type = text("type");
  const auto challenge = text("challenge");
  const auto origin = text("origin");
  ClientData data;
  if (!type || !challenge || !origin || !absl::WebSafeBase64Unescape(*challenge, &data.challenge)) {
    return Invalid();
  }
  data.type = *type;
  data.origin = *origin;
  const auto cross = read->find("crossOrigin");
  data.cross_origin = cross != read->end() && *cross != false;
  return data;
}

absl::Status CheckClientData(std::string_view json, std::string_view type,
                             std::string_view challenge, std::string_view origin) {
  ASSIGN_OR_RETURN(const ClientData data, ReadClientData(json));
  if (data.type != type) return Wrong("it is of another kind");
  if (data.challenge != challenge) return Wrong("it answers something else");
  if (data.origin != origin || data.cross_origin) return Wrong("it was given on another page");
  return absl::OkStatus();
}

absl::Status CheckAuthenticatorData(std::string_view data, const std::string& rp_id) {
  if (data.size() <= kFlagsAt || data.substr(0, kFlagsAt) != Sha256(rp_id)) {
    return Wrong("it is for another site");
  }
  const auto flags = static_cast<std::uint8_t>(data[kFlagsAt]);
  if ((flags & kUserPresent) == 0 || (flags & kUserVerified) == 0) {
    return Wrong("its user was not verified by PIN, finger or face");
  }
  return absl::OkStatus();
}

using Credential =
    std::unique_ptr<fido_cred_t, decltype([](fido_cred_t* cred) { fido_cred_free(&cred); })>;
using Assertion =
    std::unique_ptr<fido_assert_t, decltype([](fido_assert_t* one) { fido_assert_free(&one); })>;
using PublicKey =
    std::unique_ptr<es256_pk_t, decltype([](es256_pk_t* key) { es256_pk_free(&key); })>;

}  // namespace

absl::StatusOr<PasskeyPlace> PasskeyPlaceOf(std::string_view origin) {
  const absl::string_view text = ToAbsl(origin);
  const bool secure = absl::StartsWith(text, "https://");
  std::string host(text.substr(secure ? 8 : std::min(text.size(), std::size_t{7})));
  if (const std::size_t colon = host.find(':'); colon != std::string::npos) {
    const std::string port = host.substr(colon + 1);
    if (port.empty() || port.size() > 5 ||
        port.find_first_not_of("0123456789") != std::string::npos)
      host.clear();
    host.resize(std::min(host.size(), colon));
  }
  const bool is_name =
      !host.empty() && host.size() <= 253 &&
      host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") == std::string::npos &&
      !ParseAddress(host).has_value();
  const bool here = absl::StartsWith(text, "http://") && host == "localhost";
  if (is_name && (secure || here)) return PasskeyPlace{std::string(origin), host};
  return FieldError(absl::StatusCode::kInvalidArgument, "ORIGIN_UNFIT", "origin",
                    "must be https:// with a name, or http://localhost: browsers have no passkeys "
                    "for other addresses");
}

absl::StatusOr<std::string> ChallengeIn(std::string_view client_data_json) {
  ASSIGN_OR_RETURN(ClientData data, ReadClientData(client_data_json));
  return std::move(data.challenge);
}

absl::StatusOr<v1::Passkey> ReadNewPasskey(const PasskeyPlace& place, std::string_view challenge,
                                           std::string_view client_data_json,
                                           std::string_view authenticator_data) {
  RETURN_IF_ERROR(CheckClientData(client_data_json, "webauthn.create", challenge, place.origin));
  RETURN_IF_ERROR(CheckAuthenticatorData(authenticator_data, place.rp_id));
  const std::string digest = Sha256(client_data_json);
  const Credential credential(fido_cred_new());
  if (credential == nullptr || fido_cred_set_type(credential.get(), COSE_ES256) != FIDO_OK ||
      fido_cred_set_rp(credential.get(), place.rp_id.c_str(), nullptr) != FIDO_OK ||
      fido_cred_set_clientdata_hash(credential.get(), Bytes(digest), digest.size()) != FIDO_OK ||
      fido_cred_set_authdata_raw(credential.get(), Bytes(authenticator_data),
                                 authenticator_data.size()) != FIDO_OK ||
      fido_cred_id_len(credential.get()) == 0 || fido_cred_pubkey_len(credential.get()) == 0) {
    return Wrong("it holds no key of the kind ES256");
  }
  v1::Passkey passkey;
  passkey.set_credential_id(fido_cred_id_ptr(credential.get()), fido_cred_id_len(credential.get()));
  passkey.set_public_key(fido_cred_pubkey_ptr(credential.get()),
                         fido_cred_pubkey_len(credential.get()));
  passkey.set_counted(fido_cred_sigcount(credential.get()));
  passkey.set_origin(place.origin);
  passkey.set_rp_id(place.rp_id);
  return passkey;
}

absl::StatusOr<std::uint32_t> VerifyPasskey(const v1::Passkey& passkey, std::string_view challenge,
                                            const v1::PasskeyAssertion& assertion) {
  RETURN_IF_ERROR(
      CheckClientData(assertion.client_data_json(), "webauthn.get", challenge, passkey.origin()));
  RETURN_IF_ERROR(CheckAuthenticatorData(assertion.authenticator_data(), passkey.rp_id()));
  const std::string digest = Sha256(assertion.client_data_json());
  const Assertion signed_by(fido_assert_new());
  const PublicKey key(es256_pk_new());
  const std::string& data = assertion.authenticator_data();
  const std::string& signature = assertion.signature();
  if (signed_by == nullptr || key == nullptr ||
      es256_pk_from_ptr(key.get(), passkey.public_key().data(), passkey.public_key().size()) !=
          FIDO_OK ||
      fido_assert_set_rp(signed_by.get(), passkey.rp_id().c_str()) != FIDO_OK ||
      fido_assert_set_clientdata_hash(signed_by.get(), Bytes(digest), digest.size()) != FIDO_OK ||
      fido_assert_set_count(signed_by.get(), 1) != FIDO_OK ||
      fido_assert_set_authdata_raw(signed_by.get(), 0, Bytes(data), data.size()) != FIDO_OK ||
      fido_assert_set_sig(signed_by.get(), 0, Bytes(signature), signature.size()) != FIDO_OK ||
      fido_assert_set_up(signed_by.get(), FIDO_OPT_TRUE) != FIDO_OK ||
      fido_assert_set_uv(signed_by.get(), FIDO_OPT_TRUE) != FIDO_OK ||
      fido_assert_verify(signed_by.get(), 0, COSE_ES256, key.get()) != FIDO_OK) {
    return Wrong("the signature is not that of the passkey");
  }
  const std::uint32_t counted = fido_assert_sigcount(signed_by.get(), 0);
  // Those that do not count stay at zero.
  if ((counted > 0 || passkey.counted() > 0) && counted <= passkey.counted()) {
    return Wrong("it has counted no further than before, as a copy would");
  }
  return counted;
}

}  // namespace mlup::identity
