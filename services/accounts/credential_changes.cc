// What one signs in with: chosen, set up, taken away, and the first of all.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/categories.h"
#include "eventstore/base/days.h"
#include "eventstore/base/uuid.h"
#include "eventstore/log/timestamp.h"
#include "services/accounts/sign_in_service.h"
#include "services/fields/validator.h"
#include "services/identity/secrets.h"

namespace mlup::accounts {

namespace pb = ::mlup::identity::v1;
using identity::CredentialStore;
using identity::FindToChange;

namespace {

constexpr absl::Duration kInitialPasswordLife = absl::Hours(24 * 7);

absl::Status Wrong(std::string_view reason, std::string_view field, std::string_view words) {
  return FieldError(absl::StatusCode::kPermissionDenied, reason, field, words);
}

absl::Status Unknown(std::string_view actor_id) {
  return FieldError(absl::StatusCode::kNotFound, "ACCOUNT_UNKNOWN", "of",
                    absl::StrCat("actor ", ToAbsl(actor_id), " has no open account"));
}

// All of an actor but one, which may be empty.
void EndSessions(std::string_view actor_id, std::string_view but, pb::Credentials& credentials) {
  auto& sessions = *credentials.mutable_sessions();
  sessions.erase(std::remove_if(sessions.begin(), sessions.end(),
                                [&](const pb::Session& session) {
                                  return session.actor_id() == actor_id &&
                                         session.session_id() != but;
                                }),
                 sessions.end());
}

pb::AccountCredentials& FindOrAdd(pb::Credentials& credentials, const std::string& actor_id) {
  pb::AccountCredentials* found = FindToChange(credentials, actor_id);
  if (found != nullptr) return *found;
  pb::AccountCredentials& added = *credentials.add_accounts();
  added.set_actor_id(actor_id);
  return added;
}

}  // namespace

absl::Status SignInService::RecordSet(std::string_view actor_id, pb::CredentialKind kind) {
  pb::IdentityFact fact = FactOn(actor_id);
  fact.mutable_credential_set()->set_kind(kind);
  return parts_.facts.Record({fact});
}

absl::Status SignInService::CheckOwnPassword(const Caller& caller, std::string_view password) {
  const absl::Time now = parts_.clock.Now();
  // As another place: whoever has a session does not keep its holder from signing in.
  RETURN_IF_ERROR(slowing_.MayTry(caller.actor_id(), caller.session_id(), now));
  const CredentialStore::Snapshot known = parts_.credentials.Now();
  const auto* account = known->FindAccount(caller.actor_id());
  if (account != nullptr && identity::FitsPassword(account->password_hash(), password)) {
    return absl::OkStatus();
  }
  slowing_.Failed(caller.actor_id(), caller.session_id(), now);
  return Wrong("PASSWORD_WRONG", "password", "is not the password of this account");
}

absl::StatusOr<pb::ChangePasswordResponse> SignInService::ChangePassword(
    const pb::ChangePasswordRequest& request, const Caller& caller) {
  RETURN_IF_ERROR(fields::Validate(request));
  RETURN_IF_ERROR(CheckOwnPassword(caller, request.password()));
  const absl::Status fit = identity::CheckPassword(request.new_password(), caller.actor_id());
  if (!fit.ok() || request.new_password() == request.password()) {
    return FieldError(absl::StatusCode::kInvalidArgument, "PASSWORD_UNFIT", "new_password",
                      fit.ok() ? "must be another one" : ToStd(fit.message()));
  }
  ASSIGN_OR_RETURN(const std::string hash, identity::HashPassword(request.new_password()));
  RETURN_IF_ERROR(RecordSet(caller.actor_id(), pb::CREDENTIAL_KIND_PASSWORD));
  RETURN_IF_ERROR(parts_.credentials.Update([&](pb::Credentials& credentials) {
    pb::AccountCredentials& account = FindOrAdd(credentials, caller.actor_id());
    account.set_password_hash(hash);
    account.clear_must_change_before();
    EndSessions(caller.actor_id(), caller.session_id(), credentials);
    return absl::OkStatus();
  }));
  return pb::ChangePasswordResponse();
}

absl::StatusOr<pb::OfferAuthenticatorResponse> SignInService::OfferAuthenticator(
    const pb::OfferAuthenticatorRequest& request, const Caller& caller) {
  RETURN_IF_ERROR(fields::Validate(request));
  RETURN_IF_ERROR(CheckOwnPassword(caller, request.password()));
  const std::string sealed =
      identity::NewAuthenticator(parts_.credentials.key(), caller.actor_id());
  pb::OfferAuthenticatorResponse response;
  ASSIGN_OR_RETURN(
      *response.mutable_address(),
      identity::AuthenticatorAddress(parts_.credentials.key(), sealed, caller.actor_id()));
  RETURN_IF_ERROR(parts_.credentials.Update([&](pb::Credentials& credentials) {
    FindOrAdd(credentials, caller.actor_id()).set_offered_authenticator(sealed);
    return absl::OkStatus();
  }));
  return response;
}

absl::StatusOr<pb::ConfirmAuthenticatorResponse> SignInService::ConfirmAuthenticator(
    const pb::ConfirmAuthenticatorRequest& request, const Caller& caller) {
  RETURN_IF_ERROR(fields::Validate(request));
  const CredentialStore::Snapshot known = parts_.credentials.Now();
  const auto* account = known->FindAccount(caller.actor_id());
  if (account == nullptr || account->offered_authenticator().empty()) {
    return Error(absl::StatusCode::kFailedPrecondition, "NOTHING_OFFERED",
                 "set an authenticator up first");
  }
  const absl::Time now = parts_.clock.Now();
  RETURN_IF_ERROR(slowing_.MayTry(caller.actor_id(), caller.session_id(), now));
  const std::string offered = account->offered_authenticator();
  ASSIGN_OR_RETURN(const std::optional<std::uint64_t> step,
                   identity::FindStep(parts_.credentials.key(), offered, caller.actor_id(),
                                      {request.code(), now}));
  if (!step.has_value()) {
    slowing_.Failed(caller.actor_id(), caller.session_id(), now);
    return Wrong("CODE_WRONG", "code", "is not what the authenticator shows: look at its clock");
  }
  pb::ConfirmAuthenticatorResponse response;
  std::vector<std::string> digests;
  for (const std::string& code : identity::NewRecoveryCodes()) {
    response.add_recovery_codes(code);
    digests.push_back(identity::RecoveryDigest(parts_.credentials.key(), caller.actor_id(), code));
  }
  RETURN_IF_ERROR(RecordSet(caller.actor_id(), pb::CREDENTIAL_KIND_AUTHENTICATOR));
  RETURN_IF_ERROR(RecordSet(caller.actor_id(), pb::CREDENTIAL_KIND_RECOVERY_CODES));
  RETURN_IF_ERROR(parts_.credentials.Update([&](pb::Credentials& credentials) {
    pb::AccountCredentials& changed = FindOrAdd(credentials, caller.actor_id());
    changed.set_authenticator(offered);
    changed.clear_offered_authenticator();
    changed.set_authenticator_step(*step);
    changed.mutable_recovery_codes()->Assign(digests.begin(), digests.end());
    return absl::OkStatus();
  }));
  return response;
}

absl::StatusOr<pb::ResetCredentialsResponse> SignInService::ResetCredentials(
    const pb::ResetCredentialsRequest& request, const Caller& caller) {
  RETURN_IF_ERROR(fields::Validate(request));
  // Who is only believed makes no account: the first one is Bootstrap()'s.
  if (caller.kind() == Caller::Kind::kAnybody) return Unknown(request.of());
  ASSIGN_OR_RETURN(const auto state, parts_.accounts.Read(request.of()));
  if (!state->open || request.of() == kInstallationActor) return Unknown(request.of());
  pb::ResetCredentialsResponse response;
  response.set_initial_password(identity::NewInitialPassword());
  *response.mutable_good_until() = log::ToTimestamp(parts_.clock.Now() + kInitialPasswordLife);
  ASSIGN_OR_RETURN(const std::string hash, identity::HashPassword(response.initial_password()));
  pb::IdentityFact fact = FactOn(request.of());
  fact.mutable_credential_reset()->set_by_actor_id(caller.actor_id());
  RETURN_IF_ERROR(parts_.facts.Record({fact}));
  RETURN_IF_ERROR(parts_.credentials.Update([&](pb::Credentials& credentials) {
    pb::AccountCredentials& account = FindOrAdd(credentials, request.of());
    account.Clear();
    account.set_actor_id(request.of());
    account.set_password_hash(hash);
    *account.mutable_must_change_before() = response.good_until();
    EndSessions(request.of(), "", credentials);
    return absl::OkStatus();
  }));
  return response;
}

std::vector<pb::IdentityFact> SignInService::FirstFacts(const pb::BootstrapRequest& request,
                                                        const domain::AccountState& state,
                                                        bool has_installation) {
  std::vector<pb::IdentityFact> facts;
  const auto add_opened = [&facts](std::string_view actor_id, std::string_view display_name) {
    pb::IdentityFact fact = FactOn(actor_id);
    pb::AccountOpened& opened = *fact.mutable_account_opened();
    opened.set_actor_id(std::string(actor_id));
    opened.mutable_holder()->set_account_id(std::string(RecordIdOf(fact.stream())));
    opened.mutable_holder()->set_display_name(std::string(display_name));
    facts.push_back(std::move(fact));
  };
  if (!has_installation) add_opened(kInstallationActor, "mlup");
  if (state.actor_id.empty()) add_opened(request.name(), request.display_name());
  for (const std::string& role : request.roles()) {
    // An attempt that did not come to its end granted it already.
    const bool granted =
        std::any_of(state.grants.begin(), state.grants.end(),
                    [&role](const auto& grant) { return grant.second.role() == role; });
    if (granted) continue;
    pb::IdentityFact fact = FactOn(request.name());
    pb::RoleGranted& grant = *fact.mutable_role_granted();
    grant.set_grant_id(NewUuid(parts_.clock, parts_.random));
    grant.set_role(role);
    grant.set_organisation_id(request.organisation_id());
    grant.set_scope(pb::GRANT_SCOPE_ALL);
    facts.push_back(std::move(fact));
  }
  pb::IdentityFact set = FactOn(request.name());
  set.mutable_credential_set()->set_kind(pb::CREDENTIAL_KIND_PASSWORD);
  facts.push_back(std::move(set));
  return facts;
}

absl::StatusOr<pb::BootstrapResponse> SignInService::Bootstrap(const pb::BootstrapRequest& request,
                                                               const Caller& caller) {
  RETURN_IF_ERROR(fields::Validate(request));
  if (caller.kind() != Caller::Kind::kInstallation) {
    return Error(absl::StatusCode::kPermissionDenied, "CALL_NOT_GRANTED",
                 "this is for whoever may read the keyring of the installation");
  }
  if (request.name() == kInstallationActor) {
    return FieldError(absl::StatusCode::kInvalidArgument, "NAME_TAKEN", "name",
                      "is the installation's own");
  }
  for (const std::string& role : request.roles()) {
    if (parts_.policy.HasRole(role)) continue;
    return FieldError(absl::StatusCode::kInvalidArgument, "ROLE_UNKNOWN", "roles",
                      absl::StrCat("the roles file has no role ", role));
  }
  RETURN_IF_ERROR(identity::CheckPassword(request.password(), request.name()));
  absl::Status exist = Error(absl::StatusCode::kFailedPrecondition, "ACCOUNTS_EXIST",
                             "there are accounts already: who has one opens others, and "
                             "`mlup accounts reset` gives a lost one back");
  RETURN_IF_ERROR(parts_.credentials.Refresh());
  if (parts_.credentials.Now()->all().accounts_size() > 0) return exist;
  ASSIGN_OR_RETURN(const std::string hash, identity::HashPassword(request.password()));
  ASSIGN_OR_RETURN(const auto state, parts_.accounts.Read(request.name()));
  ASSIGN_OR_RETURN(const auto installation, parts_.accounts.Read(kInstallationActor));
  RETURN_IF_ERROR(
      parts_.facts.Record(FirstFacts(request, *state, !installation->actor_id.empty())));
  parts_.accounts.LookAgain();
  RETURN_IF_ERROR(parts_.credentials.Update([&](pb::Credentials& credentials) -> absl::Status {
    if (credentials.accounts_size() > 0) return exist;
    FindOrAdd(credentials, request.name()).set_password_hash(hash);
    return absl::OkStatus();
  }));
  pb::BootstrapResponse response;
  response.set_account_id(std::string(RecordIdOf(domain::AccountStream(request.name()))));
  return response;
}

}  // namespace mlup::accounts
