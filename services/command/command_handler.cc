#include "services/command/command_handler.h"

#include <algorithm>
#include <deque>
#include <set>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/check.h"
#include "eventstore/base/limits.h"
#include "eventstore/base/uuid.h"
#include "eventstore/log/append_rules.h"
#include "eventstore/payload/payload.h"
#include "services/command/envelope.h"

namespace mlup::command {
namespace {

using domain::UnitOfWork;
using google::protobuf::Message;

// Something a rule said, or what it rested on that moved: the answer may be another one when asked
// again.
bool IsRefusal(const absl::Status& status) {
  return absl::IsFailedPrecondition(status) || absl::IsAborted(status) ||
         absl::IsInvalidArgument(status);
}

absl::Status CheckBase(const CheckedFact& fact, Revision revision) {
  const std::uint64_t base = fact.head.base_revision;
  if (base == 0 || base == revision.value) return absl::OkStatus();
  return FieldError(absl::StatusCode::kAborted, "VERSION_MISMATCH",
                    absl::StrCat("facts[", fact.index, "].base_revision"),
                    absl::StrCat("the fact is based on revision ", base, ", the stream is at ",
                                 revision.value, ": read it again and decide anew"));
}

}  // namespace

RecordResult CommandHandler::ToResult(const log::pb::AppendResponse& response) {
  RecordResult result;
  result.set_first_position(response.first_position());
  result.set_last_position(response.last_position());
  *result.mutable_event_ids() = response.event_ids();
  *result.mutable_streams() = response.streams();
  result.set_replayed(response.replayed());
  return result;
}

// The answer as it would be, for a request that is only validated.
RecordResult CommandHandler::Foreseen(const CheckedRequest& request,
                                      const log::pb::AppendRequest& append) {
  std::vector<Revision> heads;
  for (const log::pb::StreamWrite& write : append.writes()) {
    heads.push_back({write.expected().revision()});
  }
  RecordResult result = ToResult(log::ResponseOf(log::PlanRecords(append, heads, Position{1})));
  result.set_first_position(0);
  result.set_last_position(0);
  std::set<std::string_view> stated;
  for (const auto& fact : request.facts) stated.insert(fact.head.event_id);
  for (std::string& id : *result.mutable_event_ids()) {
    if (!stated.contains(id)) id.clear();
  }
  return result;
}

absl::StatusOr<RecordResult> CommandHandler::Record(const Message& request) {
  ASSIGN_OR_RETURN(const CheckedRequest checked,
                   CheckRequest(request, policy_, keyring_, clock_.Now()));
  return RecordChecked(checked);
}

absl::StatusOr<RecordResult> CommandHandler::RecordChecked(const CheckedRequest& request) {
  ASSIGN_OR_RETURN(std::optional<RecordResult> earlier, Lookup(request));
  if (earlier) return *std::move(earlier);
  absl::Status moved;
  for (int i = 0; i <= kCommandRetriesMax; ++i) {
    UnitOfWork unit;
    const absl::StatusOr<Decision> decision = Decide(request, unit);
    if (!decision.ok()) return Refused(request, decision.status());
    ASSIGN_OR_RETURN(const log::pb::AppendRequest append, Seal(request, *decision));
    if (request.validate_only) {
      RETURN_IF_ERROR(log::CheckAppend(append));
      return Foreseen(request, append);
    }
    const absl::StatusOr<log::pb::AppendResponse> response = log_.Append(append);
    if (response.ok()) return ToResult(*response);
    if (!absl::IsAborted(response.status())) return response.status();
    moved = response.status();
  }
  return Refused(request, moved);
}

absl::StatusOr<std::optional<RecordResult>> CommandHandler::Lookup(const CheckedRequest& request) {
  log::pb::LookupRequest lookup;
  *lookup.mutable_key() = request.key;
  lookup.set_request_digest(request.digest);
  ASSIGN_OR_RETURN(const log::pb::LookupResponse earlier, log_.Lookup(lookup));
  if (!earlier.found()) return std::nullopt;
  return ToResult(earlier.result());
}

absl::StatusOr<RecordResult> CommandHandler::Refused(const CheckedRequest& request,
                                                     const absl::Status& refusal) {
  if (!IsRefusal(refusal)) return refusal;
  ASSIGN_OR_RETURN(std::optional<RecordResult> meanwhile, Lookup(request));
  if (meanwhile) return *std::move(meanwhile);
  return refusal;
}

absl::Status CommandHandler::Load(const std::string& stream, UnitOfWork& unit) {
  if (unit.Holds(stream)) return absl::OkStatus();
  domain::StreamHistory history;
  history.stream = stream;
  log::pb::ReadStreamRequest request;
  request.set_stream(stream);
  request.set_limit(kReadEventsMax);
  while (true) {
    request.set_from_revision(Next(history.revision).value);
    ASSIGN_OR_RETURN(const log::pb::ReadStreamResponse page, log_.ReadStream(request));
    for (const log::pb::Record& record : page.records()) {
      CHECK(record.revision() == Next(history.revision).value);
      ASSIGN_OR_RETURN(domain::LiveEvent event, domain::ReadEvent(record));
      domain::AddEvent(history, std::move(event));
    }
    if (page.records().empty() || history.revision.value >= page.last_revision()) break;
  }
  unit.Put(std::move(history));
  return absl::OkStatus();
}

absl::StatusOr<CommandHandler::Decision> CommandHandler::Decide(const CheckedRequest& request,
                                                                UnitOfWork& unit) {
  Decision decision;
  for (const CheckedFact& fact : request.facts) {
    for (const std::string& stream :
         UnitOfWork::StreamsOf(*fact.type, *fact.event, fact.head.stream)) {
      RETURN_IF_ERROR(Load(stream, unit));
      decision.seen.emplace(stream, unit.Of(stream).revision);
    }
    RETURN_IF_ERROR(CheckBase(fact, decision.seen.at(fact.head.stream)));
    RETURN_IF_ERROR(DecideFact(request, fact, unit, decision));
  }
  return decision;
}

absl::Status CommandHandler::DecideFact(const CheckedRequest& request, const CheckedFact& fact,
                                        UnitOfWork& unit, Decision& decision) {
  domain::Circumstances circumstances{
      .stream = fact.head.stream,
      .event_id = fact.head.event_id.empty() ? NewUuid(clock_, random_) : fact.head.event_id,
      .actor_id = request.context->actor_id(),
      .on_behalf_of = request.context->on_behalf_of(),
      .occurred = fact.days,
      .known_at = request.known_at,
      .today = request.today};
  absl::StatusOr<domain::AddedFacts> added = unit.Add(*fact.type, *fact.event, circumstances);
  if (!added.ok()) return fact.At(added.status());
  std::unique_ptr<Message> message(fact.event->New());
  message->CopyFrom(*fact.event);
  decision.events.push_back(
      {circumstances.stream, circumstances.event_id, &fact, std::move(message)});
  for (domain::AddedFact& more : *added) {
    const domain::FactType* type =
        domain::FactTable::Get().FindEvent(*more.fact->GetDescriptor(), *fact.type->service);
    CHECK(type != nullptr && decision.seen.contains(more.stream));
    circumstances.stream = more.stream;
    circumstances.event_id = NewUuid(clock_, random_);
    const absl::Status status = unit.Add(*type, *more.fact, circumstances).status();
    if (!status.ok()) return fact.At(status);
    decision.events.push_back({more.stream, circumstances.event_id, &fact, std::move(more.fact)});
  }
  return absl::OkStatus();
}

absl::StatusOr<log::pb::AppendRequest> CommandHandler::Seal(const CheckedRequest& request,
                                                            const Decision& decision) {
  std::vector<payload::Payload> payloads;
  std::vector<std::string> subjects;
  for (const NewEvent& event : decision.events) {
    absl::StatusOr<payload::Payload> payload = payload::Split(*event.message);
    if (!payload.ok()) return event.fact->At(payload.status());
    for (const payload::Part& part : payload->parts) {
      if (!part.personal.empty()) subjects.push_back(part.subject_id);
    }
    payloads.push_back(*std::move(payload));
  }
  std::map<std::string, privacy::SubjectKey> keys;
  if (request.validate_only) {
    // Sealed with a key that nobody keeps, so that nothing is written and the sizes are the real
    // ones.
    const auto key = std::make_shared<const privacy::SecretKey>();
    for (const std::string& subject : subjects) keys[subject] = {NewUuid(clock_, random_), key};
  } else {
    // Durable before anything is sealed with them: a stored event never lacks its key.
    ASSIGN_OR_RETURN(const std::vector<privacy::SubjectKey> made, keyring_.KeysFor(subjects));
    for (std::size_t i = 0; i < made.size(); ++i) keys[subjects[i]] = made[i];
  }

  log::pb::AppendRequest append;
  *append.mutable_key() = request.key;
  append.set_request_digest(request.digest);
  std::map<std::string, Revision> unwritten = decision.seen;
  const auto expect = [](log::pb::StreamWrite& write, Revision revision) {
    if (revision.value == 0) {
      write.mutable_expected()->set_no_stream(true);
    } else {
      write.mutable_expected()->set_revision(revision.value);
    }
  };
  for (std::size_t i = 0; i < decision.events.size(); ++i) {
    const NewEvent& event = decision.events[i];
    log::pb::StreamWrite* write = i > 0 && decision.events[i - 1].stream == event.stream
                                      ? append.mutable_writes(append.writes_size() - 1)
                                      : append.add_writes();
    write->set_stream(event.stream);
    if (const auto first = unwritten.find(event.stream); first != unwritten.end()) {
      expect(*write, first->second);
      unwritten.erase(first);
    }
    log::pb::Event& stored = *write->add_events();
    stored = MakeEnvelope(*request.context, event.fact->occurred, event.event_id,
                          event.message->GetTypeName());
    const domain::FactHead& own = event.fact->head;
    if (!own.place.empty()) stored.set_place(own.place);
    if (!own.reason.empty()) stored.set_reason(own.reason);
    PutPayload(payloads[i], keys, event.stream, random_, stored);
  }
  // What was read but not written only guards: the rule holds for what it saw.
  for (const auto& [stream, revision] : unwritten) {
    log::pb::StreamWrite& guard = *append.add_writes();
    guard.set_stream(stream);
    expect(guard, revision);
  }
  return append;
}

}  // namespace mlup::command
