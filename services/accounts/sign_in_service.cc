// Sessions, and the way in. What changes credentials stands in credential_changes.cc.
#include "services/accounts/sign_in_service.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/categories.h"
#include "eventstore/base/days.h"
#include "eventstore/base/limits.h"
#include "eventstore/base/uuid.h"
#include "eventstore/log/timestamp.h"
#include "services/accounts/door.h"
#include "services/accounts/vouchers.h"
#include "services/fields/validator.h"
#include "services/identity/secrets.h"

namespace mlup::accounts {

namespace pb = ::mlup::identity::v1;
using identity::CredentialStore;
using identity::FindToChange;

namespace {

constexpr absl::Duration kEmergencyReviewedWithin = absl::Hours(72);
constexpr std::string_view kResetCall = "mlup.identity.v1.SignInService/ResetCredentials";

absl::Status CodeRequired() {
  return Error(absl::StatusCode::kUnauthenticated, "CODE_REQUIRED",
               "this account has an authenticator: give its code, or a recovery code");
}

// One of the ways that name somebody by themselves, or name and password.
absl::Status CheckWay(const pb::SignInRequest& request) {
  const auto bad = [](std::string_view reason, std::string_view field, std::string_view words) {
    return FieldError(absl::StatusCode::kInvalidArgument, reason, field, words);
  };
  const int others = request.has_passkey() + request.has_certificate() + request.has_openid() +
                     !request.peer_ticket().empty();
  if (others > 0) {
    const bool more =
        !request.name().empty() || !request.password().empty() || !request.code().empty();
    return more || others > 1
               ? bad("FIELD_UNKNOWN", "passkey",
                     "a passkey, a certificate, a provider's answer or a ticket must stand alone")
               : absl::OkStatus();
  }
  if (request.name().empty()) return bad("FIELD_REQUIRED", "name", "must be given");
  if (request.password().empty()) return bad("FIELD_REQUIRED", "password", "must be given");
  return absl::OkStatus();
}

bool NamesItself(const pb::SignInRequest& request) {
  return request.has_passkey() || request.has_certificate() || request.has_openid() ||
         !request.peer_ticket().empty();
}

// Of whoever proved to be the holder: nobody else is told that the device was revoked.
template <typename Refuse>
absl::Status CheckDevice(const domain::AccountState& state, const pb::SignInRequest& request,
                         const Refuse& refuse) {
  if (domain::MayUse(state, request.device())) return absl::OkStatus();
  const absl::Status refused = refuse(pb::SIGN_IN_REFUSAL_DEVICE);
  const absl::Status revoked = CheckNotRevoked(state, request.device());
  return revoked.ok() ? refused : revoked;
}

// Makes room for one more session of the actor.
void DropOldest(std::string_view actor_id, pb::Credentials& credentials) {
  auto& sessions = *credentials.mutable_sessions();
  const auto own = [actor_id](const pb::Session& session) {
    return session.actor_id() == actor_id;
  };
  while (static_cast<std::size_t>(std::count_if(sessions.begin(), sessions.end(), own)) >=
         kSignedInOfOneMax) {
    // They stand in the order in which they began.
    sessions.erase(std::find_if(sessions.begin(), sessions.end(), own));
  }
}

}  // namespace

absl::Status SignInRefused() {
  return Error(absl::StatusCode::kUnauthenticated, "SIGN_IN_REFUSED",
               "name, password, code and device do not open an account here");
}

absl::StatusOr<pb::SignInResponse> SignInService::SignIn(const pb::SignInRequest& stated,
                                                         std::string_view address) {
  RETURN_IF_ERROR(fields::Validate(stated));
  RETURN_IF_ERROR(CheckWay(stated));
  const absl::Time now = parts_.clock.Now();
  pb::SignInRequest request = stated;
  Proof shown;
  if (NamesItself(request)) {
    RETURN_IF_ERROR(slowing_.MayTry("", address, now));
    absl::StatusOr<Shown> who = Show(request);
    if (!who.ok()) {
      if (absl::IsUnauthenticated(who.status())) slowing_.Failed("", address, now);
      return who.status();
    }
    request.set_name(who->name);
    shown = std::move(who->proof);
  }
  RETURN_IF_ERROR(slowing_.MayTry(request.name(), address, now));
  ASSIGN_OR_RETURN(const auto state, parts_.accounts.Read(request.name()));
  const absl::StatusOr<Proof> proof = Prove(request, *state, std::move(shown));
  if (ErrorReason(proof.status()) == "CODE_REQUIRED") return proof.status();
  if (!proof.ok()) {
    slowing_.Failed(request.name(), address, now);
    return proof.status();
  }
  ASSIGN_OR_RETURN(pb::SignInResponse response, Begin(request, *proof));
  slowing_.Succeeded(request.name(), address);
  return response;
}

absl::StatusOr<SignInService::Proof> SignInService::Prove(const pb::SignInRequest& request,
                                                          const domain::AccountState& state,
                                                          Proof shown) {
  RETURN_IF_ERROR(parts_.credentials.Refresh());
  const CredentialStore::Snapshot known = parts_.credentials.Now();
  const pb::AccountCredentials* account = known->FindAccount(request.name());
  const bool fits = NamesItself(request) ||
                    identity::FitsPassword(account == nullptr ? "" : account->password_hash(),
                                           request.password());
  if (account == nullptr || state.actor_id.empty()) return SignInRefused();
  const auto refuse = [&](pb::SignInRefusal because) -> absl::Status {
    pb::IdentityFact fact = FactOn(request.name());
    fact.mutable_sign_in_refused()->set_because(because);
    fact.mutable_sign_in_refused()->set_device(request.device());
    RETURN_IF_ERROR(parts_.facts.Record({fact}));
    return SignInRefused();
  };
  if (!state.open) return refuse(pb::SIGN_IN_REFUSAL_ACCOUNT);
  Proof proof = std::move(shown);
  if (request.has_passkey()) {
    proof.must_change = account->has_must_change_before();
    if (!ProvePasskey(request.passkey(), *account, proof).ok()) {
      return refuse(pb::SIGN_IN_REFUSAL_PASSKEY);
    }
  } else if (!NamesItself(request)) {
    const bool too_late = account->has_must_change_before() &&
                          log::FromTimestamp(account->must_change_before()) <= parts_.clock.Now();
    if (!fits || too_late) return refuse(pb::SIGN_IN_REFUSAL_PASSWORD);
    proof.must_change = account->has_must_change_before();
    proof.with.push_back(pb::CREDENTIAL_KIND_PASSWORD);
    if (!account->authenticator().empty()) {
      if (request.code().empty()) return CodeRequired();
      if (!ProveCode(request, *account, proof).ok()) {
        return refuse(pb::SIGN_IN_REFUSAL_AUTHENTICATOR);
      }
    }
  }
  RETURN_IF_ERROR(CheckDevice(state, request, refuse));
  return proof;
}

absl::Status SignInService::ProveCode(const pb::SignInRequest& request,
                                      const pb::AccountCredentials& account, Proof& proof) {
  ASSIGN_OR_RETURN(
      const std::optional<std::uint64_t> step,
      identity::FindStep(parts_.credentials.key(), account.authenticator(), request.name(),
                         {request.code(), parts_.clock.Now(), account.authenticator_step()}));
  if (step.has_value()) {
    proof.step = *step;
    proof.with.push_back(pb::CREDENTIAL_KIND_AUTHENTICATOR);
    return absl::OkStatus();
  }
  const std::string digest =
      identity::RecoveryDigest(parts_.credentials.key(), request.name(), request.code());
  const auto& left = account.recovery_codes();
  if (std::none_of(left.begin(), left.end(),
                   [&](const std::string& code) { return identity::IsSame(code, digest); })) {
    return SignInRefused();
  }
  proof.recovery_digest = digest;
  proof.with.push_back(pb::CREDENTIAL_KIND_RECOVERY_CODES);
  return absl::OkStatus();
}

absl::StatusOr<pb::SignInResponse> SignInService::Begin(const pb::SignInRequest& request,
                                                        const Proof& proof) {
  const absl::Time now = parts_.clock.Now();
  pb::SignInResponse response;
  response.set_token(identity::NewToken());
  response.set_session_id(NewUuid(parts_.clock, parts_.random));
  *response.mutable_ends_at() = log::ToTimestamp(now + kSessionLength);
  response.set_must_change_password(proof.must_change);
  pb::IdentityFact fact = FactOn(request.name());
  pb::SignedIn& signed_in = *fact.mutable_signed_in();
  signed_in.set_session_id(response.session_id());
  signed_in.set_device(request.device());
  for (const pb::CredentialKind kind : proof.with) signed_in.add_with(kind);
  RETURN_IF_ERROR(parts_.facts.Record({fact}));
  RETURN_IF_ERROR(parts_.credentials.Update([&](pb::Credentials& credentials) -> absl::Status {
    pb::AccountCredentials* account = FindToChange(credentials, request.name());
    if (account == nullptr) return SignInRefused();
    if (proof.step > 0) {
      // Another sign-in may have taken the code meanwhile.
      if (account->authenticator_step() >= proof.step) return SignInRefused();
      account->set_authenticator_step(proof.step);
    }
    if (!proof.passkey_id.empty() && !UsePasskey(proof, *account)) return SignInRefused();
    if (!HoldsCertificate(proof.certificate_serial)) return SignInRefused();
    if (!proof.recovery_digest.empty()) {
      auto& codes = *account->mutable_recovery_codes();
      const auto used = std::find(codes.begin(), codes.end(), proof.recovery_digest);
      if (used == codes.end()) return SignInRefused();
      codes.erase(used);
    }
    DropOldest(request.name(), credentials);
    pb::Session& session = *credentials.add_sessions();
    session.set_session_id(response.session_id());
    session.set_actor_id(request.name());
    session.set_token_digest(identity::TokenDigest(parts_.credentials.key(), response.token()));
    session.set_device(request.device());
    *session.mutable_began_at() = log::ToTimestamp(now);
    *session.mutable_used_at() = log::ToTimestamp(now);
    *session.mutable_ends_at() = response.ends_at();
    session.set_certificate_serial(proof.certificate_serial);
    session.set_without_password(NamesItself(request) && !request.has_passkey());
    return absl::OkStatus();
  }));
  return response;
}

absl::StatusOr<pb::SignOutResponse> SignInService::SignOut(const Caller& caller) {
  if (caller.session_id().empty()) return pb::SignOutResponse();
  RETURN_IF_ERROR(parts_.credentials.Update([&](pb::Credentials& credentials) {
    auto& sessions = *credentials.mutable_sessions();
    sessions.erase(std::remove_if(sessions.begin(), sessions.end(),
                                  [&](const pb::Session& session) {
                                    return session.session_id() == caller.session_id();
                                  }),
                   sessions.end());
    return absl::OkStatus();
  }));
  return pb::SignOutResponse();
}

absl::StatusOr<pb::WhoAmIResponse> SignInService::WhoAmI(const Caller& caller) {
  pb::WhoAmIResponse response;
  if (caller.kind() != Caller::Kind::kAccount) return response;
  response.set_signed_in_as(caller.actor_id());
  response.set_session_id(caller.session_id());
  ASSIGN_OR_RETURN(const auto state, parts_.accounts.Read(caller.actor_id()));
  const Day today = DayOf(parts_.clock.Now());
  for (const auto& [id, grant] : state->grants) {
    if (domain::HoldsOn(today, grant.from(), grant.until())) *response.add_roles() = grant;
  }
  const CredentialStore::Snapshot known = parts_.credentials.Now();
  for (const pb::Session& session : known->all().sessions()) {
    if (session.session_id() == caller.session_id())
      *response.mutable_ends_at() = session.ends_at();
  }
  if (const auto* account = known->FindAccount(caller.actor_id()); account != nullptr) {
    response.set_has_authenticator(!account->authenticator().empty());
    response.set_recovery_codes_left(static_cast<std::uint32_t>(account->recovery_codes_size()));
    response.set_must_change_password(account->has_must_change_before());
    for (const pb::Passkey& passkey : account->passkeys()) {
      pb::PasskeyInfo& info = *response.add_passkeys();
      info.set_credential_id(passkey.credential_id());
      info.set_label(passkey.label());
      info.set_origin(passkey.origin());
      *info.mutable_added_at() = passkey.added_at();
    }
  }
  return response;
}

absl::StatusOr<std::string> SignInService::MeantBy(const std::string& stated, const Caller& caller,
                                                   std::string_view call) const {
  if (stated.empty() || stated == caller.actor_id()) return caller.actor_id();
  RETURN_IF_ERROR(
      parts_.policy.Authorise(identity::Anyhow(caller.actor_id()), identity::Calling(call)));
  return stated;
}

absl::StatusOr<pb::ListSessionsResponse> SignInService::ListSessions(
    const pb::ListSessionsRequest& request, const Caller& caller) {
  RETURN_IF_ERROR(fields::Validate(request));
  ASSIGN_OR_RETURN(const std::string of, MeantBy(request.of(), caller, kResetCall));
  pb::ListSessionsResponse response;
  const CredentialStore::Snapshot known = parts_.credentials.Now();
  for (const pb::Session& session : known->all().sessions()) {
    if (session.actor_id() != of) continue;
    pb::SessionInfo& info = *response.add_sessions();
    info.set_session_id(session.session_id());
    info.set_of(session.actor_id());
    info.set_device(session.device());
    *info.mutable_began_at() = session.began_at();
    *info.mutable_used_at() = session.used_at();
    *info.mutable_ends_at() = session.ends_at();
    info.set_is_this(session.session_id() == caller.session_id());
  }
  return response;
}

absl::StatusOr<pb::RevokeSessionResponse> SignInService::RevokeSession(
    const pb::RevokeSessionRequest& request, const Caller& caller) {
  RETURN_IF_ERROR(fields::Validate(request));
  if (caller.session_id().empty()) return pb::RevokeSessionResponse();
  const bool others =
      parts_.policy.Authorise(identity::Anyhow(caller.actor_id()), identity::Calling(kResetCall))
          .ok();
  if (!request.all_of().empty()) {
    RETURN_IF_ERROR(MeantBy(request.all_of(), caller, kResetCall).status());
  }
  const auto is_meant = [&](const pb::Session& session) {
    if (!others && session.actor_id() != caller.actor_id()) return false;
    return request.all_of().empty() ? session.session_id() == request.session_id()
                                    : session.actor_id() == request.all_of();
  };
  pb::RevokeSessionResponse response;
  RETURN_IF_ERROR(parts_.credentials.Update([&](pb::Credentials& credentials) {
    auto& sessions = *credentials.mutable_sessions();
    const int before = sessions.size();
    sessions.erase(std::remove_if(sessions.begin(), sessions.end(), is_meant), sessions.end());
    response.set_revoked(static_cast<std::uint32_t>(before - sessions.size()));
    return absl::OkStatus();
  }));
  return response;
}

absl::StatusOr<pb::ListAccountsResponse> SignInService::ListAccounts() {
  pb::ListAccountsResponse response;
  const CredentialStore::Snapshot known = parts_.credentials.Now();
  for (const pb::AccountCredentials& account : known->all().accounts()) {
    ASSIGN_OR_RETURN(const auto state, parts_.accounts.Read(account.actor_id()));
    pb::AccountInfo& info = *response.add_accounts();
    info.set_of(account.actor_id());
    info.set_account_id(std::string(RecordIdOf(domain::AccountStream(account.actor_id()))));
    info.set_open(state->open);
    for (const auto& [id, grant] : state->grants) *info.add_roles() = grant;
    for (const auto& [id, given] : state->delegations) *info.add_delegations() = given;
    for (const std::string& device : state->devices) info.add_devices(device);
    info.set_has_password(!account.password_hash().empty());
    info.set_has_authenticator(!account.authenticator().empty());
    for (const pb::Session& session : known->all().sessions()) {
      if (session.actor_id() == account.actor_id()) info.set_sessions(info.sessions() + 1);
    }
  }
  return response;
}

absl::StatusOr<pb::ListEmergencyAccessesResponse> SignInService::ListEmergencyAccesses() {
  pb::ListEmergencyAccessesResponse response;
  const CredentialStore::Snapshot known = parts_.credentials.Now();
  for (const pb::AccountCredentials& account : known->all().accounts()) {
    ASSIGN_OR_RETURN(const auto state, parts_.accounts.Read(account.actor_id()));
    for (const auto& [id, emergency] : state->emergencies) {
      const absl::Time begun_at = absl::FromUnixSeconds(emergency.begun_s);
      pb::EmergencyAccess& access = *response.add_accesses();
      *access.mutable_begun() = emergency.begun;
      access.set_of(account.actor_id());
      *access.mutable_begun_at() = log::ToTimestamp(begun_at);
      *access.mutable_ends_at() = log::ToTimestamp(absl::FromUnixSeconds(domain::EndOf(emergency)));
      *access.mutable_review_due_at() = log::ToTimestamp(begun_at + kEmergencyReviewedWithin);
    }
  }
  std::sort(response.mutable_accesses()->begin(), response.mutable_accesses()->end(),
            [](const pb::EmergencyAccess& a, const pb::EmergencyAccess& b) {
              return a.begun_at().seconds() < b.begun_at().seconds();
            });
  return response;
}

}  // namespace mlup::accounts
