#include "services/command/command_handler.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "eventstore/base/categories.h"
#include "eventstore/base/check.h"
#include "eventstore/base/limits.h"
#include "eventstore/base/uuid.h"
#include "eventstore/log/append_rules.h"
#include "eventstore/payload/event_references.h"
#include "eventstore/payload/payload.h"
#include "services/command/envelope.h"
#include "services/command/erasures.h"
#include "services/command/relation.h"
#include "services/domain/entries.h"
#include "services/domain/import_windows.h"

namespace mlup::command {
namespace {

using domain::UnitOfWork;
using google::protobuf::Message;

// Something a rule said, or what it rested on that moved: a request that was recorded before may
// well be answered so when it is decided again.
bool IsRefusal(const absl::Status& status) {
  return absl::IsFailedPrecondition(status) || absl::IsAborted(status) ||
         absl::IsInvalidArgument(status) || absl::IsDataLoss(status);
}

absl::Status CheckBase(const CheckedFact& fact, Revision revision) {
  const std::uint64_t base = fact.head.base_revision;
  if (base == 0 || base == revision.value) return absl::OkStatus();
  return FieldError(absl::StatusCode::kAborted, "VERSION_MISMATCH",
                    absl::StrCat("facts[", fact.index, "].base_revision"),
                    absl::StrCat("the fact is based on revision ", base, ", the stream is at ",
                                 revision.value, ": read it again and decide anew"));
}

void Expect(Revision revision, log::pb::StreamWrite& write) {
  if (revision.value == 0) {
    write.mutable_expected()->set_no_stream(true);
  } else {
    write.mutable_expected()->set_revision(revision.value);
  }
}

// The field of the request in which it gave the log's key.
absl::Status AtRequestId(const absl::Status& status) {
  if (ErrorReason(status) != "REQUEST_ID_REUSED") return status;
  return FieldError(status.code(), ErrorReason(status), "context.request_id",
                    ToStd(status.message()));
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
  const absl::StatusOr<CheckedRequest> checked =
      CheckRequest(request, policy_, keyring_, clock_.Now());
  if (!checked.ok()) return Unfit(request, checked.status());
  return RecordChecked(*checked);
}

absl::StatusOr<RecordResult> CommandHandler::RecordFor(const Message& asked,
                                                       const Message& request) {
  absl::StatusOr<CheckedRequest> checked = CheckRequest(request, policy_, keyring_, clock_.Now());
  if (!checked.ok()) return Unfit(asked, checked.status());
  checked->identity = IdentityOf(asked);
  return RecordChecked(*checked);
}

void CommandHandler::RecordLater(const Message& request, Executor& executor, const Done& done) {
  absl::StatusOr<CheckedRequest> checked = CheckRequest(request, policy_, keyring_, clock_.Now());
  if (!checked.ok()) return done(Unfit(request, checked.status()));
  if (checked->validate_only) return done(Validated(*checked));
  const auto attempt =
      std::make_shared<Attempt>(Attempt{*std::move(checked), Begin(LoadedStreams::Take::kKnown)});
  absl::StatusOr<log::pb::AppendRequest> append = Prepare(attempt->request, attempt->streams);
  if (!append.ok()) return done(Refused(attempt->request, append.status()));
  attempt->append = *std::move(append);
  log_.AppendLater({&attempt->append}, [this, attempt, &executor, done](const auto& responses) {
    // Lets the streams go: once `done` knows, we may be gone.
    absl::StatusOr<RecordResult> answer =
        Answered(attempt->request, responses.front(), std::move(attempt->streams));
    if (!absl::IsAborted(answer.status())) return done(std::move(answer));
    executor.Run([this, attempt, done, moved = answer.status()] {
      done(RecordAnew(attempt->request, moved));
    });
  });
}

absl::StatusOr<RecordResult> CommandHandler::RecordChecked(const CheckedRequest& request) {
  if (request.validate_only) return Validated(request);
  LoadedStreams streams = Begin(LoadedStreams::Take::kKnown);
  const absl::StatusOr<log::pb::AppendRequest> append = Prepare(request, streams);
  if (!append.ok()) return Refused(request, append.status());
  const absl::StatusOr<log::pb::AppendResponse> response = log_.Append(*append);
  if (!absl::IsAborted(response.status())) return Answered(request, response, std::move(streams));
  return RecordAnew(request, response.status());
}

absl::StatusOr<RecordResult> CommandHandler::RecordAnew(const CheckedRequest& request,
                                                        absl::Status moved) {
  const Turns::Turn turn(turns_, request.facts.front().head.stream);
  for (int i = 0; i < kCommandRetriesMax; ++i) {
    LoadedStreams streams = Begin(LoadedStreams::Take::kLatest);
    const absl::StatusOr<log::pb::AppendRequest> append = Prepare(request, streams);
    if (!append.ok()) return Refused(request, append.status());
    const absl::StatusOr<log::pb::AppendResponse> response = log_.Append(*append);
    if (!absl::IsAborted(response.status())) return Answered(request, response, std::move(streams));
    moved = response.status();
  }
  return Refused(request, moved);
}

absl::StatusOr<log::pb::AppendRequest> CommandHandler::Prepare(const CheckedRequest& request,
                                                               LoadedStreams& streams) {
  ASSIGN_OR_RETURN(const Decision decision, Decide(request, streams));
  ASSIGN_OR_RETURN(const Keys keys, KeysFor(decision));
  return Seal(request, decision, keys);
}

absl::Status CommandHandler::AtFact(const CheckedRequest& request, const absl::Status& status) {
  if (ErrorReason(status) == "REQUEST_ID_REUSED") return AtRequestId(status);
  if (ErrorReason(status) != "EVENT_ID_TAKEN") return status;
  for (const CheckedFact& fact : request.facts) {
    const std::string& id = fact.head.event_id;
    if (id.empty() || !absl::StrContains(status.message(), id)) continue;
    return FieldError(status.code(), ErrorReason(status),
                      absl::StrCat("facts[", fact.index, "].event_id"), ToStd(status.message()));
  }
  return status;
}

absl::StatusOr<RecordResult> CommandHandler::Answered(
    const CheckedRequest& request, const absl::StatusOr<log::pb::AppendResponse>& response,
    LoadedStreams streams) const {
  if (!response.ok()) return AtFact(request, response.status());
  RETURN_IF_ERROR(DestroyErased(request, keyring_));
  if (!response->replayed()) streams.Recorded();
  return ToResult(*response);
}

absl::StatusOr<RecordResult> CommandHandler::Validated(const CheckedRequest& request) {
  ASSIGN_OR_RETURN(std::optional<RecordResult> earlier, Lookup(request.identity));
  if (earlier) return *std::move(earlier);
  LoadedStreams streams = Begin(LoadedStreams::Take::kLatest);
  const absl::StatusOr<Decision> decision = Decide(request, streams);
  if (!decision.ok()) return Refused(request, decision.status());
  // Sealed with a key that nobody keeps, so that nothing is written and the sizes are the real
  // ones.
  const auto key = std::make_shared<const privacy::SecretKey>();
  Keys keys;
  for (const std::string& subject : decision->Subjects()) {
    keys[subject] = {NewUuid(clock_, random_), key};
  }
  const log::pb::AppendRequest append = Seal(request, *decision, keys);
  RETURN_IF_ERROR(log::CheckAppend(append));
  return Foreseen(request, append);
}

absl::StatusOr<std::optional<RecordResult>> CommandHandler::Lookup(
    const RequestIdentity& identity) {
  log::pb::LookupRequest lookup;
  *lookup.mutable_key() = identity.key;
  lookup.set_request_digest(identity.digest);
  const absl::StatusOr<log::pb::LookupResponse> earlier = log_.Lookup(lookup);
  if (!earlier.ok()) return AtRequestId(earlier.status());
  if (!earlier->found()) return std::nullopt;
  return ToResult(earlier->result());
}

absl::StatusOr<RecordResult> CommandHandler::Refused(const CheckedRequest& request,
                                                     const absl::Status& refusal) {
  if (!IsRefusal(refusal)) return refusal;
  ASSIGN_OR_RETURN(std::optional<RecordResult> meanwhile, Lookup(request.identity));
  if (meanwhile) return *std::move(meanwhile);
  return refusal;
}

absl::StatusOr<RecordResult> CommandHandler::Unfit(const Message& request,
                                                   const absl::Status& refusal) {
  if (!absl::IsInvalidArgument(refusal)) return refusal;
  // What cannot even be looked up was never recorded.
  const absl::StatusOr<std::optional<RecordResult>> earlier = Lookup(IdentityOf(request));
  if (earlier.ok() && earlier->has_value()) return **earlier;
  return refusal;
}

absl::StatusOr<CommandHandler::Decision> CommandHandler::Decide(const CheckedRequest& request,
                                                                LoadedStreams& streams) {
  const std::vector<std::string> read = request.Streams();
  const UnitOfWork::Savepoint before = streams.unit().Save(read);
  absl::StatusOr<Decision> decision = DecideOnLoaded(request, streams);
  if (decision.ok()) return decision;
  streams.unit().Restore(before);
  if (!IsRefusal(decision.status())) return decision;
  ASSIGN_OR_RETURN(const bool assumed, streams.ReadAssumed(read));
  if (!assumed) return decision;
  decision = DecideOnLoaded(request, streams);
  if (!decision.ok()) streams.unit().Restore(before);
  return decision;
}

absl::StatusOr<CommandHandler::Decision> CommandHandler::DecideOnLoaded(
    const CheckedRequest& request, LoadedStreams& streams) {
  Decision decision;
  for (const CheckedFact& fact : request.facts) {
    for (const std::string& stream : fact.streams) {
      const bool begins = fact.type->creates() && stream == fact.head.stream;
      RETURN_IF_ERROR(streams.Load(stream, begins));
      decision.seen.emplace(stream, streams.unit().Of(stream).revision());
    }
    RETURN_IF_ERROR(CheckBase(fact, decision.seen.at(fact.head.stream)));
    RETURN_IF_ERROR(CheckPast(request, fact, streams.unit()));
    RETURN_IF_ERROR(DecideFact(request, fact, streams, decision));
  }
  for (NewEvent& event : decision.events) {
    absl::StatusOr<payload::Payload> payload = payload::Split(*event.message);
    if (!payload.ok()) return event.fact->At(payload.status());
    event.payload = *std::move(payload);
    for (const payload::Part& part : event.payload.parts) {
      if (part.personal.empty()) continue;
      const absl::Status kept = keyring_.CheckNotErased(part.subject_id);
      if (!kept.ok()) return event.fact->At(kept);
    }
  }
  return decision;
}

absl::Status CommandHandler::AuthoriseEntry(const CheckedRequest& request, const CheckedFact& fact,
                                            const domain::StreamHistory& history) const {
  for (const payload::EventReference& reference : payload::ReferencesOf(*fact.event)) {
    if (reference.refers != event::v1::REFERENCE_VOIDS &&
        reference.refers != event::v1::REFERENCE_CORRECTS) {
      continue;
    }
    const domain::LiveEvent* named = history.Find(reference.event_id);
    if (named == nullptr || named->message == nullptr) continue;
    const domain::FactType* type =
        domain::FactTable::Get().FindEvent(*named->message->GetDescriptor(), *fact.type->service);
    if (type == nullptr || !type->is_guarded()) continue;
    RETURN_IF_ERROR(Authorise(request, *type, nullptr));
  }
  return absl::OkStatus();
}

absl::Status CommandHandler::AuthoriseScope(const CheckedRequest& request,
                                            const domain::FactType& type,
                                            const domain::Circumstances& fact,
                                            const UnitOfWork& unit) const {
  identity::Relation about = RelationOf(unit.Of(fact.stream));
  // What begins is where it says itself.
  if (about.begins) about = RelationOf(fact);
  return Authorise(request, type, &about);
}

absl::Status CommandHandler::Authorise(const CheckedRequest& request, const domain::FactType& type,
                                       const identity::Relation* about) const {
  const v1::CommandContext& context = *request.context;
  return policy_.Authorise(ActorOf(context),
                           identity::Recording(type.permission, context.has_source_recorded_at()),
                           about, context.recorded_by());
}

absl::StatusOr<bool> CommandHandler::IsThere(const CheckedRequest& request,
                                             const payload::NamedRecord& named,
                                             const UnitOfWork& unit) {
  for (const std::string& category : named.categories) {
    const std::string stream = absl::StrCat(category, "/", named.id);
    // Begun by this request, by one that is recorded together with it, or before.
    if (unit.BeganHere(stream)) return true;
    const bool begins = std::ranges::any_of(
        request.facts, [&stream](const CheckedFact& other) { return other.head.stream == stream; });
    if (begins) return true;
  }
  for (const std::string& category : named.categories) {
    ASSIGN_OR_RETURN(const bool there, registered_.Has(absl::StrCat(category, "/", named.id)));
    if (there) return true;
  }
  return false;
}

absl::Status CommandHandler::CheckNamed(const CheckedRequest& request, const CheckedFact& fact,
                                        const UnitOfWork& unit) {
  if (naming_ == Naming::kAnything || request.context->allow_unregistered()) {
    return absl::OkStatus();
  }
  for (const payload::NamedRecord& named : payload::RecordsNamed(*fact.event)) {
    if (std::ranges::none_of(named.categories, IsNamedOnceBegun)) continue;
    ASSIGN_OR_RETURN(const bool there, IsThere(request, named, unit));
    if (there) continue;
    return FieldError(
        absl::StatusCode::kFailedPrecondition, "RECORD_UNKNOWN",
        absl::StrCat(fact.type->field->name(), ".", named.path),
        absl::StrCat("no ", absl::StrJoin(named.categories, " or "),
                     " with this id is registered: register it first, check the id, or leave the "
                     "field empty where it may be and nobody knows; an import in the order of "
                     "another system may say context.allow_unregistered"));
  }
  const KitName kit = KitNamed(*fact.event);
  if (kit.first.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const bool defined, kits_.Has(kit, unit));
  if (defined) return absl::OkStatus();
  return FieldError(absl::StatusCode::kFailedPrecondition, "KIT_UNKNOWN",
                    absl::StrCat(fact.type->field->name(), ".kit_version"),
                    "no store has defined this version of the kit: define it first with "
                    "kit_defined, check code and version, or say what was given as lines; an "
                    "import in the order of another system may say context.allow_unregistered");
}

absl::Status CommandHandler::CheckPast(const CheckedRequest& request, const CheckedFact& fact,
                                       const UnitOfWork& unit) {
  if (!request.context->has_source_recorded_at()) return absl::OkStatus();
  const domain::StreamHistory& windows = unit.Of(std::string(domain::kImportStream));
  const auto* state =
      static_cast<const domain::ImportWindowsState*>(windows.StateOf(domain::ImportWindows()));
  absl::Status may = domain::MayEnterPast(
      *state, {request.context->source_system(), fact.days, DayOf(request.known_at)},
      request.today);
  if (may.ok()) return may;
  return FieldError(may.code(), ErrorReason(may), "context.source_recorded_at",
                    ToStd(may.message()));
}

absl::Status CommandHandler::DecideFact(const CheckedRequest& request, const CheckedFact& fact,
                                        LoadedStreams& streams, Decision& decision) {
  domain::Circumstances circumstances{
      .stream = fact.head.stream,
      .event_id = fact.head.event_id.empty() ? NewUuid(clock_, random_) : fact.head.event_id,
      .actor_id = request.context->actor_id(),
      .on_behalf_of = request.context->on_behalf_of(),
      .occurred = fact.days,
      .known_at = request.known_at,
      .today = request.today,
      .may_see = request.may_see,
      .organisation_id = request.context->organisation_id(),
      .place = fact.head.place.empty() ? request.context->place() : fact.head.place,
      .sector = request.context->sector()};
  UnitOfWork& unit = streams.unit();
  const absl::Status reached = AuthoriseScope(request, *fact.type, circumstances, unit);
  if (!reached.ok()) return DeniedAt(reached, fact, *request.context, policy_);
  const absl::Status entry = AuthoriseEntry(request, fact, unit.Of(circumstances.stream));
  if (!entry.ok()) return DeniedAt(entry, fact, *request.context, policy_);
  std::unique_ptr<Message> canonical =
      domain::CanonicalEntry(unit.Of(circumstances.stream), *fact.event);
  if (canonical == nullptr) {
    absl::StatusOr<std::unique_ptr<Message>> erased =
        WithKeyId(*fact.event, fact.head.stream, keyring_);
    if (!erased.ok()) return fact.At(erased.status());
    canonical = *std::move(erased);
  }
  if (canonical == nullptr) {
    ASSIGN_OR_RETURN(canonical, streams.births().WithAges(*fact.event, fact.days));
  }
  const Message* const event = canonical == nullptr ? fact.event : canonical.get();
  absl::StatusOr<domain::AddedFacts> added = unit.Add(*fact.type, *event, circumstances);
  if (!added.ok()) return fact.At(added.status());
  const absl::Status named = CheckNamed(request, fact, unit);
  if (!named.ok()) return fact.At(named);
  streams.births().Learn(circumstances.stream, *event);
  const auto sensitivity = [&unit](const std::string& stream) {
    return domain::LeastSensitivity(unit.Of(stream));
  };
  decision.events.push_back({circumstances.stream, circumstances.event_id, &fact, event,
                             std::move(canonical), sensitivity(circumstances.stream)});
  for (domain::AddedFact& more : *added) {
    const domain::FactType* type =
        domain::FactTable::Get().FindEvent(*more.fact->GetDescriptor(), *fact.type->service);
    CHECK(type != nullptr && decision.seen.contains(more.stream));
    circumstances.stream = more.stream;
    circumstances.event_id = NewUuid(clock_, random_);
    const absl::Status status = unit.Add(*type, *more.fact, circumstances).status();
    if (!status.ok()) return fact.At(status);
    const Message* const message = more.fact.get();
    decision.events.push_back({more.stream, circumstances.event_id, &fact, message,
                               std::move(more.fact), sensitivity(more.stream)});
  }
  return absl::OkStatus();
}

std::vector<std::string> CommandHandler::Decision::Subjects() const {
  std::vector<std::string> subjects;
  for (const NewEvent& event : events) {
    for (const payload::Part& part : event.payload.parts) {
      if (!part.personal.empty()) subjects.push_back(part.subject_id);
    }
  }
  return subjects;
}

absl::StatusOr<CommandHandler::Keys> CommandHandler::KeysFor(const Decision& decision) {
  const std::vector<std::string> subjects = decision.Subjects();
  ASSIGN_OR_RETURN(const std::vector<privacy::SubjectKey> made, keyring_.KeysFor(subjects));
  Keys keys;
  for (std::size_t i = 0; i < made.size(); ++i) keys[subjects[i]] = made[i];
  return keys;
}

log::pb::AppendRequest CommandHandler::Seal(const CheckedRequest& request, const Decision& decision,
                                            const Keys& keys) {
  log::pb::AppendRequest append;
  *append.mutable_key() = request.identity.key;
  append.set_request_digest(request.identity.digest);
  std::map<std::string, Revision> unwritten = decision.seen;
  for (std::size_t i = 0; i < decision.events.size(); ++i) {
    const NewEvent& event = decision.events[i];
    log::pb::StreamWrite* write = i > 0 && decision.events[i - 1].stream == event.stream
                                      ? append.mutable_writes(append.writes_size() - 1)
                                      : append.add_writes();
    write->set_stream(event.stream);
    if (const auto first = unwritten.find(event.stream); first != unwritten.end()) {
      Expect(first->second, *write);
      unwritten.erase(first);
    }
    log::pb::Event& stored = *write->add_events();
    stored = MakeEnvelope(*request.context, event.fact->occurred, event.event_id,
                          event.message->GetTypeName());
    stored.set_sensitivity(std::max(stored.sensitivity(), event.sensitivity));
    const domain::FactHead& own = event.fact->head;
    if (!own.place.empty()) stored.set_place(own.place);
    if (!own.reason.empty()) stored.set_reason(own.reason);
    PutPayload(event.payload, keys, event.stream, random_, stored);
  }
  // What was read but not written only guards: the rule holds for what it saw.
  for (const auto& [stream, revision] : unwritten) {
    log::pb::StreamWrite& guard = *append.add_writes();
    guard.set_stream(stream);
    Expect(revision, guard);
  }
  return append;
}

}  // namespace mlup::command
