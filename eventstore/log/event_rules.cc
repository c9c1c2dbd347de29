#include "eventstore/log/event_rules.h"

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <string_view>
#include <unordered_set>

#include "absl/strings/str_cat.h"

#include "eventstore/base/limits.h"
#include "eventstore/base/uuid.h"

namespace mlup::log {
namespace {

absl::Status InvalidEvent(std::string_view reason, std::string_view field,
                          std::string_view message) {
  return FieldError(absl::StatusCode::kInvalidArgument, reason, field, message);
}

bool IsTime(const google::protobuf::Timestamp& time) {
  return time.nanos() >= 0 && time.nanos() < 1'000'000'000;
}

absl::Status TimeInvalid(std::string_view field) {
  return InvalidEvent("TIME_INVALID", field, "nanos must be 0 to 999999999");
}

// What the header of an event has room for (proof/README.md).
absl::Status CheckEnvelope(const v1::Event& event, const std::string& field) {
  struct Text {
    std::string_view name;
    const std::string& value;
  };
  const std::initializer_list<Text> texts = {
      {".occurred.from", event.occurred().from()},
      {".occurred.to", event.occurred().to()},
      {".actor.actor_id", event.actor().actor_id()},
      {".actor.role", event.actor().role()},
      {".actor.organisation_id", event.actor().organisation_id()},
      {".actor.on_behalf_of", event.actor().on_behalf_of()},
      {".device", event.device()},
      {".request_id", event.request_id()},
      {".correlation_id", event.correlation_id()},
      {".causation_id", event.causation_id()},
      {".reason", event.reason()},
      {".place", event.place()},
      {".source_system", event.source_system()},
      {".source_id", event.source_id()},
      {".recorded_by", event.recorded_by()}};
  for (const Text& text : texts) {
    if (text.value.size() <= kEnvelopeTextMax) continue;
    return InvalidEvent("TEXT_TOO_LONG", absl::StrCat(field, ToAbsl(text.name)),
                        absl::StrCat("at most ", kEnvelopeTextMax, " bytes"));
  }
  struct Code {
    std::string_view name;
    bool known;
  };
  const std::initializer_list<Code> codes = {
      {".occurred.precision", v1::Precision_IsValid(event.occurred().precision())},
      {".channel", v1::Channel_IsValid(event.channel())},
      {".sensitivity", v1::Sensitivity_IsValid(event.sensitivity())},
      {".sector", v1::Sector_IsValid(event.sector())}};
  for (const Code& code : codes) {
    if (code.known) continue;
    return InvalidEvent("VALUE_UNKNOWN", absl::StrCat(field, ToAbsl(code.name)),
                        "not a value of this version");
  }
  if (!IsTime(event.occurred().instant())) return TimeInvalid(field + ".occurred.instant");
  if (!IsTime(event.source_recorded_at())) return TimeInvalid(field + ".source_recorded_at");
  return absl::OkStatus();
}

absl::Status CheckSubjects(const v1::Event& event, const std::string& field) {
  if (static_cast<std::size_t>(event.subjects_size()) > kSubjectsMax) {
    return InvalidEvent("SUBJECTS_TOO_MANY", field + ".subjects",
                        absl::StrCat("at most ", kSubjectsMax));
  }
  std::unordered_set<std::string_view> named;
  for (int i = 0; i < event.subjects_size(); ++i) {
    const v1::SubjectPart& part = event.subjects(i);
    if (!named.insert(part.subject_id()).second) {
      return InvalidEvent("SUBJECT_REPEATED", absl::StrCat(field, ".subjects[", i, "].subject_id"),
                          "one part for each subject");
    }
    if (!part.salt().empty() && part.salt().size() != kSaltBytes) {
      return InvalidEvent("SALT_INVALID", absl::StrCat(field, ".subjects[", i, "].salt"),
                          absl::StrCat("must be ", kSaltBytes, " bytes"));
    }
  }
  return absl::OkStatus();
}

// Whether a later version wrote something into it that the header would not commit to.
bool HasUnknownFields(const v1::Event& event) {
  const auto has = [](const google::protobuf::Message& message) {
    return !message.GetReflection()->GetUnknownFields(message).empty();
  };
  return has(event) || has(event.occurred()) || has(event.occurred().instant()) ||
         has(event.source_recorded_at()) || has(event.actor()) ||
         std::any_of(event.subjects().begin(), event.subjects().end(), has);
}

}  // namespace

absl::Status CheckEvent(const v1::Event& event, const std::string& field) {
  if (!IsUuid(event.event_id())) {
    return InvalidEvent("EVENT_ID_INVALID", field + ".event_id", "must be a lower-case UUID");
  }
  if (event.type().empty())
    return InvalidEvent("EVENT_TYPE_MISSING", field + ".type", "must be given");
  if (event.type().size() > kEventTypeMax) {
    return InvalidEvent("TEXT_TOO_LONG", field + ".type", absl::StrCat("at most ", kEventTypeMax));
  }
  RETURN_IF_ERROR(CheckEnvelope(event, field));
  RETURN_IF_ERROR(CheckSubjects(event, field));
  if (HasUnknownFields(event)) {
    return InvalidEvent("UNKNOWN_FIELD", field,
                        "has a field that this version does not know: update the server first");
  }
  if (event.ByteSizeLong() > kEventBytesMax) {
    return InvalidEvent("EVENT_TOO_LARGE", field,
                        absl::StrCat("at most ", kEventBytesMax, " bytes"));
  }
  return absl::OkStatus();
}

}  // namespace mlup::log
