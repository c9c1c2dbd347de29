#include "eventstore/payload/patch.h"

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/json_util.h>
#include <nlohmann/json.hpp>

#include "eventstore/base/check.h"
#include "eventstore/base/nearest.h"
#include "eventstore/json/json_message.h"
#include "eventstore/json/json_text.h"

namespace mlup::payload {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr absl::string_view kUnset = "null";

// One step of a path: a field and, in lists, which item.
struct Step {
  const FieldDescriptor* field = nullptr;
  int index = -1;
};

absl::Status Unknown(std::string_view path) {
  return FieldError(absl::StatusCode::kInvalidArgument, "FIELD_UNKNOWN", path,
                    "is not a single field of this event");
}

absl::Status NoSuchField(const Descriptor& type, const std::string& name, std::string_view path) {
  std::vector<std::string> names;
  names.reserve(static_cast<std::size_t>(type.field_count()));
  for (int i = 0; i < type.field_count(); ++i) names.push_back(type.field(i)->name());
  return FieldError(absl::StatusCode::kInvalidArgument, "FIELD_UNKNOWN", path,
                    absl::StrCat("is not a single field of this event", DidYouMean(name, names)));
}

absl::StatusOr<Step> ParseStep(const Descriptor& type, absl::string_view text,
                               std::string_view path) {
  Step step;
  // A time is one value, written as such.
  if (absl::StartsWith(type.full_name(), "google.protobuf.")) return Unknown(path);
  const std::vector<std::string> halves = absl::StrSplit(text, absl::MaxSplits('[', 1));
  step.field = type.FindFieldByName(halves[0]);
  if (step.field == nullptr) return NoSuchField(type, halves[0], path);
  if (step.field->is_map()) return Unknown(path);
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

// The steps of a path, each checked against what `message` holds: the last one is a single value,
// and every item of a list that is named is there.
absl::StatusOr<std::vector<Step>> StepsOf(const Message& message, std::string_view path) {
  const std::vector<std::string> parts = absl::StrSplit(ToAbsl(path), '.');
  std::vector<Step> steps;
  steps.reserve(parts.size());
  const Message* owner = &message;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    ASSIGN_OR_RETURN(const Step step, ParseStep(*owner->GetDescriptor(), parts[i], path));
    const auto* reflection = owner->GetReflection();
    if (step.index >= 0 && step.index >= reflection->FieldSize(*owner, step.field)) {
      return Unknown(path);
    }
    if ((i + 1 == parts.size()) == IsMessage(step.field)) return Unknown(path);
    steps.push_back(step);
    if (!IsMessage(step.field)) break;
    owner = step.index >= 0 ? &reflection->GetRepeatedMessage(*owner, step.field, step.index)
                            : &reflection->GetMessage(*owner, step.field);
  }
  return steps;
}

// The message that holds the last step; null where one on the way is absent.
const Message* OwnerOf(const Message& message, std::span<const Step> steps) {
  const Message* owner = &message;
  for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
    const auto* reflection = owner->GetReflection();
    if (steps[i].index >= 0) {
      owner = &reflection->GetRepeatedMessage(*owner, steps[i].field, steps[i].index);
    } else if (reflection->HasField(*owner, steps[i].field)) {
      owner = &reflection->GetMessage(*owner, steps[i].field);
    } else {
      return nullptr;
    }
  }
  return owner;
}

// The same to write to: what is absent on the way is made.
Message& MutableOwnerOf(Message& message, std::span<const Step> steps) {
  Message* owner = &message;
  for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
    const auto* reflection = owner->GetReflection();
    owner = steps[i].index >= 0
                ? reflection->MutableRepeatedMessage(owner, steps[i].field, steps[i].index)
                : reflection->MutableMessage(owner, steps[i].field);
  }
  return *owner;
}

// Unsets the field, and the sub-messages around it that hold nothing any more.
void Clear(Message& message, std::span<const Step> steps) {
  Message& owner = MutableOwnerOf(message, steps);
  owner.GetReflection()->ClearField(&owner, steps.back().field);
  if (steps.size() == 1 || steps[steps.size() - 2].index >= 0 || owner.ByteSizeLong() > 0) return;
  Clear(message, steps.first(steps.size() - 1));
}

// Whether what was parsed says that the field is unset.
bool IsUnset(const Message& parsed, const FieldDescriptor& field) {
  return !field.is_repeated() && !field.has_presence() &&
         field.cpp_type() != FieldDescriptor::CPPTYPE_BOOL &&
         !parsed.GetReflection()->HasField(parsed, &field);
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
  // Cut out of `{"name":value}`. The default value of a field without presence is not printed:
  // that the field is unset is one word for all types, but for a bool, which is never unset.
  absl::string_view value = json;
  if (!absl::ConsumePrefix(&value, absl::StrCat("{\"", field.name(), "\":"))) {
    return field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL ? "false" : std::string(kUnset);
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
  ASSIGN_OR_RETURN(const std::vector<Step> steps, StepsOf(message, path));
  const FieldDescriptor& field = *steps.back().field;
  const Message* const owner = OwnerOf(message, steps);
  if (owner == nullptr) return std::string(kUnset);
  const std::unique_ptr<Message> only(owner->New());
  if (steps.back().index < 0) {
    if (field.has_presence() && !owner->GetReflection()->HasField(*owner, &field)) {
      return std::string(kUnset);
    }
    CopyScalar(*owner, *only, &field, -1);
    return Print(*only, field);
  }
  const std::unique_ptr<Message> all(owner->New());
  all->CopyFrom(*owner);
  const auto* reflection = all->GetReflection();
  reflection->SwapElements(all.get(), &field, 0, steps.back().index);
  while (reflection->FieldSize(*all, &field) > 1) reflection->RemoveLast(all.get(), &field);
  reflection->SwapFields(all.get(), only.get(), {&field});
  return Print(*only, field);
}

absl::Status WriteField(Message& message, std::string_view path, std::string_view json) {
  ASSIGN_OR_RETURN(const std::vector<Step> steps, StepsOf(message, path));
  const FieldDescriptor& field = *steps.back().field;
  ASSIGN_OR_RETURN(const std::unique_ptr<Message> parsed,
                   Parse(*field.containing_type(), field, path, json));
  if (parsed != nullptr && !IsUnset(*parsed, field)) {
    CopyScalar(*parsed, MutableOwnerOf(message, steps), &field, steps.back().index);
  } else if (OwnerOf(message, steps) != nullptr) {
    Clear(message, steps);
  }
  return absl::OkStatus();
}

absl::StatusOr<FieldValue> ParseValue(const Descriptor& type, std::string_view path,
                                      std::string_view json) {
  const std::vector<std::string> parts = absl::StrSplit(ToAbsl(path), '.');
  const Descriptor* owner = &type;
  for (std::size_t i = 0;; ++i) {
    ASSIGN_OR_RETURN(const Step step, ParseStep(*owner, parts[i], path));
    const bool last = i + 1 == parts.size();
    if (last != !IsMessage(step.field)) return Unknown(path);
    if (last) {
      ASSIGN_OR_RETURN(std::unique_ptr<Message> parsed, Parse(*owner, *step.field, path, json));
      std::string printed = parsed == nullptr ? std::string(kUnset) : Print(*parsed, *step.field);
      return FieldValue{std::move(printed), std::move(parsed)};
    }
    owner = step.field->message_type();
  }
}

std::vector<const FieldDescriptor*> FieldsOn(const Descriptor& type, std::string_view path) {
  std::vector<const FieldDescriptor*> fields;
  const Descriptor* owner = &type;
  for (const absl::string_view step : absl::StrSplit(ToAbsl(path), '.')) {
    const FieldDescriptor* field =
        owner == nullptr ? nullptr
                         : owner->FindFieldByName(std::string(step.substr(0, step.find('['))));
    if (field == nullptr) return {};
    fields.push_back(field);
    owner = IsMessage(field) ? field->message_type() : nullptr;
  }
  return fields;
}

}  // namespace mlup::payload
