// Passkeys: added, taken away, and what one of them proves.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/categories.h"
#include "eventstore/base/limits.h"
#include "eventstore/log/timestamp.h"
#include "services/accounts/sign_in_service.h"
#include "services/accounts/vouchers.h"
#include "services/fields/validator.h"
#include "services/identity/passkeys.h"

namespace mlup::accounts {

namespace pb = ::mlup::identity::v1;
using identity::CredentialStore;
using identity::FindToChange;

namespace {

// A passkey is added in the session in which it was offered, on the same page.
std::string ToAdd(const identity::Caller& caller, const std::string& origin) {
  return absl::StrCat("add\n", caller.session_id(), "\n", origin);
}

auto WithId(std::string_view credential_id) {
  return [credential_id](const pb::Passkey& passkey) {
    return passkey.credential_id() == credential_id;
  };
}

bool Holds(const pb::AccountCredentials& account, std::string_view credential_id) {
  const auto& passkeys = account.passkeys();
  return std::any_of(passkeys.begin(), passkeys.end(), WithId(credential_id));
}

}  // namespace

absl::StatusOr<pb::OfferPasskeyResponse> SignInService::OfferPasskey(
    const pb::OfferPasskeyRequest& request, const Caller& caller) {
  RETURN_IF_ERROR(fields::Validate(request));
  ASSIGN_OR_RETURN(const identity::PasskeyPlace place, identity::PasskeyPlaceOf(request.origin()));
  RETURN_IF_ERROR(CheckOwnPassword(caller, request.password()));
  pb::OfferPasskeyResponse response;
  response.set_challenge(challenges_.New(ToAdd(caller, place.origin)));
  response.set_rp_id(place.rp_id);
  response.set_user_id(std::string(RecordIdOf(domain::AccountStream(caller.actor_id()))));
  response.set_user_name(caller.actor_id());
  const CredentialStore::Snapshot known = parts_.credentials.Now();
  if (const auto* account = known->FindAccount(caller.actor_id()); account != nullptr) {
    for (const pb::Passkey& passkey : account->passkeys()) {
      if (passkey.rp_id() == place.rp_id) response.add_credential_ids(passkey.credential_id());
    }
  }
  return response;
}

absl::StatusOr<pb::AddPasskeyResponse> SignInService::AddPasskey(
    const pb::AddPasskeyRequest& request, const Caller& caller) {
  RETURN_IF_ERROR(fields::Validate(request));
  ASSIGN_OR_RETURN(const identity::PasskeyPlace place, identity::PasskeyPlaceOf(request.origin()));
  ASSIGN_OR_RETURN(const std::string challenge, identity::ChallengeIn(request.client_data_json()));
  RETURN_IF_ERROR(challenges_.Use(challenge, ToAdd(caller, place.origin)));
  ASSIGN_OR_RETURN(pb::Passkey passkey,
                   identity::ReadNewPasskey(place, challenge, request.client_data_json(),
                                            request.authenticator_data()));
  passkey.set_label(request.label());
  *passkey.mutable_added_at() = log::ToTimestamp(parts_.clock.Now());
  RETURN_IF_ERROR(RecordSet(caller.actor_id(), pb::CREDENTIAL_KIND_PASSKEY));
  RETURN_IF_ERROR(parts_.credentials.Update([&](pb::Credentials& credentials) -> absl::Status {
    for (const pb::AccountCredentials& account : credentials.accounts()) {
      if (!Holds(account, passkey.credential_id())) continue;
      return Error(absl::StatusCode::kFailedPrecondition, "PASSKEY_TAKEN",
                   "an account has this passkey already");
    }
    pb::AccountCredentials* account = FindToChange(credentials, caller.actor_id());
    if (account == nullptr || account->passkeys_size() >= static_cast<int>(kPasskeysOfOneMax)) {
      return Error(absl::StatusCode::kFailedPrecondition, "PASSKEYS_FULL",
                   absl::StrCat("an account has at most ", kPasskeysOfOneMax,
                                " passkeys: take one away first"));
    }
    *account->add_passkeys() = std::move(passkey);
    return absl::OkStatus();
  }));
  return pb::AddPasskeyResponse();
}

absl::StatusOr<pb::RemovePasskeyResponse> SignInService::RemovePasskey(
    const pb::RemovePasskeyRequest& request, const Caller& caller) {
  RETURN_IF_ERROR(fields::Validate(request));
  RETURN_IF_ERROR(CheckOwnPassword(caller, request.password()));
  const CredentialStore::Snapshot known = parts_.credentials.Now();
  const auto* held = known->FindAccount(caller.actor_id());
  if (held == nullptr || !Holds(*held, request.credential_id())) return pb::RemovePasskeyResponse();
  pb::IdentityFact fact = FactOn(caller.actor_id());
  fact.mutable_credential_set()->set_kind(pb::CREDENTIAL_KIND_PASSKEY);
  fact.mutable_credential_set()->set_removed(true);
  RETURN_IF_ERROR(parts_.facts.Record({fact}));
  RETURN_IF_ERROR(parts_.credentials.Update([&](pb::Credentials& credentials) {
    if (auto* account = FindToChange(credentials, caller.actor_id()); account != nullptr) {
      auto& passkeys = *account->mutable_passkeys();
      passkeys.erase(
          std::remove_if(passkeys.begin(), passkeys.end(), WithId(request.credential_id())),
          passkeys.end());
    }
    return absl::OkStatus();
  }));
  return pb::RemovePasskeyResponse();
}

std::string SignInService::HolderOf(const pb::PasskeyAssertion& assertion) const {
  const CredentialStore::Snapshot known = parts_.credentials.Now();
  for (const pb::AccountCredentials& account : known->all().accounts()) {
    if (Holds(account, assertion.credential_id())) return account.actor_id();
  }
  return "";
}

absl::Status SignInService::ProvePasskey(const pb::PasskeyAssertion& assertion,
                                         const pb::AccountCredentials& account, Proof& proof) {
  const auto& passkeys = account.passkeys();
  const auto passkey =
      std::find_if(passkeys.begin(), passkeys.end(), WithId(assertion.credential_id()));
  if (passkey == passkeys.end()) {
    return Error(absl::StatusCode::kPermissionDenied, "PASSKEY_WRONG", "no such passkey");
  }
  ASSIGN_OR_RETURN(const std::string challenge,
                   identity::ChallengeIn(assertion.client_data_json()));
  ASSIGN_OR_RETURN(proof.counted, identity::VerifyPasskey(*passkey, challenge, assertion));
  RETURN_IF_ERROR(challenges_.Use(challenge, kToSignIn));
  proof.passkey_id = assertion.credential_id();
  proof.with.push_back(pb::CREDENTIAL_KIND_PASSKEY);
  return absl::OkStatus();
}

bool SignInService::UsePasskey(const Proof& proof, pb::AccountCredentials& account) {
  auto& passkeys = *account.mutable_passkeys();
  const auto passkey = std::find_if(passkeys.begin(), passkeys.end(), WithId(proof.passkey_id));
  // Taken away, or used by another sign-in, meanwhile.
  if (passkey == passkeys.end()) return false;
  if (proof.counted > 0 && proof.counted <= passkey->counted()) return false;
  passkey->set_counted(proof.counted);
  return true;
}

}  // namespace mlup::accounts
