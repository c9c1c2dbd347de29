#include "tests/property/fill.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include <google/protobuf/descriptor.h>

#include "eventstore/payload/payload.h"
#include "mlup/command/v1/command.pb.h"
#include "mlup/event/v1/event_options.pb.h"

namespace mlup::property {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::string PersonalText(command::v1::Format format) {
  if (format == command::v1::FORMAT_DAY) return kCanaryDay;
  if (format == command::v1::FORMAT_UUID) return kCanaryId;
  return kCanaryWord;
}

std::string ClearText(const command::v1::FieldRule& rule) {
  if (!rule.words_of().empty()) return "unknown";
  switch (rule.format()) {
    case command::v1::FORMAT_UUID:
      return kPersonId;
    case command::v1::FORMAT_STREAM:
      return std::string("case/") + kPersonId;
    case command::v1::FORMAT_PROVINCE:
    case command::v1::FORMAT_PLACE:
      return "02";
    case command::v1::FORMAT_DAY:
      return "2021-02-17";
    case command::v1::FORMAT_CODE:
      return "code";
    case command::v1::FORMAT_DECIMAL:
      return "2.5";
    case command::v1::FORMAT_SHA256:
      return std::string(64, 'a');
    case command::v1::FORMAT_MONTH:
      return "2014-03";
    case command::v1::FORMAT_PERIOD:
      return "2021-Q1";
    case command::v1::FORMAT_CURRENCY:
      return "USD";
    case command::v1::FORMAT_UNSPECIFIED:
    case command::v1::Format_INT_MIN_SENTINEL_DO_NOT_USE_:
    case command::v1::Format_INT_MAX_SENTINEL_DO_NOT_USE_:
      break;
  }
  return "abc";
}

void FillField(Message& message, const FieldDescriptor* field) {
  // What nobody states.
  if (field->options().GetExtension(event::v1::age_at_event)) return;
  const auto* r = message.GetReflection();
  const auto& rule = field->options().GetExtension(command::v1::rule);
  const auto number = static_cast<std::uint32_t>(std::max<std::int64_t>(rule.min(), 1));
  const bool list = field->is_repeated();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return Fill(list ? *r->AddMessage(&message, field) : *r->MutableMessage(&message, field));
    case FieldDescriptor::CPPTYPE_STRING: {
      const std::string text =
          payload::IsPersonal(*field) ? PersonalText(rule.format()) : ClearText(rule);
      return list ? r->AddString(&message, field, text) : r->SetString(&message, field, text);
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int value = field->enum_type()->value(1)->number();
      return list ? r->AddEnumValue(&message, field, value)
                  : r->SetEnumValue(&message, field, value);
    }
    case FieldDescriptor::CPPTYPE_UINT32:
      return r->SetUInt32(&message, field, number);
    case FieldDescriptor::CPPTYPE_UINT64:
      return r->SetUInt64(&message, field, number);
    case FieldDescriptor::CPPTYPE_INT32:
      return r->SetInt32(&message, field, static_cast<int>(number));
    case FieldDescriptor::CPPTYPE_INT64:
      return r->SetInt64(&message, field, number);
    case FieldDescriptor::CPPTYPE_BOOL:
      return r->SetBool(&message, field, true);
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      return;
  }
}

// A list gets one item, or the fewest allowed.
void FillAtLeast(Message& message, const FieldDescriptor* field) {
  const auto& rule = field->options().GetExtension(command::v1::rule);
  const std::uint32_t items = field->is_repeated() ? std::max(rule.min_items(), 1U) : 1;
  for (std::uint32_t item = 0; item < items; ++item) FillField(message, field);
}

}  // namespace

void Fill(Message& message) {
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    FillAtLeast(message, message.GetDescriptor()->field(i));
  }
}

void FillRequired(Message& message) {
  const auto* r = message.GetReflection();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message.GetDescriptor()->field(i);
    const auto& rule = field->options().GetExtension(command::v1::rule);
    const bool list = field->is_repeated();
    const bool is_set = list ? r->FieldSize(message, field) > 0 : r->HasField(message, field);
    if (!is_set) {
      if (rule.required() || (list && rule.min_items() > 0)) FillAtLeast(message, field);
    } else if (field->message_type() != nullptr) {
      for (int k = 0; k < (list ? r->FieldSize(message, field) : 1); ++k) {
        FillRequired(list ? *r->MutableRepeatedMessage(&message, field, k)
                          : *r->MutableMessage(&message, field));
      }
    }
  }
}

void Spoil(Message& message) {
  const auto* r = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  r->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const int count = field->is_repeated() ? r->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (field->message_type() != nullptr) {
        Spoil(field->is_repeated() ? *r->MutableRepeatedMessage(&message, field, i)
                                   : *r->MutableMessage(&message, field));
      } else if (payload::IsPersonal(*field)) {
        const std::string bad = absl::StrCat(kCanaryWord, "\x01");
        if (field->is_repeated()) {
          r->SetRepeatedString(&message, field, i, bad);
        } else {
          r->SetString(&message, field, bad);
        }
      }
    }
  }
}

bool HoldsPersonal(const google::protobuf::Descriptor& type) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (payload::IsPersonal(field)) return true;
    const bool inside = field.message_type() != nullptr &&
                        absl::StartsWith(field.message_type()->full_name(), "mlup.");
    if (inside && HoldsPersonal(*field.message_type())) return true;
  }
  return false;
}

}  // namespace mlup::property
