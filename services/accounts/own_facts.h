// What the installation itself records of accounts.
#pragma once

#include <vector>

#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "eventstore/base/status.h"
#include "eventstore/log/event_log.h"
#include "mlup/identity/v1/identity_service.pb.h"
#include "services/command/command_handler.h"
#include "services/identity/policy.h"
#include "services/privacy/keyring.h"

namespace mlup::accounts {

// Records facts as `system-mlup`, by the rules that hold for everybody. Any thread; waits for the
// log's sync. Borrows everything it is built from.
class OwnFacts {
 public:
  OwnFacts(log::EventLog& log, privacy::Keyring& keyring, const Clock& clock, Random& random);

  // All or none; they happen now. What the command handler says.
  absl::Status Record(const std::vector<identity::v1::IdentityFact>& facts);

 private:
  const Clock& clock_;
  Random& random_;
  const identity::Policy policy_;
  command::CommandHandler handler_;
};

// A fact on the stream of an actor's account, still to be filled in.
identity::v1::IdentityFact FactOn(std::string_view actor_id);

}  // namespace mlup::accounts
