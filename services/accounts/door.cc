#include "services/accounts/door.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "eventstore/log/timestamp.h"
#include "services/accounts/calls.h"
#include "services/identity/secrets.h"

namespace mlup::accounts {
namespace {

using identity::Caller;
using identity::v1::Session;

constexpr std::string_view kBearer = "bearer ";
constexpr absl::Duration kRefreshEvery = absl::Milliseconds(300);
// How exactly it is written down when a session was used.
constexpr absl::Duration kUseKept = absl::Minutes(1);

std::string TokenOf(std::string_view authorization) {
  if (!absl::StartsWithIgnoreCase(ToAbsl(authorization), ToAbsl(kBearer))) return "";
  return std::string(authorization.substr(kBearer.size()));
}

absl::Status Unauthenticated(std::string_view reason, std::string_view words) {
  return Error(absl::StatusCode::kUnauthenticated, reason, words);
}

absl::Status SignInRequired() {
  return Unauthenticated("SIGN_IN_REQUIRED",
                         "this installation has accounts: sign in (`mlup login`)");
}

absl::Status SessionEnded() {
  return Unauthenticated("SESSION_ENDED",
                         "the session has ended or was revoked: sign in (`mlup login`)");
}

}  // namespace

absl::Status CheckNotRevoked(const domain::AccountState& state, const std::string& device) {
  if (!state.revoked_devices.contains(device)) return absl::OkStatus();
  return Unauthenticated("DEVICE_REVOKED", "this device was revoked: wipe all that it holds");
}

std::string InstallationToken(const identity::CredentialKey& key) {
  return absl::BytesToHexString(key.Digest("installation", ""));
}

// Somebody who came in for a call.
class Door::Admitted final : public Caller {
 public:
  Admitted(const Door& door, Kind kind, std::string_view method, const Session& session)
      : Caller(kind, session.actor_id(), session.session_id(), session.device()),
        door_(door),
        method_(method),
        digest_(session.token_digest()) {}

  absl::Status Holds() const override {
    switch (kind()) {
      case Kind::kAnybody:
        return door_.HasAccounts() ? SignInRequired() : absl::OkStatus();
      case Kind::kAccount:
        return door_.Holds(digest_, method_);
      case Kind::kUnknown:
      case Kind::kInstallation:
        return absl::OkStatus();
    }
    return absl::OkStatus();
  }

 private:
  const Door& door_;
  const std::string method_;
  const std::string digest_;
};

Door::Door(const Parts& parts)
    : parts_(parts),
      installation_token_(
          parts.credentials == nullptr ? "" : InstallationToken(parts.credentials->key())) {}

absl::StatusOr<log::AdmissionPtr> Door::Admit(std::string_view method,
                                              std::string_view authorization) {
  const auto as = [&](Caller::Kind kind, const Session& session) -> log::AdmissionPtr {
    return std::make_shared<const Admitted>(*this, kind, method, session);
  };
  const std::string token = TokenOf(authorization);
  const Needs needs = NeedsOf(method);
  if (needs == Needs::kNothing) return as(Caller::Kind::kUnknown, {});
  if (!token.empty() && identity::IsSame(token, installation_token_)) {
    if (IsInside(method)) return as(Caller::Kind::kInstallation, {});
    return Error(absl::StatusCode::kPermissionDenied, "CALL_NOT_GRANTED",
                 "this is for people: sign in (`mlup login`)");
  }
  const bool has_accounts = HasAccounts();
  if (needs == Needs::kKeyring || (needs == Needs::kInside && has_accounts)) {
    return Error(absl::StatusCode::kPermissionDenied, "CALL_NOT_GRANTED",
                 "this is for whoever may read the keyring of the installation");
  }
  if (!has_accounts) return as(Caller::Kind::kAnybody, {});
  if (token.empty()) return SignInRequired();
  if (parts_.credentials == nullptr) return SessionEnded();
  RefreshCredentials();
  const std::string digest = identity::TokenDigest(parts_.credentials->key(), token);
  ASSIGN_OR_RETURN(const Session session, FindSession(digest));
  RETURN_IF_ERROR(CheckAccount(session, method));
  if (IsUse(method)) MarkUsed(session);
  return as(Caller::Kind::kAccount, session);
}

bool Door::HasAccounts() const {
  if (has_accounts_) return true;
  RefreshCredentials();
  const bool in_file =
      parts_.credentials != nullptr && parts_.credentials->Now()->all().accounts_size() > 0;
  if (!in_file) {
    const auto installation = parts_.accounts.Read(kInstallationActor);
    if (!installation.ok()) return true;
    if ((*installation)->actor_id.empty()) return false;
  }
  has_accounts_ = true;
  return true;
}

void Door::MarkUsed(const Session& session) const {
  const absl::Time now = parts_.clock.Now();
  MutexLock lock(mutex_);
  const auto marked = used_at_.try_emplace(session.session_id(), now).first;
  marked->second = std::max(marked->second, now);
}

void Door::RefreshCredentials() const {
  if (parts_.credentials == nullptr) return;
  {
    const absl::Time now = parts_.clock.Now();
    MutexLock lock(mutex_);
    const absl::Duration age = now - refreshed_at_;
    if (age >= absl::ZeroDuration() && age < kRefreshEvery) return;
    refreshed_at_ = now;
  }
  // Where it fails nobody is known, and whoever looks at the store is told.
  parts_.credentials->Refresh().IgnoreError();
}

absl::Time Door::UsedAt(const Session& session) const {
  MutexLock lock(mutex_);
  const auto found = used_at_.find(session.session_id());
  const absl::Time written = log::FromTimestamp(session.used_at());
  return found == used_at_.end() ? written : std::max(written, found->second);
}

absl::StatusOr<Session> Door::FindSession(const std::string& digest) const {
  const identity::CredentialStore::Snapshot known = parts_.credentials->Now();
  const Session* session = known->FindSession(digest);
  if (session == nullptr) return SessionEnded();
  const absl::Time now = parts_.clock.Now();
  // A session from the future is one of a clock that was set back, and lasts no longer for it.
  const bool in_force = now < log::FromTimestamp(session->ends_at()) &&
                        now < UsedAt(*session) + kSessionIdle &&
                        log::FromTimestamp(session->began_at()) <= now + kUseKept;
  if (!in_force) return SessionEnded();
  return *session;
}

absl::Status Door::CheckAccount(const Session& session, std::string_view method) const {
  ASSIGN_OR_RETURN(const auto state, parts_.accounts.Read(session.actor_id()));
  RETURN_IF_ERROR(CheckNotRevoked(*state, session.device()));
  if (!domain::MayUse(*state, session.device())) return SessionEnded();
  const identity::CredentialStore::Snapshot known = parts_.credentials->Now();
  const auto* account = known->FindAccount(session.actor_id());
  if (account == nullptr) return SessionEnded();
  const Needs needs = NeedsOf(method);
  if (account->has_must_change_before() && !session.without_password() &&
      needs != Needs::kFreshSignIn) {
    return Error(absl::StatusCode::kPermissionDenied, "PASSWORD_MUST_CHANGE",
                 "somebody else knows this password: choose another one (`mlup login --change`)");
  }
  if (needs != Needs::kRole) return absl::OkStatus();
  return parts_.policy.Authorise(identity::Anyhow(session.actor_id()), identity::Calling(method));
}

absl::Status Door::Holds(const std::string& digest, const std::string& method) const {
  RefreshCredentials();
  ASSIGN_OR_RETURN(const Session session, FindSession(digest));
  RETURN_IF_ERROR(CheckAccount(session, method));
  // Whoever follows something uses the session.
  if (IsUse(method)) MarkUsed(session);
  return absl::OkStatus();
}

absl::Status Door::KeepUses() {
  if (parts_.credentials == nullptr) return absl::OkStatus();
  const absl::Time now = parts_.clock.Now();
  const identity::CredentialStore::Snapshot known = parts_.credentials->Now();
  const auto has_news = [&](const Session& session) {
    return UsedAt(session) - log::FromTimestamp(session.used_at()) >= kUseKept ||
           log::FromTimestamp(session.ends_at()) <= now;
  };
  if (std::none_of(known->all().sessions().begin(), known->all().sessions().end(), has_news)) {
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(parts_.credentials->Update([&](identity::v1::Credentials& credentials) {
    auto& sessions = *credentials.mutable_sessions();
    sessions.erase(std::remove_if(sessions.begin(), sessions.end(),
                                  [&](const Session& session) {
                                    return log::FromTimestamp(session.ends_at()) <= now ||
                                           UsedAt(session) + kSessionIdle <= now;
                                  }),
                   sessions.end());
    for (Session& session : sessions)
      *session.mutable_used_at() = log::ToTimestamp(UsedAt(session));
    return absl::OkStatus();
  }));
  std::set<std::string_view> left;
  const identity::CredentialStore::Snapshot after = parts_.credentials->Now();
  for (const Session& session : after->all().sessions()) left.insert(session.session_id());
  MutexLock lock(mutex_);
  std::erase_if(used_at_, [&left](const auto& used) { return !left.contains(used.first); });
  return absl::OkStatus();
}

}  // namespace mlup::accounts
