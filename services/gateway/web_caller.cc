#include "services/gateway/web_caller.h"

#include <vector>

#include <google/protobuf/descriptor.h>

namespace mlup::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

const FieldDescriptor* TextField(const Descriptor& type, const std::string& name) {
  const FieldDescriptor* field = type.FindFieldByName(name);
  const bool is_text = field != nullptr && !field->is_repeated() &&
                       field->cpp_type() == FieldDescriptor::CPPTYPE_STRING;
  return is_text ? field : nullptr;
}

// Whether a message of the type says who acts.
bool SaysWho(const Descriptor& type) {
  return TextField(type, "actor_id") != nullptr && TextField(type, "role") != nullptr &&
         TextField(type, "organisation_id") != nullptr;
}

// The field of a request that says who acts; null where there is none.
const FieldDescriptor* FieldOfWho(const Descriptor& request) {
  for (int i = 0; i < request.field_count(); ++i) {
    const FieldDescriptor* field = request.field(i);
    if (!field->is_repeated() && field->message_type() != nullptr &&
        field->real_containing_oneof() == nullptr && SaysWho(*field->message_type())) {
      return field;
    }
  }
  return nullptr;
}

void FillIn(Message& message, const char* name, const std::string& value) {
  const FieldDescriptor* field = TextField(*message.GetDescriptor(), name);
  if (!message.GetReflection()->GetString(message, field).empty()) return;
  message.GetReflection()->SetString(&message, field, value);
}

// Depth is bounded by what JSON and protobuf allow a message to have.
void Visit(const WebCaller& caller, Message& message) {
  if (SaysWho(*message.GetDescriptor())) {
    FillIn(message, "actor_id", caller.actor_id);
    FillIn(message, "role", caller.role);
    FillIn(message, "organisation_id", caller.organisation_id);
  }
  std::vector<const FieldDescriptor*> fields;
  const auto* reflection = message.GetReflection();
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      Visit(caller, *reflection->MutableMessage(&message, field));
      continue;
    }
    for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
      Visit(caller, *reflection->MutableRepeatedMessage(&message, field, i));
    }
  }
}

}  // namespace

void ActAs(const WebCaller& caller, Message& request) {
  if (const FieldDescriptor* field = FieldOfWho(*request.GetDescriptor())) {
    request.GetReflection()->MutableMessage(&request, field);
  }
  Visit(caller, request);
}

}  // namespace mlup::gateway
