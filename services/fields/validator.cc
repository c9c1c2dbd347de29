#include "services/fields/validator.h"

#include <cstdint>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include <google/protobuf/descriptor.h>
#include <google/protobuf/timestamp.pb.h>

#include "eventstore/base/limits.h"
#include "eventstore/json/enum_values.h"
#include "eventstore/payload/payload.h"
#include "services/fields/text_format.h"

namespace mlup::fields {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// 9999-12-31T23:59:59Z, the last second of a proto Timestamp.
constexpr std::int64_t kTimestampSecondsMax = 253402300799;

absl::Status Bad(std::string_view reason, const std::string& path, std::string_view message) {
  return FieldError(absl::StatusCode::kInvalidArgument, reason, path, message);
}

absl::Status Missing(const std::string& path) {
  return Bad("FIELD_REQUIRED", path, "must be given");
}

// One pass over one message.
class Walk {
 public:
  explicit Walk(bool sealed) : sealed_(sealed) {}

  absl::Status CheckMessage(const Message& message, const std::string& prefix) const {
    const Reflection* reflection = message.GetReflection();
    if (!reflection->GetUnknownFields(message).empty()) {
      return Bad("FIELD_UNKNOWN", prefix, "holds a field that this version does not know");
    }
    if (message.GetDescriptor() == google::protobuf::Timestamp::descriptor()) {
      return CheckTimestamp(message, prefix);
    }
    for (int i = 0; i < message.GetDescriptor()->real_oneof_decl_count(); ++i) {
      const auto* oneof = message.GetDescriptor()->oneof_decl(i);
      if (!reflection->HasOneof(message, oneof)) return Missing(Join(prefix, oneof->name()));
    }
    for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
      const FieldDescriptor* field = message.GetDescriptor()->field(i);
      RETURN_IF_ERROR(CheckField(message, field, Join(prefix, field->name())));
    }
    return absl::OkStatus();
  }

  // The value of a field that is set; of a list, its first item.
  absl::Status CheckOne(const Message& message, const FieldDescriptor& field,
                        const std::string& path) const {
    return CheckValue(message, &field, field.is_repeated() ? 0 : -1,
                      field.options().GetExtension(command::v1::rule), path);
  }

 private:
  static std::string Join(const std::string& prefix, const std::string& name) {
    return prefix.empty() ? name : absl::StrCat(prefix, ".", name);
  }

  static absl::Status CheckTimestamp(const Message& message, const std::string& path) {
    const auto& timestamp = static_cast<const google::protobuf::Timestamp&>(message);
    const bool good = timestamp.seconds() >= 0 && timestamp.seconds() <= kTimestampSecondsMax &&
                      timestamp.nanos() >= 0 && timestamp.nanos() < 1'000'000'000;
    return good ? absl::OkStatus()
                : Bad("OUT_OF_RANGE", path, "must be a moment from 1970 to 9999");
  }

  absl::Status CheckField(const Message& message, const FieldDescriptor* field,
                          const std::string& path) const {
    const Reflection* reflection = message.GetReflection();
    const command::v1::FieldRule& rule = field->options().GetExtension(command::v1::rule);
    if (field->is_repeated()) return CheckList(message, field, rule, path);
    // Without presence a field is given when it does not hold its default.
    if (!reflection->HasField(message, field)) {
      const bool excused = sealed_ && payload::IsPersonal(*field);
      return rule.required() && !excused ? Missing(path) : absl::OkStatus();
    }
    return CheckValue(message, field, -1, rule, path);
  }

  absl::Status CheckList(const Message& message, const FieldDescriptor* field,
                         const command::v1::FieldRule& rule, const std::string& path) const {
    const auto size = static_cast<std::size_t>(message.GetReflection()->FieldSize(message, field));
    const bool excused = sealed_ && payload::IsPersonal(*field) && size == 0;
    const std::size_t most = rule.max_items() > 0 ? rule.max_items() : kRepeatedItemsMax;
    const std::size_t fewest = rule.required() && rule.min_items() == 0 ? 1 : rule.min_items();
    if (size < fewest && !excused) {
      return Bad("TOO_FEW_ITEMS", path, absl::StrCat("must have at least ", fewest, " item(s)"));
    }
    if (size > most) {
      return Bad("TOO_MANY_ITEMS", path, absl::StrCat("must have at most ", most, " items"));
    }
    for (int i = 0; i < static_cast<int>(size); ++i) {
      RETURN_IF_ERROR(CheckValue(message, field, i, rule, absl::StrCat(path, "[", i, "]")));
    }
    return absl::OkStatus();
  }

  // The value of a field that is set, or of item `index` of a list.
  absl::Status CheckValue(const Message& message, const FieldDescriptor* field, int index,
                          const command::v1::FieldRule& rule, const std::string& path) const {
    const Reflection* r = message.GetReflection();
    const bool item = index >= 0;
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return CheckMessage(
            item ? r->GetRepeatedMessage(message, field, index) : r->GetMessage(message, field),
            path);
      case FieldDescriptor::CPPTYPE_STRING:
        if (field->type() == FieldDescriptor::TYPE_BYTES) {
          return CheckBytes(
              item ? r->GetRepeatedString(message, field, index) : r->GetString(message, field),
              rule, path);
        }
        return CheckText(
            item ? r->GetRepeatedString(message, field, index) : r->GetString(message, field), rule,
            path);
      case FieldDescriptor::CPPTYPE_ENUM:
        return CheckEnum(
            item ? r->GetRepeatedEnumValue(message, field, index) : r->GetEnumValue(message, field),
            item, field, path);
      case FieldDescriptor::CPPTYPE_INT32:
        return CheckNumber(
            item ? r->GetRepeatedInt32(message, field, index) : r->GetInt32(message, field), rule,
            path);
      case FieldDescriptor::CPPTYPE_INT64:
        return CheckNumber(
            item ? r->GetRepeatedInt64(message, field, index) : r->GetInt64(message, field), rule,
            path);
      case FieldDescriptor::CPPTYPE_UINT32:
        return CheckNumber(
            item ? r->GetRepeatedUInt32(message, field, index) : r->GetUInt32(message, field), rule,
            path);
      case FieldDescriptor::CPPTYPE_UINT64:
        return CheckUnsigned(
            item ? r->GetRepeatedUInt64(message, field, index) : r->GetUInt64(message, field), rule,
            path);
      case FieldDescriptor::CPPTYPE_BOOL:
      case FieldDescriptor::CPPTYPE_DOUBLE:
      case FieldDescriptor::CPPTYPE_FLOAT:
        return absl::OkStatus();
    }
    return absl::OkStatus();
  }

  static absl::Status CheckBytes(const std::string& bytes, const command::v1::FieldRule& rule,
                                 const std::string& path) {
    const std::size_t most = rule.max_length() > 0 ? rule.max_length() : kTextCharactersMax;
    if (bytes.size() <= most) return absl::OkStatus();
    return Bad("TOO_LONG", path, absl::StrCat("must have at most ", most, " bytes"));
  }

  static absl::Status CheckText(const std::string& text, const command::v1::FieldRule& rule,
                                const std::string& path) {
    const TextScan scan = ScanText(text);
    if (!scan.valid) return Bad("TEXT_INVALID", path, "must be UTF-8");
    const bool free_text = rule.format() == command::v1::FORMAT_UNSPECIFIED;
    if (scan.control_characters || (scan.line_breaks_or_tabs && !free_text)) {
      return Bad("TEXT_INVALID", path, "must not hold control characters");
    }
    if (text.find_first_not_of(" \t\n") == std::string::npos) return Missing(path);
    const std::size_t most = rule.max_length() > 0 ? rule.max_length() : kTextCharactersMax;
    if (scan.characters > most) {
      return Bad("TOO_LONG", path, absl::StrCat("must have at most ", most, " characters"));
    }
    if (!HasFormat(text, rule.format())) {
      return Bad(command::v1::Format_Name(rule.format()), path,
                 absl::StrCat("must be ", FormatWords(rule.format())));
    }
    return CheckCategory(text, rule, path);
  }

  static absl::Status CheckCategory(const std::string& stream, const command::v1::FieldRule& rule,
                                    const std::string& path) {
    if (rule.categories().empty()) return absl::OkStatus();
    for (const std::string& category : rule.categories()) {
      if (stream.compare(0, category.size() + 1, category + "/") == 0) return absl::OkStatus();
    }
    return Bad(
        "STREAM_CATEGORY", path,
        absl::StrCat("must be a stream of category ", absl::StrJoin(rule.categories(), ", ")));
  }

  // An item of a list says something.
  static absl::Status CheckEnum(int number, bool item, const FieldDescriptor* field,
                                const std::string& path) {
    if (item && number == 0) return Missing(path);
    if (field->enum_type()->FindValueByNumber(number) != nullptr) return absl::OkStatus();
    return Bad("ENUM_UNKNOWN", path,
               absl::StrCat("has no value ", number, " that this version knows: ",
                            strict::MustBeOneOf(strict::ValueNames(*field->enum_type()), "")));
  }

  static absl::Status CheckUnsigned(std::uint64_t number, const command::v1::FieldRule& rule,
                                    const std::string& path) {
    constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (number > kMost) return Bad("OUT_OF_RANGE", path, absl::StrCat("must be at most ", kMost));
    return CheckNumber(static_cast<std::int64_t>(number), rule, path);
  }

  static absl::Status CheckNumber(std::int64_t number, const command::v1::FieldRule& rule,
                                  const std::string& path) {
    if (number < rule.min()) {
      return Bad("OUT_OF_RANGE", path, absl::StrCat("must be at least ", rule.min()));
    }
    if (rule.max() != 0 && number > rule.max()) {
      return Bad("OUT_OF_RANGE", path, absl::StrCat("must be at most ", rule.max()));
    }
    return absl::OkStatus();
  }

  const bool sealed_;
};

}  // namespace

absl::Status Validate(const Message& request) { return Walk(false).CheckMessage(request, ""); }

absl::Status ValidateClear(const Message& event) { return Walk(true).CheckMessage(event, ""); }

absl::Status ValidateValue(const Message& owner, const FieldDescriptor& field,
                           const std::string& path) {
  return Walk(false).CheckOne(owner, field, path);
}

std::string FormatWords(command::v1::Format format) {
  switch (format) {
    case command::v1::FORMAT_UUID:
      return "a UUID in lower case";
    case command::v1::FORMAT_STREAM:
      return "a stream, <category>/<UUID>";
    case command::v1::FORMAT_PROVINCE:
      return "a province code 01..25 or unknown";
    case command::v1::FORMAT_PLACE:
      return "a place code of 2, 4, 6 or 8 digits that begins with a province 01..25, unknown or "
             "remote";
    case command::v1::FORMAT_DAY:
      return "a day such as 2021-02-17";
    case command::v1::FORMAT_CODE:
      return "a code: lower-case letters, digits, _ - and ., at most 64, beginning with a letter "
             "or digit";
    case command::v1::FORMAT_DECIMAL:
      return "a number from 0 with at most 3 decimal places, such as 2.5";
    case command::v1::FORMAT_SHA256:
      return "a SHA-256 digest: 64 hexadecimal digits in lower case";
    case command::v1::FORMAT_MONTH:
      return "a month such as 2014-03 or a year such as 2014";
    case command::v1::FORMAT_PERIOD:
      return "a quarter such as 2021-Q1 or a year such as 2021";
    case command::v1::FORMAT_CURRENCY:
      return "a currency of ISO 4217 in capitals, such as KHR or USD";
    case command::v1::FORMAT_UNSPECIFIED:
    case command::v1::Format_INT_MIN_SENTINEL_DO_NOT_USE_:
    case command::v1::Format_INT_MAX_SENTINEL_DO_NOT_USE_:
      return "any text";
  }
  return "any text";
}

}  // namespace mlup::fields
