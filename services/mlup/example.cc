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
  // `fact` is the field of the request that is filled, in a request only.
  Filler(const FieldDescriptor* fact, std::string category)
      : fact_(fact), category_(std::move(category)) {}

  void FillRequest(Message& request) {
    const Reflection& reflection = *request.GetReflection();
    for (int i = 0; i < request.GetDescriptor()->field_count(); ++i) {
      const FieldDescriptor& field = *request.GetDescriptor()->field(i);
      if (field.name() == "stream") {
        reflection.SetString(
            &request, &field,
            absl::StrCat(category_, "/", ExampleId(absl::StrCat(category_, "_id"))));
      } else if (field.name() == "context" || &field == fact_) {
        Fill(*reflection.MutableMessage(&request, &field), field.name() == "context");
      }
    }
  }

  void Fill(Message& message, bool is_context) {
    for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
      const FieldDescriptor& field = *message.GetDescriptor()->field(i);
      if (is_context && !IsUsualInContext(field)) continue;
      if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        FillMessage(message, field);
      } else {
        FillScalar(message, field);
      }
    }
  }

 private:
  // The optional fields of a context have their uses only in special cases, but for these.
  static bool IsUsualInContext(const FieldDescriptor& field) {
    return RuleOf(field).required() || field.name() == "reason" || field.name() == "place" ||
           field.name() == "device" || field.name() == "sector";
  }

  void FillMessage(Message& message, const FieldDescriptor& field) {
    const Reflection& reflection = *message.GetReflection();
    const std::string& type = field.message_type()->full_name();
    // When a correction is about the time itself; the usual one is not.
    if (!RuleOf(field).required() && absl::StartsWith(type, "mlup.log.v1.")) return;
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
      case FieldDescriptor::CPPTYPE_ENUM:
        reflection.SetEnumValue(&message, &field, field.enum_type()->value(1)->number());
        return;
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

  const FieldDescriptor* const fact_;
  const std::string category_;
  std::map<std::string, int> persons_;
};

// A category that both the event and the request allow.
std::string CategoryFor(const google::protobuf::MethodDescriptor& method,
                        const FieldDescriptor& fact) {
  const auto& allowed =
      fact.message_type()->options().GetExtension(command::v1::event).categories();
  const auto& asked = RuleOf(*method.input_type()->FindFieldByName("stream")).categories();
  for (const std::string& category : allowed) {
    if (asked.empty() || std::find(asked.begin(), asked.end(), category) != asked.end())
      return category;
  }
  return asked.empty() ? "case" : asked.Get(0);
}

}  // namespace

std::string ExampleId(std::string_view name) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return absl::StrFormat("018f3c6e-0000-7000-8000-%012x", hash & 0xFFFFFFFFFFFFU);
}

std::unique_ptr<Message> ExampleEvent(const google::protobuf::Descriptor& event) {
  std::unique_ptr<Message> message(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(&event)->New());
  Filler(nullptr, "").Fill(*message, false);
  return message;
}

std::string ExampleLine(const google::protobuf::MethodDescriptor& method,
                        const FieldDescriptor& fact) {
  const std::unique_ptr<Message> request(google::protobuf::MessageFactory::generated_factory()
                                             ->GetPrototype(method.input_type())
                                             ->New());
  Filler(&fact, CategoryFor(method, fact)).FillRequest(*request);
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  CHECK(google::protobuf::util::MessageToJsonString(*request, &json, options).ok());
  return absl::StrCat(R"({"call":")", CallName(method), R"(","request":)", json, "}");
}

}  // namespace mlup::cli
