// The one way by which services write events: checks what is asked, decides with the rules of
// services/domain, seals, appends.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <google/protobuf/message.h>

#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "eventstore/base/status.h"
#include "eventstore/log/event_log.h"
#include "mlup/command/v1/command.pb.h"
#include "services/command/checked_request.h"
#include "services/domain/unit_of_work.h"
#include "services/identity/policy.h"
#include "services/privacy/keyring.h"

namespace mlup::command {

using v1::RecordResult;

// Records facts: checks the fields, authorises, recognises a repetition, loads, decides, seals the
// personal fields, appends with the revisions it saw, and tries again when they moved on.
//
// Any thread may call any method; calls wait for the log's sync. Borrows everything it is built
// from. A request is the RecordRequest of a service (domain::FactTable). Errors name the fact:
// `facts[1]` and the field below it. INVALID_ARGUMENT with the field; PERMISSION_DENIED;
// FAILED_PRECONDITION from a rule; ALREADY_EXISTS REQUEST_ID_REUSED; ABORTED VERSION_MISMATCH after
// kCommandRetriesMax tries or when a `base_revision` is stale; whatever the log says.
class CommandHandler {
 public:
  CommandHandler(log::EventLog& log, const identity::Policy& policy, privacy::Keyring& keyring,
                 const Clock& clock, Random& random)
      : log_(log), policy_(policy), keyring_(keyring), clock_(clock), random_(random) {}

  // Records all facts of the request, or none.
  absl::StatusOr<RecordResult> Record(const google::protobuf::Message& request);

  // Records each request as Record() does, in order, and answers each by itself. What can wait for
  // one sync does.
  std::vector<absl::StatusOr<RecordResult>> RecordEach(
      const std::vector<const google::protobuf::Message*>& requests);

 private:
  // An event that is to be recorded.
  struct NewEvent {
    std::string stream;
    std::string event_id;
    // The request's fact that it comes from; the last one for what rules added.
    const CheckedFact* fact;
    std::unique_ptr<google::protobuf::Message> message;
  };
  struct Decision {
    std::vector<NewEvent> events;
    // Streams that were read, with the revisions that the decision rests on.
    std::map<std::string, Revision> seen;
  };
  class Batch;

  static RecordResult ToResult(const log::pb::AppendResponse& response);
  static RecordResult Foreseen(const CheckedRequest& request, const log::pb::AppendRequest& append);

  // What an earlier request with the same id was answered; nothing where there was none.
  absl::StatusOr<std::optional<RecordResult>> Lookup(const CheckedRequest& request);
  // A refusal, unless the request was recorded meanwhile: then what that one was answered.
  absl::StatusOr<RecordResult> Refused(const CheckedRequest& request, const absl::Status& refusal);
  absl::StatusOr<RecordResult> RecordChecked(const CheckedRequest& request);
  absl::Status Load(const std::string& stream, domain::UnitOfWork& unit);
  absl::StatusOr<Decision> Decide(const CheckedRequest& request, domain::UnitOfWork& unit);
  absl::Status DecideFact(const CheckedRequest& request, const CheckedFact& fact,
                          domain::UnitOfWork& unit, Decision& decision);
  absl::StatusOr<log::pb::AppendRequest> Seal(const CheckedRequest& request,
                                              const Decision& decision);

  log::EventLog& log_;
  const identity::Policy& policy_;
  privacy::Keyring& keyring_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace mlup::command
