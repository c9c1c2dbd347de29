// From a CloudEvent to an append, through the same checks as a command.
#include "services/gateway/inbound.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include <google/protobuf/message.h>
#include <nlohmann/json.hpp>

#include "eventstore/base/blake2b.h"
#include "eventstore/base/check.h"
#include "eventstore/base/days.h"
#include "eventstore/base/uuid.h"
#include "eventstore/json/json_message.h"
#include "eventstore/json/json_text.h"
#include "eventstore/log/timestamp.h"
#include "eventstore/payload/event_types.h"
#include "eventstore/payload/payload.h"
#include "services/command/envelope.h"
#include "services/fields/occurred.h"
#include "services/fields/validator.h"
#include "services/sharing/code_map.h"
#include "services/sharing/concern.h"
#include "services/sharing/consent_book.h"

namespace mlup::gateway {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using nlohmann::json;

constexpr std::string_view kRole = "external_system";

absl::Status Bad(std::string_view reason, std::string_view field, std::string_view message) {
  return FieldError(absl::StatusCode::kInvalidArgument, reason, field, message);
}

std::string TextOf(const cloudevents::CloudEvent& event, std::string_view extension) {
  const auto found = event.extensions.find(extension);
  const auto* text =
      found == event.extensions.end() ? nullptr : std::get_if<std::string>(&found->second);
  return text == nullptr ? std::string() : *text;
}

// `day` of the prefix `PRECISION_` as its number; 0 when empty or unknown.
int NumberOf(const google::protobuf::EnumDescriptor& type, const std::string& prefix,
             const std::string& word) {
  const auto* value = type.FindValueByName(prefix + absl::AsciiStrToUpper(word));
  return value == nullptr ? 0 : value->number();
}

// Puts our code where theirs stands; lists are passed through.
absl::Status MapCodes(json& data, std::span<const std::string> path,
                      const sharing::v1::CodeMap& map, const std::string& field) {
  if (data.is_array()) {
    for (json& item : data) RETURN_IF_ERROR(MapCodes(item, path, map, field));
    return absl::OkStatus();
  }
  if (!path.empty()) {
    const auto child = data.is_object() ? data.find(path.front()) : data.end();
    if (child == data.end()) return absl::OkStatus();
    return MapCodes(*child, path.subspan(1), map, field);
  }
  if (!data.is_string()) return Bad("CODE_UNKNOWN", field, "must be a text");
  const std::optional<std::string> ours = sharing::ToOurs(map, data.get<std::string>());
  if (!ours.has_value()) {
    return Bad(
        "CODE_UNKNOWN", field,
        absl::StrCat("is not a word of the code map ", map.name(), ", version ", map.version()));
  }
  data = *ours;
  return absl::OkStatus();
}

// What the door for JSON said of the data.
absl::Status InData(const absl::Status& why, std::string_view what) {
  const std::string field = ErrorField(why);
  return Bad("DATA_INVALID", field.empty() ? "data" : absl::StrCat("data.", field),
             absl::StrCat(ToAbsl(what), ": ", why.message()));
}

// The first personal field that is set; empty when there is none.
std::string PersonalField(const Message& message, const std::string& prefix) {
  const auto& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    std::string path = prefix + field->name();
    if (payload::IsPersonal(*field)) return path;
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      const Message& inner = field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                                                  : reflection.GetMessage(message, field);
      std::string found = PersonalField(inner, path + ".");
      if (!found.empty()) return found;
    }
  }
  return "";
}

// Whether every field that is set is an id, or a message of such fields.
bool HoldsOnlyIds(const Message& message) {
  const auto& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  return std::all_of(fields.begin(), fields.end(), [&](const FieldDescriptor* field) {
    if (field->is_repeated()) return false;
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      return HoldsOnlyIds(reflection.GetMessage(message, field));
    }
    return field->cpp_type() == FieldDescriptor::CPPTYPE_STRING &&
           IsUuid(reflection.GetString(message, field));
  });
}

// What corrects may come with nothing but what it is about, as it leaves where a consent was
// withdrawn.
bool IsReference(const Message& fact) {
  const sharing::FieldPaths paths = sharing::ReferenceFields(fact.GetTypeName());
  if (paths.empty()) return false;
  const std::unique_ptr<Message> rest(fact.New());
  rest->CopyFrom(fact);
  paths.Cut(*rest);
  return rest->ByteSizeLong() > 0 && rest->ByteSizeLong() == fact.ByteSizeLong() &&
         HoldsOnlyIds(fact);
}

absl::StatusOr<const sharing::v1::AcceptedFacts*> FindAccepted(
    const sharing::v1::Subscriber& subscriber, const std::string& type) {
  if (subscriber.accepts().empty()) {
    return Error(
        absl::StatusCode::kPermissionDenied, "NOTHING_ACCEPTED",
        absl::StrCat("the subscribers file lets ", subscriber.subscriber_id(), " send nothing"));
  }
  for (const sharing::v1::AcceptedFacts& accepted : subscriber.accepts()) {
    if (accepted.their_type() == type) return &accepted;
  }
  return FieldError(absl::StatusCode::kPermissionDenied, "TYPE_NOT_ACCEPTED", "type",
                    absl::StrCat("the subscribers file does not let ", subscriber.subscriber_id(),
                                 " send this type"));
}

absl::StatusOr<std::unique_ptr<Message>> ReadFact(const sharing::v1::AcceptedFacts& accepted,
                                                  const sharing::Subscribers& subscribers,
                                                  const cloudevents::CloudEvent& event) {
  // Data that is no JSON comes as any bytes.
  absl::StatusOr<json> read = strict::ParseJson(event.data.value_or("{}"));
  if (!read.ok()) return InData(read.status(), "is no JSON");
  json& data = *read;
  if (!data.is_object()) return Bad("DATA_INVALID", "data", "must be a JSON object");
  for (const auto& mapped : accepted.fields()) {
    const std::vector<std::string> path = absl::StrSplit(mapped.path(), '.');
    const std::shared_ptr<const sharing::v1::CodeMap> map =
        subscribers.FindCodeMap(mapped.code_map());
    CHECK(map != nullptr);
    RETURN_IF_ERROR(MapCodes(data, path, *map, "data." + mapped.path()));
  }
  const auto* type = payload::FindEventType(accepted.type());
  CHECK(type != nullptr);
  std::unique_ptr<Message> fact(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
  const absl::Status taken = strict::ToMessage(data, *fact);
  if (!taken.ok()) {
    return InData(taken, absl::StrCat("is not a ", accepted.type(), " in proto JSON"));
  }
  const std::string personal = PersonalField(*fact, "data.");
  if (!personal.empty()) {
    return Bad("FIELD_IS_PERSONAL", personal,
               "is personal: leave it out, it cannot be sealed here");
  }
  const absl::Status valid = fields::ValidateClear(*fact);
  if (!valid.ok() && !IsReference(*fact)) {
    return FieldError(valid.code(), ErrorReason(valid), "data." + ErrorField(valid),
                      ToStd(valid.message()));
  }
  return fact;
}

// The word of an extension, `day` of the prefix `PRECISION_`, as its number; 0 when there is none.
// INVALID_ARGUMENT WORD_UNKNOWN: what is not understood is never taken for something else.
absl::StatusOr<int> WordOf(const cloudevents::CloudEvent& event, const std::string& extension,
                           const google::protobuf::EnumDescriptor& type,
                           const std::string& prefix) {
  const std::string word = TextOf(event, extension);
  if (word.empty()) return 0;
  const int number = NumberOf(type, prefix, word);
  if (number != 0) return number;
  std::vector<std::string> words;
  words.reserve(static_cast<std::size_t>(type.value_count()));
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() == 0) continue;
    words.push_back(absl::AsciiStrToLower(type.value(i)->name().substr(prefix.size())));
  }
  return Bad("WORD_UNKNOWN", extension,
             absl::StrCat("`", word, "` is none of ", absl::StrJoin(words, ", ")));
}

// As a command would state it. How exactly a time is known is what the event says, and never more:
// without a word a `time` is a moment, as the format has it.
absl::StatusOr<log::v1::Occurred> OccurredOf(const cloudevents::CloudEvent& event) {
  ASSIGN_OR_RETURN(const int word,
                   WordOf(event, "precision", *log::v1::Precision_descriptor(), "PRECISION_"));
  log::v1::Occurred occurred;
  if (word == log::v1::PRECISION_UNKNOWN || (word == 0 && event.time.empty())) {
    // A time beside it says when it was told, or nothing.
    occurred.set_precision(log::v1::PRECISION_UNKNOWN);
    return occurred;
  }
  absl::Time time;
  if (!absl::ParseTime(absl::RFC3339_full, event.time, &time, nullptr)) {
    return Bad("OCCURRED_INVALID", "time",
               "must be a moment such as 2021-02-17T10:00:00Z where `precision` is not unknown");
  }
  occurred.set_precision(word == 0 ? log::v1::PRECISION_INSTANT
                                   : static_cast<log::v1::Precision>(word));
  if (occurred.precision() == log::v1::PRECISION_INSTANT) {
    *occurred.mutable_instant() = log::ToTimestamp(time);
    return occurred;
  }
  occurred.set_from(FormatDay(DayOf(time)));
  occurred.set_to(TextOf(event, "occurredto"));
  return occurred;
}

absl::StatusOr<command::v1::CommandContext> ContextOf(const sharing::v1::Subscriber& subscriber,
                                                      const cloudevents::CloudEvent& event) {
  command::v1::CommandContext context;
  context.set_request_id(absl::StrCat("ext-", absl::BytesToHexString(Blake2b(event.id, 16))));
  context.set_actor_id("system-" + subscriber.source_system());
  context.set_role(std::string(kRole));
  context.set_organisation_id(subscriber.organisation_id());
  context.set_channel(log::v1::CHANNEL_SYSTEM);
  ASSIGN_OR_RETURN(*context.mutable_occurred(), OccurredOf(event));
  const std::string cause = TextOf(event, "causationid");
  if (IsUuid(cause)) context.set_causation_id(cause);
  context.set_reason(TextOf(event, "reason"));
  context.set_place(TextOf(event, "place"));
  ASSIGN_OR_RETURN(const int sector,
                   WordOf(event, "sector", *log::v1::Sector_descriptor(), "SECTOR_"));
  context.set_sector(static_cast<log::v1::Sector>(sector));
  ASSIGN_OR_RETURN(
      const int sensitivity,
      WordOf(event, "sensitivity", *log::v1::Sensitivity_descriptor(), "SENSITIVITY_"));
  context.set_sensitivity(static_cast<log::v1::Sensitivity>(sensitivity));
  context.set_source_system(subscriber.source_system());
  context.set_source_id(event.id);
  RETURN_IF_ERROR(fields::Validate(context));
  return context;
}

// Where the event stands here, if it is one of ours that has come back.
absl::StatusOr<std::optional<sharing::EventPlace>> FindOurs(sharing::Sharing& sharing,
                                                            const cloudevents::CloudEvent& event) {
  const std::size_t slash = event.source.rfind('/');
  if (slash == std::string::npos || event.subject.empty()) {
    return std::optional<sharing::EventPlace>();
  }
  const sharing::ConsentBook book(sharing.consents().TakeSnapshot(),
                                  cases::v1::CONSENT_PURPOSE_UNSPECIFIED, Day());
  return book.FindEvent(absl::StrCat(event.source.substr(slash + 1), "/", event.subject), event.id);
}

}  // namespace

absl::StatusOr<Inbound::Taken> Inbound::Take(const sharing::v1::Subscriber& subscriber,
                                             std::string_view text) const {
  ASSIGN_OR_RETURN(const cloudevents::CloudEvent event, cloudevents::ParseStructuredJson(text));
  ASSIGN_OR_RETURN(const auto ours, FindOurs(parts_.sharing, event));
  if (ours.has_value() && !subscriber.source_system().empty()) {
    return Taken{false, false, event.id, ours->position};
  }
  ASSIGN_OR_RETURN(const auto* accepted, FindAccepted(subscriber, event.type));
  ASSIGN_OR_RETURN(const auto fact, ReadFact(*accepted, parts_.sharing.subscribers(), event));
  ASSIGN_OR_RETURN(const auto context, ContextOf(subscriber, event));
  ASSIGN_OR_RETURN(
      const log::v1::Occurred occurred,
      fields::NormaliseOccurred(context.occurred(), DayOf(parts_.clock.Now()), "time"));
  ASSIGN_OR_RETURN(const payload::Payload payload, payload::Split(*fact));

  log::v1::AppendRequest append;
  log::v1::StreamWrite& write = *append.add_writes();
  write.set_stream("ext/" + subscriber.source_system());
  // Their id goes on as ours where it can be one, so that both name the event in the same way.
  const std::string event_id = IsUuid(event.id) ? event.id : NewUuid(parts_.clock, parts_.random);
  *write.add_events() = command::MakeEnvelope(context, occurred, event_id, accepted->type());
  command::PutPayload(payload, {}, write.stream(), parts_.random, *write.mutable_events(0));
  append.mutable_key()->set_organisation_id("ext:" + subscriber.source_system());
  append.mutable_key()->set_request_id(context.request_id());
  append.set_request_digest(Blake2b(cloudevents::ToStructuredJson(event), 32));
  absl::StatusOr<log::v1::AppendResponse> appended = parts_.log.Append(append);
  if (ErrorReason(appended.status()) == "EVENT_ID_TAKEN") {
    // Another event has it: theirs goes on as `source_id` alone.
    write.mutable_events(0)->set_event_id(NewUuid(parts_.clock, parts_.random));
    appended = parts_.log.Append(append);
  }
  if (!appended.ok()) return appended.status();
  return Taken{true, appended->replayed(), appended->event_ids(0), {appended->first_position()}};
}

}  // namespace mlup::gateway
