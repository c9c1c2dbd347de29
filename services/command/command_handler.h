// The one way by which services write events: checks what is asked, decides with the rules of
// services/domain, seals, appends.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <google/protobuf/message.h>

#include "eventstore/base/clock.h"
#include "eventstore/base/executor.h"
#include "eventstore/base/random.h"
#include "eventstore/base/status.h"
#include "eventstore/log/event_log.h"
#include "eventstore/payload/event_references.h"
#include "eventstore/payload/payload.h"
#include "mlup/command/v1/command.pb.h"
#include "services/command/births.h"
#include "services/command/checked_request.h"
#include "services/command/kits.h"
#include "services/command/known_streams.h"
#include "services/command/loaded_streams.h"
#include "services/command/registered.h"
#include "services/command/turns.h"
#include "services/identity/policy.h"
#include "services/privacy/keyring.h"

namespace mlup::command {

using v1::RecordResult;

// Records facts: checks the fields, authorises, loads, decides, seals the personal fields, appends
// with the revisions it saw, and tries again when they moved on. A repetition is recognised by the
// log when it is appended, and looked up where it is refused.
//
// Any thread may call any method; calls wait for the log's sync. Borrows everything it is built
// from. A request is the RecordRequest of a service (domain::FactTable). Errors name the fact:
// `facts[1]` and the field below it. INVALID_ARGUMENT with the field; PERMISSION_DENIED;
// FAILED_PRECONDITION from a rule; ALREADY_EXISTS REQUEST_ID_REUSED; ABORTED VERSION_MISMATCH after
// kCommandRetriesMax tries or when a `base_revision` is stale; whatever the log says.
class CommandHandler {
 public:
  // Whether the records and kits that facts name must be there, or whatever they name is taken; a
  // request may say the latter for itself (`allow_unregistered`).
  enum class Naming { kRegistered, kAnything };

  CommandHandler(log::EventLog& log, const identity::Policy& policy, privacy::Keyring& keyring,
                 const Clock& clock, Random& random)
      : CommandHandler(log, policy, keyring, clock, random, {}) {}
  CommandHandler(log::EventLog& log, const identity::Policy& policy, privacy::Keyring& keyring,
                 const Clock& clock, Random& random, KnownStreams::Options known,
                 Naming naming = Naming::kRegistered)
      : log_(log),
        policy_(policy),
        keyring_(keyring),
        clock_(clock),
        random_(random),
        known_(log, known),
        registered_(log),
        kits_(log),
        naming_(naming) {}

  // Records all facts of the request, or none.
  absl::StatusOr<RecordResult> Record(const google::protobuf::Message& request);

  // As Record(), of what is recorded in the place of `asked`: the repetitions of that are its own.
  absl::StatusOr<RecordResult> RecordFor(const google::protobuf::Message& asked,
                                         const google::protobuf::Message& request);

  // What makes `request` the one that it is, and what it was answered, if it was recorded.
  RequestIdentity IdentityOf(const google::protobuf::Message& request) const {
    return command::IdentityOf(request, keyring_);
  }
  absl::StatusOr<std::optional<RecordResult>> Find(const RequestIdentity& identity) {
    return Lookup(identity);
  }

  // As Record(), without waiting for the log to append: decides on this thread and tells `done`
  // once, on this thread, on one of the log's, or, where it is decided anew, on the executor's.
  // `done` must not block; request and executor must live until then.
  using Done = std::function<void(absl::StatusOr<RecordResult>)>;
  void RecordLater(const google::protobuf::Message& request, Executor& executor, const Done& done);

  // Records each request as Record() does, in order, and answers each by itself. What can wait for
  // one sync does.
  std::vector<absl::StatusOr<RecordResult>> RecordEach(
      const std::vector<const google::protobuf::Message*>& requests);

  KnownStreams& known() { return known_; }

 private:
  // An event that is to be recorded.
  struct NewEvent {
    std::string stream;
    std::string event_id;
    // The request's fact that it comes from; the last one for what rules added.
    const CheckedFact* fact;
    // The fact's, or `added`.
    const google::protobuf::Message* message;
    std::unique_ptr<google::protobuf::Message> added;
    // At least.
    log::pb::Sensitivity sensitivity;
    payload::Payload payload = {};
  };
  struct Decision {
    std::vector<NewEvent> events;
    // Streams that were read, with the revisions that the decision rests on.
    std::map<std::string, Revision> seen;

    // Whose keys the personal fields are sealed with.
    std::vector<std::string> Subjects() const;
  };
  using Keys = std::map<std::string, privacy::SubjectKey>;
  // A request on its way to the log.
  struct Attempt {
    CheckedRequest request;
    LoadedStreams streams;
    log::pb::AppendRequest append = {};
  };
  class Batch;

  static RecordResult ToResult(const log::pb::AppendResponse& response);
  static RecordResult Foreseen(const CheckedRequest& request, const log::pb::AppendRequest& append);

  // What an earlier request with the same id was answered; nothing where there was none.
  absl::StatusOr<std::optional<RecordResult>> Lookup(const RequestIdentity& identity);
  // A refusal, unless the request was recorded meanwhile or before: then what that one was
  // answered.
  absl::StatusOr<RecordResult> Refused(const CheckedRequest& request, const absl::Status& refusal);
  // The same of a request that breaks a rule of fields or forms: there may have been no such rule
  // when it was recorded.
  absl::StatusOr<RecordResult> Unfit(const google::protobuf::Message& request,
                                     const absl::Status& refusal);
  absl::StatusOr<RecordResult> RecordChecked(const CheckedRequest& request);
  // After an attempt that found a stream elsewhere, as `moved` says.
  absl::StatusOr<RecordResult> RecordAnew(const CheckedRequest& request, absl::Status moved);
  // The append that records the request.
  absl::StatusOr<log::pb::AppendRequest> Prepare(const CheckedRequest& request,
                                                 LoadedStreams& streams);
  absl::StatusOr<RecordResult> Answered(const CheckedRequest& request,
                                        const absl::StatusOr<log::pb::AppendResponse>& response,
                                        LoadedStreams streams) const;
  // What the log says of an event or of the request's key, said of the fact or field it came from.
  static absl::Status AtFact(const CheckedRequest& request, const absl::Status& status);
  absl::StatusOr<RecordResult> Validated(const CheckedRequest& request);

  LoadedStreams Begin(LoadedStreams::Take take) {
    return {known_, take, Births(known_, log_, keyring_)};
  }
  // A refusal rests on streams that were read, and leaves the unit as it was.
  absl::StatusOr<Decision> Decide(const CheckedRequest& request, LoadedStreams& streams);
  absl::StatusOr<Decision> DecideOnLoaded(const CheckedRequest& request, LoadedStreams& streams);
  // Whether the actor may touch what a void or a correction names.
  absl::Status AuthoriseEntry(const CheckedRequest& request, const CheckedFact& fact,
                              const domain::StreamHistory& history) const;
  // Whether the role reaches the record that the fact is to stand on.
  absl::Status AuthoriseScope(const CheckedRequest& request, const domain::FactType& type,
                              const domain::Circumstances& fact,
                              const domain::UnitOfWork& unit) const;
  absl::Status Authorise(const CheckedRequest& request, const domain::FactType& type,
                         const identity::Relation* about) const;
  // Whether a record of one of the categories has this id, in the log or in what is recorded now.
  absl::StatusOr<bool> IsThere(const CheckedRequest& request, const payload::NamedRecord& named,
                               const domain::UnitOfWork& unit);
  // Whether the records and the kit that the fact names are there.
  absl::Status CheckNamed(const CheckedRequest& request, const CheckedFact& fact,
                          const domain::UnitOfWork& unit);
  // Whether the past that the request states may be imported today.
  static absl::Status CheckPast(const CheckedRequest& request, const CheckedFact& fact,
                                const domain::UnitOfWork& unit);
  absl::Status DecideFact(const CheckedRequest& request, const CheckedFact& fact,
                          LoadedStreams& streams, Decision& decision);

  // Durable before anything is sealed with them: a stored event never lacks its key.
  absl::StatusOr<Keys> KeysFor(const Decision& decision);
  log::pb::AppendRequest Seal(const CheckedRequest& request, const Decision& decision,
                              const Keys& keys);

  log::EventLog& log_;
  const identity::Policy& policy_;
  privacy::Keyring& keyring_;
  const Clock& clock_;
  Random& random_;
  KnownStreams known_;
  RegisteredRecords registered_;
  DefinedKits kits_;
  const Naming naming_;
  Turns turns_;
};

}  // namespace mlup::command
