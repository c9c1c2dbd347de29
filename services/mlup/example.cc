// Fills a request from its rules and prints it as an import line.
#include "services/mlup/example.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>

#include "eventstore/base/check.h"
#include "eventstore/base/status.h"
#include "mlup/command/v1/command.pb.h"
#include "mlup/event/v1/event_options.pb.h"
#include "mlup/privacy/v1/privacy.pb.h"
#include "services/mlup/catalogue.h"

namespace mlup::cli {
namespace {

using command::v1::FieldRule;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

const FieldRule& RuleOf(const FieldDescriptor& field) {
  return field.options().GetExtension(command::v1::rule);
}

std::string TextFor(const FieldDescriptor& field) {
  const FieldRule& rule = RuleOf(field);
  if (!rule.example().empty()) return rule.example();
  switch (rule.format()) {
    case command::v1::FORMAT_UUID:
      return ExampleId(field.name());
    case command::v1::FORMAT_PROVINCE:
    case command::v1::FORMAT_PLACE:
      return "02";
    case command::v1::FORMAT_DAY:
      return "2021-02-17";
    case command::v1::FORMAT_CODE:
      return "example";
    case command::v1::FORMAT_DECIMAL:
      return "2.5";
    case command::v1::FORMAT_SHA256:
      return std::string(64, 'a');
    case command::v1::FORMAT_MONTH:
      return "2014-03";
    case command::v1::FORMAT_PERIOD:
      return "2021-Q1";
    default:
      return absl::EndsWith(field.name(), "_km") ? "ឧទាហរណ៍" : "Example";
  }
}

// Fills one request. One thread; used once.
class Filler {
 public:
  void FillRequest(Message& request, const domain::FactType& type) {
    const Reflection& reflection = *request.GetReflection();
    const auto* context = request.GetDescriptor()->FindFieldByName("context");
    Fill(*reflection.MutableMessage(&request, context), true);
    Message& fact = *reflection.AddMessage(&request, type.service->facts);
    const std::string category = type.categories().front();
    fact.GetReflection()->SetString(
        &fact, fact.GetDescriptor()->FindFieldByName("stream"),
        absl::StrCat(category, "/", ExampleId(absl::StrCat(category, "_id"))));
    Fill(*fact.GetReflection()->MutableMessage(&fact, type.field), false);
  }

  void Fill(Message& message, bool is_context) {
    for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
      const FieldDescriptor& field = *message.GetDescriptor()->field(i);
      if (is_context && !IsUsualInContext(field)) continue;
      if (field.options().GetExtension(event::v1::age_at_event)) continue;
      const std::uint32_t items = field.is_repeated() ? RuleOf(field).min_items() : 1;
      for (std::uint32_t item = 0; item < std::max(items, 1U); ++item) {
        if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
          FillMessage(message, field);
        } else {
          FillScalar(message, field);
        }
      }
    }
  }

 private:
  // The optional fields of a context have their uses only in special cases, but for these.
  static bool IsUsualInContext(const FieldDescriptor& field) {
    return RuleOf(field).required() || field.name() == "reason" || field.name() == "place" ||
           field.name() == "device" || field.name() == "sector" || field.name() == "occurred";
  }

  void FillMessage(Message& message, const FieldDescriptor& field) {
    const Reflection& reflection = *message.GetReflection();
    const std::string& type = field.message_type()->full_name();
    // When a correction is about the time itself; the usual one is not.
    const bool in_context = message.GetDescriptor() == command::v1::CommandContext::descriptor();
    if (!in_context && !RuleOf(field).required() && absl::StartsWith(type, "mlup.log.v1.")) return;
    if (absl::StartsWith(type, "google.protobuf.")) return;
    Message& sub = field.is_repeated() ? *reflection.AddMessage(&message, &field)
                                       : *reflection.MutableMessage(&message, &field);
    if (auto* occurred = dynamic_cast<log::v1::Occurred*>(&sub); occurred != nullptr) {
      occurred->set_precision(log::v1::PRECISION_DAY);
      occurred->set_from("2021-02-17");
      return;
    }
    Fill(sub, false);
    const std::string& about = field.options().GetExtension(privacy::v1::about);
    if (!about.empty()) MakePersonUnique(sub, *sub.GetDescriptor()->FindFieldByName(about));
  }

  // A second person of one event is another person.
  void MakePersonUnique(Message& person, const FieldDescriptor& id) {
    const int count = ++persons_[id.name()];
    if (count > 1)
      person.GetReflection()->SetString(&person, &id, ExampleId(absl::StrCat(id.name(), count)));
  }

  void FillScalar(Message& message, const FieldDescriptor& field) {
    const Reflection& reflection = *message.GetReflection();
    const std::int64_t number = std::max<std::int64_t>(RuleOf(field).min(), 1);
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        field.is_repeated() ? reflection.AddString(&message, &field, TextFor(field))
                            : reflection.SetString(&message, &field, TextFor(field));
        return;
      case FieldDescriptor::CPPTYPE_ENUM: {
        const int value = field.enum_type()->value(1)->number();
        field.is_repeated() ? reflection.AddEnumValue(&message, &field, value)
                            : reflection.SetEnumValue(&message, &field, value);
        return;
      }
      case FieldDescriptor::CPPTYPE_UINT32:
        reflection.SetUInt32(&message, &field, static_cast<std::uint32_t>(number));
        return;
      case FieldDescriptor::CPPTYPE_UINT64:
        reflection.SetUInt64(&message, &field, static_cast<std::uint64_t>(number));
        return;
      case FieldDescriptor::CPPTYPE_INT64:
        reflection.SetInt64(&message, &field, number);
        return;
      default:
        // A mark that is true says something special ("nobody counted"); the usual case leaves it
        // out.
        return;
    }
  }

  std::map<std::string, int> persons_;
};

}  // namespace

std::string ExampleId(std::string_view name) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return absl::StrFormat("018f3c6e-0000-7000-8000-%012x", hash & 0xFFFFFFFFFFFFU);
}

std::unique_ptr<Message> ExampleEvent(const google::protobuf::Descriptor& event) {
  std::unique_ptr<Message> message(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(&event)->New());
  Filler().Fill(*message, false);
  return message;
}

std::string ExampleLine(const domain::FactType& fact) {
  const std::unique_ptr<Message> request(google::protobuf::MessageFactory::generated_factory()
                                             ->GetPrototype(fact.service->request)
                                             ->New());
  Filler().FillRequest(*request, fact);
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  CHECK(google::protobuf::util::MessageToJsonString(*request, &json, options).ok());
  return absl::StrCat(R"({"record":)", json, "}");
}

}  // namespace mlup::cli
