// Walks the document and the descriptors side by side.
#include "eventstore/json/json_message.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <type_traits>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/json_util.h>

#include "eventstore/base/nearest.h"
#include "eventstore/json/enum_values.h"
#include "eventstore/json/json_text.h"

namespace mlup::strict {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using nlohmann::json;

absl::Status Invalid(const std::string& path, std::string_view message) {
  return FieldError(absl::StatusCode::kInvalidArgument, "VALUE_INVALID", path, message);
}

// A whole number: 7, 7.0, 7e0 or "7", as protobuf allows them.
template <typename Number>
std::optional<Number> ToWhole(const json& value) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    Number number = 0;
    const bool is_plain = !text.empty() && text.find_first_not_of("-0123456789") == text.npos;
    return is_plain && absl::SimpleAtoi(text, &number) ? std::optional(number) : std::nullopt;
  }
  if (value.is_number_unsigned()) {
    const auto number = value.get<std::uint64_t>();
    if (number > static_cast<std::uint64_t>(std::numeric_limits<Number>::max())) return {};
    return static_cast<Number>(number);
  }
  if (value.is_number_integer()) {
    const auto number = value.get<std::int64_t>();
    if (!std::is_signed_v<Number> ||
        number < static_cast<std::int64_t>(std::numeric_limits<Number>::min())) {
      return {};
    }
    return static_cast<Number>(number);
  }
  if (!value.is_number_float()) return {};
  // Within what a double holds exactly.
  constexpr double kExactMax = 9007199254740992;
  const auto number = value.get<double>();
  if (std::trunc(number) != number || std::abs(number) > kExactMax) return {};
  if (number < 0) return ToWhole<Number>(json(static_cast<std::int64_t>(number)));
  return ToWhole<Number>(json(static_cast<std::uint64_t>(number)));
}

std::optional<int> ToEnum(const json& value, const FieldDescriptor& field) {
  const auto& type = *field.enum_type();
  const auto number = value.is_string() ? std::nullopt : ToWhole<std::int32_t>(value);
  const auto* found = value.is_string()    ? type.FindValueByName(value.get<std::string>())
                      : number.has_value() ? type.FindValueByNumber(*number)
                                           : nullptr;
  return found == nullptr ? std::nullopt : std::optional(found->number());
}

std::optional<std::string> ToBytes(const json& value) {
  std::string bytes;
  if (!value.is_string() || !absl::Base64Unescape(value.get<std::string>(), &bytes)) return {};
  return bytes;
}

// What a value must be, and of a closed set which.
std::string KindWords(const FieldDescriptor& field, const json& value) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return field.type() == FieldDescriptor::TYPE_BYTES ? "must be base64" : "must be a text";
    case FieldDescriptor::CPPTYPE_BOOL:
      return "must be true or false";
    case FieldDescriptor::CPPTYPE_ENUM:
      return MustBeOneOf(ValueNames(*field.enum_type()),
                         value.is_string() ? value.get<std::string>() : std::string());
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return "must be an object";
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return "is a fraction, which has no form here";
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
      return "must be a whole number that the field can hold";
  }
  return "is not of the field's type";
}

// Sets or adds one value of a field. False when it is of another kind.
class Slot {
 public:
  Slot(Message& message, const FieldDescriptor& field)
      : message_(message), field_(field), reflection_(*message.GetReflection()) {}

  bool Put(const json& value) {
    switch (field_.cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        if (field_.type() == FieldDescriptor::TYPE_BYTES)
          return Store(ToBytes(value), &Reflection::SetString, &Reflection::AddString);
        return value.is_string() && Store(std::optional(value.get<std::string>()),
                                          &Reflection::SetString, &Reflection::AddString);
      case FieldDescriptor::CPPTYPE_BOOL:
        return value.is_boolean() &&
               Store(std::optional(value.get<bool>()), &Reflection::SetBool, &Reflection::AddBool);
      case FieldDescriptor::CPPTYPE_ENUM:
        return Store(ToEnum(value, field_), &Reflection::SetEnumValue, &Reflection::AddEnumValue);
      case FieldDescriptor::CPPTYPE_INT32:
        return Store(ToWhole<std::int32_t>(value), &Reflection::SetInt32, &Reflection::AddInt32);
      case FieldDescriptor::CPPTYPE_INT64:
        return Store(ToWhole<std::int64_t>(value), &Reflection::SetInt64, &Reflection::AddInt64);
      case FieldDescriptor::CPPTYPE_UINT32:
        return Store(ToWhole<std::uint32_t>(value), &Reflection::SetUInt32, &Reflection::AddUInt32);
      case FieldDescriptor::CPPTYPE_UINT64:
        return Store(ToWhole<std::uint64_t>(value), &Reflection::SetUInt64, &Reflection::AddUInt64);
      case FieldDescriptor::CPPTYPE_DOUBLE:
      case FieldDescriptor::CPPTYPE_FLOAT:
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return false;
    }
    return false;
  }

 private:
  template <typename Value, typename Set, typename Add>
  bool Store(std::optional<Value> value, Set set, Add add) {
    if (!value.has_value()) return false;
    if (field_.is_repeated()) {
      (reflection_.*add)(&message_, &field_, *std::move(value));
    } else {
      (reflection_.*set)(&message_, &field_, *std::move(value));
    }
    return true;
  }

  Message& message_;
  const FieldDescriptor& field_;
  const Reflection& reflection_;
};

absl::Status ReadObject(const json& object, Message& message, const std::string& path);

absl::Status ReadValue(const json& value, Message& message, const FieldDescriptor& field,
                       const std::string& path) {
  if (field.message_type() == nullptr) {
    return Slot(message, field).Put(value) ? absl::OkStatus()
                                           : Invalid(path, KindWords(field, value));
  }
  const Reflection& reflection = *message.GetReflection();
  Message& sub = field.is_repeated() ? *reflection.AddMessage(&message, &field)
                                     : *reflection.MutableMessage(&message, &field);
  if (!absl::StartsWith(field.message_type()->full_name(), "google.protobuf.")) {
    return ReadObject(value, sub, path);
  }
  // Times have a form of their own, which protobuf knows.
  return google::protobuf::util::JsonStringToMessage(value.dump(), &sub).ok()
             ? absl::OkStatus()
             : Invalid(path, "must be like 2021-02-17T09:30:00+07:00");
}

absl::Status ReadField(const json& value, Message& message, const FieldDescriptor& field,
                       const std::string& path) {
  if (field.is_map()) return Invalid(path, "is a map, which has no form here");
  if (!field.is_repeated()) return ReadValue(value, message, field, path);
  if (!value.is_array()) return Invalid(path, "must be a list");
  for (std::size_t i = 0; i < value.size(); ++i) {
    RETURN_IF_ERROR(ReadValue(value[i], message, field, absl::StrCat(path, "[", i, "]")));
  }
  return absl::OkStatus();
}

absl::Status NoSuchField(const Descriptor& type, const std::string& name,
                         const std::string& place) {
  std::vector<std::string> names;
  names.reserve(static_cast<std::size_t>(type.field_count()));
  for (int i = 0; i < type.field_count(); ++i) names.push_back(type.field(i)->name());
  return FieldError(absl::StatusCode::kInvalidArgument, "FIELD_UNKNOWN", place,
                    absl::StrCat("there is no such field", DidYouMean(name, names)));
}

absl::Status ReadObject(const json& object, Message& message, const std::string& path) {
  if (!object.is_object()) return Invalid(path, "must be an object");
  std::set<const FieldDescriptor*> seen;
  for (const auto& [key, value] : object.items()) {
    const std::string place = MemberPath(path, key);
    const FieldDescriptor* field = FindField(*message.GetDescriptor(), key);
    if (field == nullptr) return NoSuchField(*message.GetDescriptor(), key, place);
    if (!seen.insert(field).second) {
      return FieldError(
          absl::StatusCode::kInvalidArgument, "FIELD_DOUBLED", MemberPath(path, field->name()),
          absl::StrCat("stands twice, as ", field->name(), " and as ", field->json_name()));
    }
    if (value.is_null()) continue;
    const auto* choice = field->real_containing_oneof();
    if (choice != nullptr && message.GetReflection()->HasOneof(message, choice)) {
      return Invalid(place, absl::StrCat("only one ", choice->name(), " is allowed"));
    }
    RETURN_IF_ERROR(ReadField(value, message, *field, place));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ToMessage(const json& object, Message& message) {
  return ReadObject(object, message, "");
}

const FieldDescriptor* FindField(const Descriptor& type, const std::string& name) {
  const FieldDescriptor* field = type.FindFieldByName(name);
  if (field != nullptr) return field;
  // The descriptor's own table of these names is that of JSON with case ignored at the start.
  for (int i = 0; i < type.field_count(); ++i) {
    if (type.field(i)->json_name() == name) return type.field(i);
  }
  return nullptr;
}

}  // namespace mlup::strict
