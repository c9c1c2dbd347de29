#include "eventstore/payload/patch.h"

#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/json_util.h>

namespace mlup::payload {
namespace {

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

absl::StatusOr<Step> ParseStep(const Message& message, absl::string_view text,
                               std::string_view path) {
  Step step;
  const std::vector<std::string> halves = absl::StrSplit(text, absl::MaxSplits('[', 1));
  step.field = message.GetDescriptor()->FindFieldByName(halves[0]);
  if (step.field == nullptr || step.field->is_map()) return Unknown(path);
  if (halves.size() == 2) {
    absl::string_view digits = halves[1];
    if (!absl::ConsumeSuffix(&digits, "]") || !absl::SimpleAtoi(digits, &step.index)) {
      return Unknown(path);
    }
  }
  if (step.field->is_repeated() != (step.index >= 0)) return Unknown(path);
  if (step.field->is_repeated() &&
      step.index >= message.GetReflection()->FieldSize(message, step.field)) {
    return Unknown(path);
  }
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
    ASSIGN_OR_RETURN(const Step step, ParseStep(*owner, parts[i], path));
    const bool last = i + 1 == parts.size();
    if (last != !IsMessage(step.field)) return Unknown(path);
    if (last) return Place{owner, step};
    const auto* reflection = owner->GetReflection();
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

}  // namespace

absl::StatusOr<std::string> ReadField(const Message& message, std::string_view path) {
  ASSIGN_OR_RETURN(const Place place, Find(message, path));
  // Print a message that holds nothing but this value, then cut the value out of `{"name":value}`.
  std::unique_ptr<Message> only(place.owner->New());
  const FieldDescriptor* field = place.step.field;
  if (place.step.index >= 0) {
    only->CopyFrom(*place.owner);
    auto* reflection = only->GetReflection();
    reflection->SwapElements(only.get(), field, 0, place.step.index);
    while (reflection->FieldSize(*only, field) > 1) reflection->RemoveLast(only.get(), field);
    std::unique_ptr<Message> bare(place.owner->New());
    reflection->SwapFields(only.get(), bare.get(), {field});
    only = std::move(bare);
  } else {
    if (field->has_presence() && !place.owner->GetReflection()->HasField(*place.owner, field)) {
      return std::string("null");
    }
    CopyScalar(*place.owner, *only, field, -1);
  }
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(*only, &json, options).ok()) {
    return Error(absl::StatusCode::kInternal, "JSON_FAILED", "a field cannot be printed");
  }
  absl::string_view value = json;
  if (!absl::ConsumePrefix(&value, absl::StrCat("{\"", field->name(), "\":"))) {
    // The default value is not printed: say it in the field's own form.
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) return std::string("\"\"");
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_BOOL) return std::string("false");
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
      return absl::StrCat("\"", field->default_value_enum()->name(), "\"");
    }
    return std::string("0");
  }
  absl::ConsumeSuffix(&value, "}");
  if (place.step.index >= 0) {
    absl::ConsumePrefix(&value, "[");
    absl::ConsumeSuffix(&value, "]");
  }
  return std::string(value);
}

absl::Status WriteField(Message& message, std::string_view path, std::string_view json) {
  ASSIGN_OR_RETURN(const Place place, Find(message, path));
  const FieldDescriptor* field = place.step.field;
  std::unique_ptr<Message> parsed(place.owner->New());
  const std::string value =
      place.step.index >= 0 ? absl::StrCat("[", ToAbsl(json), "]") : std::string(json);
  const std::string object = absl::StrCat("{\"", field->name(), "\":", value, "}");
  const auto status = google::protobuf::util::JsonStringToMessage(object, parsed.get());
  const bool one_item = place.step.index < 0 ||
                        (status.ok() && parsed->GetReflection()->FieldSize(*parsed, field) == 1);
  if (!status.ok() || !one_item) {
    return FieldError(absl::StatusCode::kInvalidArgument, "VALUE_INVALID", path,
                      "is not a value of this field in proto JSON");
  }
  // The owner was found inside `message`, which the caller lets us change.
  auto* owner = const_cast<Message*>(place.owner);
  if (place.step.index < 0 && json == "null") {
    owner->GetReflection()->ClearField(owner, field);
    return absl::OkStatus();
  }
  CopyScalar(*parsed, *owner, field, place.step.index);
  return absl::OkStatus();
}

}  // namespace mlup::payload
