// The door of the installation: who makes a call, and whether it may.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/time/time.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/mutex.h"
#include "eventstore/server/call_door.h"
#include "services/accounts/accounts.h"
#include "services/identity/caller.h"
#include "services/identity/credential_store.h"
#include "services/identity/policy.h"

namespace mlup::accounts {

// How long a session lasts: whatever happens, and without being used.
inline constexpr absl::Duration kSessionLength = absl::Hours(12);
inline constexpr absl::Duration kSessionIdle = absl::Hours(1);

// The token by which processes of one installation know each other, and whoever may read its
// keyring is known. It follows from the keyring.
std::string InstallationToken(const identity::CredentialKey& key);

// UNAUTHENTICATED DEVICE_REVOKED: the device is to wipe what it holds.
absl::Status CheckNotRevoked(const domain::AccountState& state, const std::string& device);

// Before there is an account, whoever reaches the installation is believed, as its owner is on the
// machine. From the first account on, a call needs a session in force of an open account with a
// role that may make it. A change is seen after half a second at most.
//
// Any thread. Borrows everything it is built from, and must outlive what it admitted.
class Door final : public log::CallDoor {
 public:
  struct Parts {
    const Accounts& accounts;
    const identity::Policy& policy;
    // Null in a process without a keyring: once there are accounts it lets nobody in.
    identity::CredentialStore* credentials = nullptr;
    const Clock& clock;
  };

  explicit Door(const Parts& parts);

  // UNAUTHENTICATED SIGN_IN_REQUIRED, SESSION_ENDED, DEVICE_REVOKED; PERMISSION_DENIED
  // PASSWORD_MUST_CHANGE and what the policy says.
  absl::StatusOr<log::AdmissionPtr> Admit(std::string_view method,
                                          std::string_view authorization) override;

  // Whether anybody has an account, or nobody can tell. Once it is so, it stays so.
  bool HasAccounts() const;

  // Writes down when sessions were last used, where that is a while ago, and forgets those that
  // ended.
  absl::Status KeepUses();

 private:
  class Admitted;

  // That the session with this digest is in force, and its account may make the call.
  absl::Status Holds(const std::string& digest, const std::string& method) const;
  absl::StatusOr<identity::v1::Session> FindSession(const std::string& digest) const;
  absl::Status CheckAccount(const identity::v1::Session& session, std::string_view method) const;
  void RefreshCredentials() const;
  absl::Time UsedAt(const identity::v1::Session& session) const;
  void MarkUsed(const identity::v1::Session& session) const;

  const Parts parts_;
  const std::string installation_token_;
  mutable std::atomic<bool> has_accounts_ = false;
  mutable Mutex mutex_;
  mutable absl::Time refreshed_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  // By session: later than what is written down.
  mutable std::map<std::string, absl::Time, std::less<>> used_at_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlup::accounts
