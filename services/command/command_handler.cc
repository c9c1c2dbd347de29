#include "services/command/command_handler.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "eventstore/base/limits.h"
#include "eventstore/base/uuid.h"
#include "eventstore/log/timestamp.h"
#include "eventstore/payload/payload.h"
#include "mlup/common/v1/common.pb.h"
#include "services/command/entry_rules.h"
#include "services/command/envelope.h"
#include "services/command/occurred.h"
#include "services/command/validator.h"

namespace mlup::command {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// A command request has these by design; CHECK because a proto without them is our bug.
const FieldDescriptor* FieldNamed(const Message& request, const char* name) {
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName(name);
  CHECK(field != nullptr);
  return field;
}

const v1::CommandContext& ContextOf(const Message& request) {
  const Message& context =
      request.GetReflection()->GetMessage(request, FieldNamed(request, "context"));
  CHECK(context.GetDescriptor() == v1::CommandContext::descriptor());
  return static_cast<const v1::CommandContext&>(context);
}

bool HasFactChoice(const Message& request) {
  return request.GetDescriptor()->real_oneof_decl_count() > 0;
}

// The chosen fact, or the one message besides the context. Set, because the request is valid.
const Message& FactOf(const Message& request) {
  if (HasFactChoice(request)) return *GetFact(request);
  const auto* descriptor = request.GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor* field = descriptor->field(i);
    if (field->message_type() != nullptr && field->name() != "context") {
      return request.GetReflection()->GetMessage(request, field);
    }
  }
  CHECK(false && "a command carries a fact");
  return request;
}

const v1::EventRule& RuleOf(const Message& fact) {
  return fact.GetDescriptor()->options().GetExtension(v1::event);
}

// The rpc that takes this request, `mlup.cases.v1.CaseService/OpenCase`.
std::string CallOf(const Message& request) {
  const auto* file = request.GetDescriptor()->file();
  for (int s = 0; s < file->service_count(); ++s) {
    for (int m = 0; m < file->service(s)->method_count(); ++m) {
      const auto* method = file->service(s)->method(m);
      if (method->input_type() != request.GetDescriptor()) continue;
      return absl::StrCat(method->service()->full_name(), "/", method->name());
    }
  }
  CHECK(false && "a command is the request of an rpc");
  return {};
}

// What makes a repetition the same command: everything but the device and channel that carried it.
std::string CanonicalBytes(const Message& request) {
  const std::unique_ptr<Message> copy(request.New());
  copy->CopyFrom(request);
  Message* context =
      copy->GetReflection()->MutableMessage(copy.get(), FieldNamed(*copy, "context"));
  for (const char* const carrier : {"device", "channel"}) {
    context->GetReflection()->ClearField(context, FieldNamed(*context, carrier));
  }
  std::string bytes = absl::StrCat(request.GetTypeName(), absl::string_view("\0", 1));
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    CHECK(copy->SerializeToCodedStream(&coded));
  }
  return bytes;
}

absl::Status CheckCategory(const Message& fact, const std::string& stream) {
  const auto& categories = RuleOf(fact).categories();
  const std::string category = stream.substr(0, stream.find('/'));
  if (std::find(categories.begin(), categories.end(), category) != categories.end()) {
    return absl::OkStatus();
  }
  return FieldError(absl::StatusCode::kInvalidArgument, "STREAM_CATEGORY", "stream",
                    absl::StrCat("must be a stream of category ", absl::StrJoin(categories, ", "),
                                 " for ", fact.GetDescriptor()->name()));
}

const History& HistoryOf(const std::vector<History>& histories, const std::string& stream) {
  const auto found = std::find_if(histories.begin(), histories.end(),
                                  [&stream](const History& h) { return h.stream == stream; });
  CHECK(found != histories.end() && "a rule writes only to streams that the command named");
  return *found;
}

// May this be the next event of a stream that holds so many?
absl::Status CheckPlace(const Message& fact, std::uint64_t events_before) {
  const v1::EventRule& rule = RuleOf(fact);
  if (rule.creates() && events_before > 0) {
    return Refuse("STREAM_EXISTS", "the record exists already");
  }
  if (rule.needs_existing() && events_before == 0) {
    return Refuse("STREAM_UNKNOWN", "there is no such record yet");
  }
  return absl::OkStatus();
}

// An id that the author made must be new on its stream, where voids and corrections look for it.
absl::Status CheckEventId(const History& history, const std::string& id) {
  for (const LiveEvent& event : history.events) {
    if (event.info.event_id == id) {
      return Refuse("EVENT_ID_TAKEN", "another event of this record has the event id");
    }
  }
  return absl::OkStatus();
}

log::pb::StreamWrite& WriteFor(log::pb::AppendRequest& append, const History& history) {
  for (log::pb::StreamWrite& write : *append.mutable_writes()) {
    if (write.stream() == history.stream) return write;
  }
  log::pb::StreamWrite& write = *append.add_writes();
  write.set_stream(history.stream);
  if (history.revision.value == 0) {
    write.mutable_expected()->set_no_stream(true);
  } else {
    write.mutable_expected()->set_revision(history.revision.value);
  }
  return write;
}

log::pb::RequestKey KeyOf(const v1::CommandContext& context) {
  log::pb::RequestKey key;
  key.set_organisation_id(context.organisation_id());
  key.set_request_id(context.request_id());
  return key;
}

CommandResult ToResult(const log::pb::AppendResponse& response) {
  CommandResult result;
  result.set_first_position(response.first_position());
  result.set_last_position(response.last_position());
  *result.mutable_event_ids() = response.event_ids();
  *result.mutable_streams() = response.streams();
  result.set_replayed(response.replayed());
  return result;
}

// A correction may state anew when the event happened, in any of the forms of a command.
absl::Status NormaliseFact(Message& fact, Day today) {
  auto* correction = dynamic_cast<common::v1::DetailsCorrected*>(&fact);
  if (correction == nullptr || !correction->has_occurred()) return absl::OkStatus();
  ASSIGN_OR_RETURN(*correction->mutable_occurred(),
                   NormaliseOccurred(correction->occurred(), today, "details_corrected.occurred"));
  return absl::OkStatus();
}

}  // namespace

CommandHandler::NewEvent CommandHandler::ToNewEvent(const Message& decided,
                                                    const std::string& stream,
                                                    const RuleContext& context) {
  const Message* fact = GetFact(decided);
  CHECK(fact != nullptr);
  NewEvent event{stream.empty() ? context.stream : stream, std::unique_ptr<Message>(fact->New())};
  event.message->CopyFrom(*fact);
  return event;
}

absl::StatusOr<CommandResult> CommandHandler::Record(const Message& request) {
  return Run(request, {},
             [this, &request](const std::vector<History>& histories,
                              const RuleContext& rule) -> absl::StatusOr<NewEvents> {
               const v1::CommandContext& context = ContextOf(request);
               const absl::Time known_at = context.has_source_recorded_at()
                                               ? log::FromTimestamp(context.source_recorded_at())
                                               : clock_.Now();
               const Message& stated = FactOf(request);
               NewEvents events;
               events.push_back({rule.stream, std::unique_ptr<Message>(stated.New())});
               Message& fact = *events.back().message;
               fact.CopyFrom(stated);
               RETURN_IF_ERROR(NormaliseFact(fact, rule.today));
               RETURN_IF_ERROR(CheckEntry(histories.front(), fact,
                                          {context.actor_id(), context.on_behalf_of(), known_at}));
               return events;
             });
}

absl::StatusOr<CommandResult> CommandHandler::Run(const Message& request,
                                                  const std::vector<std::string>& also_reads,
                                                  const Rule& rule) {
  ASSIGN_OR_RETURN(const Call call, Check(request));
  log::pb::LookupRequest lookup;
  *lookup.mutable_key() = KeyOf(*call.context);
  lookup.set_request_digest(call.digest);
  ASSIGN_OR_RETURN(const log::pb::LookupResponse earlier, log_.Lookup(lookup));
  if (earlier.found()) return ToResult(earlier.result());

  absl::StatusOr<CommandResult> result = Try(call, also_reads, rule);
  // Who states the revision they saw wants to hear that it moved on.
  const int tries = call.context->base_revision() > 0 ? 0 : kCommandRetriesMax;
  for (int i = 0; i < tries && absl::IsAborted(result.status()); ++i) {
    result = Try(call, also_reads, rule);
  }
  return result;
}

absl::StatusOr<CommandHandler::Call> CommandHandler::Check(const Message& request) const {
  RETURN_IF_ERROR(Validate(request));
  const v1::CommandContext& context = ContextOf(request);
  const Message& fact = FactOf(request);
  const absl::Time now = clock_.Now();
  Call call;
  call.context = &context;
  call.rule = {request.GetReflection()->GetString(request, FieldNamed(request, "stream")),
               context.actor_id(), context.organisation_id(), DayOf(now), std::nullopt};
  ASSIGN_OR_RETURN(call.occurred,
                   NormaliseOccurred(context.occurred(), call.rule.today, "context.occurred"));
  call.rule.occurred = DaysOf(call.occurred);
  RETURN_IF_ERROR(CheckSourceRecordedAt(context, call.rule.occurred, now));
  RETURN_IF_ERROR(CheckCategory(fact, call.rule.stream));
  RETURN_IF_ERROR(policy_.Authorise(ActorOf(context), CallOf(request),
                                    {HasFactChoice(request) ? fact.GetTypeName() : std::string(),
                                     context.has_source_recorded_at()}));
  call.digest = keyring_.Digest(CanonicalBytes(request));
  return call;
}

absl::StatusOr<CommandResult> CommandHandler::Try(const Call& call,
                                                  const std::vector<std::string>& also_reads,
                                                  const Rule& rule) {
  std::vector<std::string> streams = {call.rule.stream};
  for (const std::string& stream : also_reads) {
    if (std::find(streams.begin(), streams.end(), stream) == streams.end())
      streams.push_back(stream);
  }
  std::vector<History> histories;
  for (const std::string& stream : streams) {
    ASSIGN_OR_RETURN(History history, LoadHistory(log_, stream));
    histories.push_back(std::move(history));
  }
  const std::uint64_t base = call.context->base_revision();
  if (base > 0 && base != histories.front().revision.value) {
    return Error(absl::StatusCode::kAborted, "VERSION_MISMATCH",
                 absl::StrCat("the command is based on revision ", base, ", the stream is at ",
                              histories.front().revision.value));
  }
  ASSIGN_OR_RETURN(const NewEvents events, rule(histories, call.rule));
  ASSIGN_OR_RETURN(const log::pb::AppendRequest append, Seal(call, histories, events));
  ASSIGN_OR_RETURN(const log::pb::AppendResponse response, log_.Append(append));
  return ToResult(response);
}

absl::StatusOr<log::pb::AppendRequest> CommandHandler::Seal(const Call& call,
                                                            const std::vector<History>& histories,
                                                            const NewEvents& events) {
  CHECK(!events.empty());
  std::vector<payload::Payload> payloads;
  std::vector<std::string> subjects;
  for (const NewEvent& event : events) {
    ASSIGN_OR_RETURN(payload::Payload payload, payload::Split(*event.message));
    for (const payload::Part& part : payload.parts) {
      if (!part.personal.empty()) subjects.push_back(part.subject_id);
    }
    payloads.push_back(std::move(payload));
  }
  // Durable before anything is sealed with them: a stored event never lacks its key.
  ASSIGN_OR_RETURN(const std::vector<privacy::SubjectKey> keys, keyring_.KeysFor(subjects));
  std::map<std::string, privacy::SubjectKey> key_of;
  for (std::size_t i = 0; i < keys.size(); ++i) key_of[subjects[i]] = keys[i];

  log::pb::AppendRequest append;
  *append.mutable_key() = KeyOf(*call.context);
  append.set_request_digest(call.digest);
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Message& fact = *events[i].message;
    const History& history = HistoryOf(histories, events[i].stream);
    RETURN_IF_ERROR(CheckCategory(fact, history.stream));
    log::pb::StreamWrite& write = WriteFor(append, history);
    RETURN_IF_ERROR(
        CheckPlace(fact, history.revision.value + static_cast<std::uint64_t>(write.events_size())));
    log::pb::Event& event = *write.add_events();
    const std::string& stated_id = call.context->event_id();
    const bool stated = i == 0 && !stated_id.empty();
    if (stated) RETURN_IF_ERROR(CheckEventId(history, stated_id));
    event = MakeEnvelope(*call.context, call.occurred,
                         stated ? stated_id : NewUuid(clock_, random_), fact.GetTypeName());
    PutPayload(payloads[i], key_of, history.stream, random_, event);
  }
  // What was read but not written only guards: the rule holds for what it saw.
  for (const History& history : histories) WriteFor(append, history);
  return append;
}

}  // namespace mlup::command
