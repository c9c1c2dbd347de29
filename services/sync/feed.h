// What a device takes along: the cases that its owner works with.
#pragma once

#include <set>
#include <string>

#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "eventstore/base/status.h"
#include "eventstore/log/event_log.h"
#include "mlup/sync/v1/sync_service.pb.h"
#include "services/accounts/accounts.h"
#include "services/command/known_streams.h"
#include "services/identity/caller.h"
#include "services/identity/policy.h"
#include "services/privacy/keyring.h"
#include "services/query/audit_service.h"
#include "services/sync/assignments.h"
#include "services/sync/outbox.h"

namespace mlup::sync {

// mlup.sync.v1.SyncService/PullChanges without gRPC. What is shown of a record is what a history
// shows its reader, and reading it is recorded as there; a record that did not change is not read.
//
// Any thread; calls wait for the log and the index. Borrows everything it is built from.
class Feed {
 public:
  struct Parts {
    const accounts::Accounts& accounts;
    const identity::Policy& policy;
    query::AuditService& audit;
    command::KnownStreams& streams;
    log::EventLog& log;
    privacy::Keyring& keyring;
    const Clock& clock;
    Random& random;
  };

  explicit Feed(const Parts& parts);

  // The errors of the proto, and of AuditService::GetCaseHistory(). `caller` is who the door let
  // in.
  absl::StatusOr<v1::PullChangesResponse> PullChanges(const v1::PullChangesRequest& request,
                                                      const identity::Caller* caller);

 private:
  // Where the next page begins.
  struct Place {
    // What the whole pull is as of.
    Position as_of;
    std::string case_id;
    std::string history_token;
  };

  static std::string FormatPlace(const Place& place);
  static absl::StatusOr<Place> ParsePlace(const std::string& text);

  // Ids of the cases that the owner is assigned to and may read.
  absl::StatusOr<std::set<std::string>> CasesOf(const v1::PullChangesRequest& request);
  // Adds what is new of a case, at most `entries_max` entries; how many of its entries were looked
  // at. Moves `place` on where there is more.
  absl::StatusOr<std::size_t> AddCase(const v1::PullChangesRequest& request,
                                      const std::string& case_id, std::size_t entries_max,
                                      Place& place, v1::PullChangesResponse& response);
  absl::Status AddOpenTasks(const std::string& case_id, v1::CaseUpdate& update);

  const Parts parts_;
  const Outbox outbox_;
  Assignments assignments_;
  const std::string reference_version_;
};

// What the program's facts, fields, rules, codes, labels and places are, in 16 digits.
std::string ReferenceVersion();

}  // namespace mlup::sync
