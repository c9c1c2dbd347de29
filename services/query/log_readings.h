// That people read the log as it is stored, on record.
#pragma once

#include <string>

#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "eventstore/base/status.h"
#include "eventstore/log/event_log.h"
#include "eventstore/server/read_check.h"
#include "services/identity/caller.h"
#include "services/privacy/keyring.h"
#include "services/query/recent.h"

namespace mlup::query {

// Appends LogRead to `access/<id of the reader's account>`, durable when it returns. However many
// pages somebody reads in a session within an hour, what is asked for in the same way is one
// reading. Any thread. Borrows everything.
class LogReadings {
 public:
  LogReadings(log::EventLog& log, const privacy::Keyring& keyring, const Clock& clock,
              Random& random)
      : log_(log), keyring_(keyring), clock_(clock), random_(random), recorded_(clock) {}

  // Only accounts are people: processes of the installation read to do their work, and before there
  // is an account nobody can be told from another. What the log says when it cannot be recorded.
  absl::Status Record(const identity::Caller* caller, const log::LogReading& reading);
  // The same for the services that read; of this object.
  log::ReadCheck AsCheck();

 private:
  absl::Status Append(const std::string& actor_id, const log::LogReading& reading,
                      const std::string& digest);

  log::EventLog& log_;
  const privacy::Keyring& keyring_;
  const Clock& clock_;
  Random& random_;
  // By session and digest.
  Recent recorded_;
};

}  // namespace mlup::query
