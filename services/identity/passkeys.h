// Passkeys (WebAuthn): what a browser's answers prove.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "eventstore/base/status.h"
#include "mlup/identity/v1/credentials.pb.h"
#include "mlup/identity/v1/sign_in_service.pb.h"

namespace mlup::identity {

// A page from which passkeys are used. Borrows nothing.
struct PasskeyPlace {
  // `https://mlup.example.org`, as browsers say it.
  std::string origin;
  // The host of it.
  std::string rp_id;
};

// INVALID_ARGUMENT ORIGIN_UNFIT (field `origin`): must be `https://HOST[:PORT]` with a name, or
// `http://localhost[:PORT]`, as browsers have no passkeys elsewhere. Pure.
absl::StatusOr<PasskeyPlace> PasskeyPlaceOf(std::string_view origin);

// The challenge that a browser says it answers, unchecked. INVALID_ARGUMENT PASSKEY_INVALID.
absl::StatusOr<std::string> ChallengeIn(std::string_view client_data_json);

// A passkey that a browser made for the challenge, with its user verified, from what it says of the
// call and the authenticator's data. ES256 only; who made the authenticator is not asked.
// PERMISSION_DENIED PASSKEY_WRONG, which says what does not fit.
absl::StatusOr<v1::Passkey> ReadNewPasskey(const PasskeyPlace& place, std::string_view challenge,
                                           std::string_view client_data_json,
                                           std::string_view authenticator_data);

// That the passkey signed the challenge at its place, with its user verified: what it has counted
// to. PERMISSION_DENIED PASSKEY_WRONG; where it has counted no further, it was copied.
absl::StatusOr<std::uint32_t> VerifyPasskey(const v1::Passkey& passkey, std::string_view challenge,
                                            const v1::PasskeyAssertion& assertion);

}  // namespace mlup::identity
