// The generic command handler: the one way by which services write events.
//
// A service keeps its rules in pure functions beside a plain struct (case_rules.h):
//
//   struct CaseState { bool open = false; ... };
//   void Evolve(CaseState& state, const pb::CaseEvent& event, const command::EventInfo& info);
//   command::Decision<pb::CaseEvent> Decide(const CaseState& state, const pb::CloseCaseRequest&
//   request,
//                                           const command::RuleContext& context) {
//     if (!state.open) return command::Refuse("CASE_NOT_OPEN", "the case is not open");
//     pb::CaseEvent event;
//     *event.mutable_case_closed() = request.case_closed();
//     return command::Accept(std::move(event));
//   }
//
// and one line a method (case_service.cc):
//
//   absl::StatusOr<CommandResult> CaseService::CloseCase(const pb::CloseCaseRequest& request) {
//     return commands_.Execute<CaseState, pb::CaseEvent>(request);
//   }
//   // A rule that reads other streams names them; one state is folded from all of them, the
//   command's
//   // own stream first, and EventInfo::stream tells them apart. What was read is guarded by the
//   append. absl::StatusOr<CommandResult> CaseService::MergePersons(const pb::MergePersonsRequest&
//   request) {
//     return commands_.Execute<PersonsState, pb::CaseEvent>(
//         request, {"person/" + request.persons_merged().survivor().person_id()});
//   }
//   // Record, VoidEntry, CorrectDetails and the three approvals have the same rules everywhere.
//   absl::StatusOr<CommandResult> CaseService::VoidEntry(const pb::VoidEntryRequest& request) {
//     return commands_.Record(request);
//   }
//
// Evolve and Decide are found beside State (argument-dependent lookup). Evolve never sees voided
// events, sees corrected values, and may ignore EntryVoided and DetailsCorrected: they are applied
// already.
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <google/protobuf/message.h>

#include "eventstore/base/check.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "eventstore/log/event_log.h"
#include "mlup/command/v1/command.pb.h"
#include "services/command/history.h"
#include "services/command/rule_context.h"
#include "services/identity/policy.h"
#include "services/privacy/keyring.h"

namespace mlup::command {

using v1::CommandResult;

// The rules of one command.
template <typename State, typename Event, typename Request>
concept Rules = std::default_initializable<State> &&
    requires(State& state, const State& folded, const Event& event, const Request& request,
             const EventInfo& info, const RuleContext& context) {
  Evolve(state, event, info);
  { Decide(folded, request, context) } -> std::same_as<Decision<Event>>;
};

// Runs commands: checks the fields, authorises, recognises a repetition, loads, decides, seals the
// personal fields, appends with the revisions it saw, and tries again when they moved on.
//
// Any thread may call any method; calls wait for the log's sync. Borrows everything it is built
// from. A request is a message with `context`, `stream` and the fact (one more message field, or a
// oneof); the call's name is that of the rpc with this request. Errors: INVALID_ARGUMENT with the
// field; PERMISSION_DENIED; FAILED_PRECONDITION from the rule, or STREAM_EXISTS, STREAM_UNKNOWN;
// ALREADY_EXISTS REQUEST_ID_REUSED; ABORTED VERSION_MISMATCH after kCommandRetriesMax tries or when
// `base_revision` is stale; whatever the log says.
class CommandHandler {
 public:
  CommandHandler(log::EventLog& log, const identity::Policy& policy, privacy::Keyring& keyring,
                 const Clock& clock, Random& random)
      : log_(log), policy_(policy), keyring_(keyring), clock_(clock), random_(random) {}

  // Runs a command by its rules; `also_reads` names further streams that the state is folded from,
  // and every stream besides its own that the rule may write to.
  template <typename State, typename Event, typename Request>
  requires Rules<State, Event, Request> absl::StatusOr<CommandResult> Execute(
      const Request& request, const std::vector<std::string>& also_reads = {}) {
    return Run(request, also_reads,
               [&request](const std::vector<History>& histories,
                          const RuleContext& context) -> absl::StatusOr<NewEvents> {
                 State state;
                 Event event;
                 for (const History& history : histories) {
                   for (const LiveEvent& live : history.events) {
                     if (live.voided || !SetFact(event, *live.message)) continue;
                     Evolve(state, event, live.info);
                   }
                 }
                 ASSIGN_OR_RETURN(auto decided, Decide(state, request, context));
                 NewEvents events;
                 for (const Decided<Event>& one : decided) {
                   events.push_back(ToNewEvent(one.event, one.stream, context));
                 }
                 return events;
               });
  }

  // Runs a command that records its fact as it is, or one whose rules are the same in all services:
  // Record, VoidEntry, CorrectDetails, RequestApproval, GrantApproval, RejectApproval.
  absl::StatusOr<CommandResult> Record(const google::protobuf::Message& request);

 private:
  struct NewEvent {
    std::string stream;
    std::unique_ptr<google::protobuf::Message> message;
  };
  using NewEvents = std::vector<NewEvent>;
  using Rule =
      std::function<absl::StatusOr<NewEvents>(const std::vector<History>&, const RuleContext&)>;
  // A request that passed all checks that need no history.
  struct Call {
    const v1::CommandContext* context;
    RuleContext rule;
    log::pb::Occurred occurred;
    std::string digest;
  };

  static NewEvent ToNewEvent(const google::protobuf::Message& decided, const std::string& stream,
                             const RuleContext& context);

  absl::StatusOr<CommandResult> Run(const google::protobuf::Message& request,
                                    const std::vector<std::string>& also_reads, const Rule& rule);
  absl::StatusOr<Call> Check(const google::protobuf::Message& request) const;
  absl::StatusOr<CommandResult> Try(const Call& call, const std::vector<std::string>& also_reads,
                                    const Rule& rule);
  absl::StatusOr<log::pb::AppendRequest> Seal(const Call& call,
                                              const std::vector<History>& histories,
                                              const NewEvents& events);

  log::EventLog& log_;
  const identity::Policy& policy_;
  privacy::Keyring& keyring_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace mlup::command
