// What the log says of accounts.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/time/time.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/mutex.h"
#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "eventstore/log/event_log.h"
#include "services/domain/account.h"
#include "services/identity/holders.h"

namespace mlup::accounts {

// The actor that stands for the installation itself. Its account says that the installation has
// accounts; nobody signs in with it.
inline constexpr std::string_view kInstallationActor = "system-mlup";

// Reads the stream of an account when somebody asks, and what was added to it when somebody asks
// again kLookEvery later: what was revoked holds for so long at most. No index and no thread.
//
// Any thread. Borrows the log and the clock. At most kAccountsMax actors are kept.
class Accounts final : public identity::Holders {
 public:
  Accounts(log::EventLog& log, const Clock& clock) : log_(log), clock_(clock) {}

  // What was granted and holds today. Nothing where the account is closed, or the log cannot be
  // read: what cannot be looked up is not taken for granted. Null where there was never an account.
  std::shared_ptr<const identity::Standing> Find(std::string_view actor_id) const override;

  // Somebody recorded something of accounts here: whoever asks next is told of it.
  void LookAgain() const;

  // The account as it stands now; one that was never opened has no actor.
  absl::StatusOr<std::shared_ptr<const domain::AccountState>> Read(std::string_view actor_id) const;

 private:
  // What was read of one account. Values that are replaced, never changed.
  struct Known {
    Revision revision;
    std::shared_ptr<const domain::AccountState> state;
    std::shared_ptr<const identity::Standing> standing;
    absl::Time looked_at = absl::InfinitePast();
  };

  absl::StatusOr<Known> Look(std::string_view actor_id) const;
  // When the last event of the log was recorded.
  absl::StatusOr<absl::Time> NewestTime() const;
  absl::StatusOr<Known> ReadOn(std::string_view actor_id, Known known) const;

  log::EventLog& log_;
  const Clock& clock_;
  mutable Mutex mutex_;
  mutable std::map<std::string, Known, std::less<>> known_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlup::accounts
