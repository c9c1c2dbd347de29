#include "eventstore/payload/patch.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/json_util.h>
#include <nlohmann/json.hpp>

#include "eventstore/base/check.h"
#include "eventstore/json/json_message.h"
#include "eventstore/json/json_text.h"

namespace mlup::payload {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// One step of a path: a field and, in lists, which item.
struct Step {
  const FieldDescriptor* field = nullptr;
  int index = -1;
};

absl::Status Unknown(std::string_view path) {
  return FieldError(absl::StatusCode::kInvalidArgument, "FIELD_UNKNOWN", path,
                    "is not a single field of this event");
}

absl::StatusOr<Step> ParseStep(const Descriptor& type, absl::string_view text,
                               std::string_view path) {
  Step step;
  const std::vector<std::string> halves = absl::StrSplit(text, absl::MaxSplits('[', 1));
  step.field = type.FindFieldByName(halves[0]);
  if (step.field == nullptr || step.field->is_map()) return Unknown(path);
  if (halves.size() == 2) {
    absl::string_view digits = halves[1];
    if (!absl::ConsumeSuffix(&digits, "]") || !absl::SimpleAtoi(digits, &step.index)) {
      return Unknown(path);
    }
  }
  if (step.field->is_repeated() != (step.index >= 0)) return Unknown(path);
  return step;
}

bool IsMessage(const FieldDescriptor* field) {
  return field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
}

// The message that holds the last step of the path, and that step. Creates nothing.
struct Place {
  const Message* owner = nullptr;
  Step step;
};

absl::StatusOr<Place> Find(const Message& message, std::string_view path) {
  const std::vector<std::string> parts = absl::StrSplit(ToAbsl(path), '.');
  const Message* owner = &message;
  for (std::size_t i = 0;; ++i) {
    ASSIGN_OR_RETURN(const Step step, ParseStep(*owner->GetDescriptor(), parts[i], path));
    const auto* reflection = owner->GetReflection();
    if (step.index >= 0 && step.index >= reflection->FieldSize(*owner, step.field)) {
      return Unknown(path);
    }
    const bool last = i + 1 == parts.size();
    if (last != !IsMessage(step.field)) return Unknown(path);
    if (last) return Place{owner, step};
    owner = step.index >= 0 ? &reflection->GetRepeatedMessage(*owner, step.field, step.index)
                            : &reflection->GetMessage(*owner, step.field);
  }
}

// Assigns the field `from` to `to`, both of one message type.
void CopyScalar(const Message& from, Message& to, const FieldDescriptor* field, int index) {
  const auto* source = from.GetReflection();
  const auto* target = to.GetReflection();
  switch (field->cpp_type()) {
#define MLUP_COPY(TYPE, Name)                                                            \
  case FieldDescriptor::CPPTYPE_##TYPE:                                                  \
    if (index < 0) return target->Set##Name(&to, field, source->Get##Name(from, field)); \
    return target->SetRepeated##Name(&to, field, index, source->GetRepeated##Name(from, field, 0));
    MLUP_COPY(INT32, Int32)
    MLUP_COPY(INT64, Int64)
    MLUP_COPY(UINT32, UInt32)
    MLUP_COPY(UINT64, UInt64)
    MLUP_COPY(DOUBLE, Double)
    MLUP_COPY(FLOAT, Float)
    MLUP_COPY(BOOL, Bool)
    MLUP_COPY(ENUM, EnumValue)
    MLUP_COPY(STRING, String)
#undef MLUP_COPY
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return;
  }
}

// The value of a message that holds this field only; of a list, its one item.
std::string Print(const Message& only, const FieldDescriptor& field) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  CHECK(google::protobuf::util::MessageToJsonString(only, &json, options).ok());
  // Cut out of `{"name":value}`.
  absl::string_view value = json;
  if (!absl::ConsumePrefix(&value, absl::StrCat("{\"", field.name(), "\":"))) {
    // The default value is not printed: say it in the field's own form.
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) return "\"\"";
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) return "false";
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
      return absl::StrCat("\"", field.default_value_enum()->name(), "\"");
    }
    return "0";
  }
  absl::ConsumeSuffix(&value, "}");
  if (field.is_repeated()) {
    absl::ConsumePrefix(&value, "[");
    absl::ConsumeSuffix(&value, "]");
  }
  return std::string(value);
}

// A message of `type` that holds `json` in the field, as the one item where that is a list. Null
// for null, which only a field of its own can be.
absl::StatusOr<std::unique_ptr<Message>> Parse(const Descriptor& type, const FieldDescriptor& field,
                                               std::string_view path, std::string_view json) {
  const auto refused = [path](const absl::Status& why) {
    return FieldError(absl::StatusCode::kInvalidArgument, "VALUE_INVALID", path,
                      absl::StrCat("is not a value of this field in proto JSON: ", why.message()));
  };
  absl::StatusOr<nlohmann::json> value = strict::ParseJson(json);
  if (!value.ok()) return refused(value.status());
  if (value->is_null() && !field.is_repeated()) return std::unique_ptr<Message>();
  std::unique_ptr<Message> parsed(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(&type)->New());
  nlohmann::json object = nlohmann::json::object();
  object[field.name()] =
      field.is_repeated() ? nlohmann::json::array({*std::move(value)}) : *std::move(value);
  const absl::Status read = strict::ToMessage(object, *parsed);
  if (!read.ok()) return refused(read);
  return parsed;
}

}  // namespace

absl::StatusOr<std::string> ReadField(const Message& message, std::string_view path) {
  ASSIGN_OR_RETURN(const Place place, Find(message, path));
  const FieldDescriptor& field = *place.step.field;
  if (place.step.index < 0) {
    if (field.has_presence() && !place.owner->GetReflection()->HasField(*place.owner, &field)) {
      return std::string("null");
    }
    const std::unique_ptr<Message> only(place.owner->New());
    CopyScalar(*place.owner, *only, &field, -1);
    return Print(*only, field);
  }
  const std::unique_ptr<Message> all(place.owner->New());
  all->CopyFrom(*place.owner);
  const auto* reflection = all->GetReflection();
  reflection->SwapElements(all.get(), &field, 0, place.step.index);
  while (reflection->FieldSize(*all, &field) > 1) reflection->RemoveLast(all.get(), &field);
  const std::unique_ptr<Message> only(place.owner->New());
  reflection->SwapFields(all.get(), only.get(), {&field});
  return Print(*only, field);
}

absl::Status WriteField(Message& message, std::string_view path, std::string_view json) {
  ASSIGN_OR_RETURN(const Place place, Find(message, path));
  const FieldDescriptor* field = place.step.field;
  ASSIGN_OR_RETURN(const std::unique_ptr<Message> parsed,
                   Parse(*place.owner->GetDescriptor(), *field, path, json));
  // The owner was found inside `message`, which the caller lets us change.
  auto* owner = const_cast<Message*>(place.owner);
  if (parsed != nullptr) {
    CopyScalar(*parsed, *owner, field, place.step.index);
  } else {
    owner->GetReflection()->ClearField(owner, field);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> CanonicalValue(const Descriptor& type, std::string_view path,
                                           std::string_view json) {
  const std::vector<std::string> parts = absl::StrSplit(ToAbsl(path), '.');
  const Descriptor* owner = &type;
  for (std::size_t i = 0;; ++i) {
    ASSIGN_OR_RETURN(const Step step, ParseStep(*owner, parts[i], path));
    const bool last = i + 1 == parts.size();
    if (last != !IsMessage(step.field)) return Unknown(path);
    if (last) {
      ASSIGN_OR_RETURN(const std::unique_ptr<Message> parsed,
                       Parse(*owner, *step.field, path, json));
      return parsed == nullptr ? std::string("null") : Print(*parsed, *step.field);
    }
    owner = step.field->message_type();
  }
}

}  // namespace mlup::payload
