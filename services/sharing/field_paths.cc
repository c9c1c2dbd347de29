// A tree of names.
#include "services/sharing/field_paths.h"

#include <vector>

#include "eventstore/payload/payload.h"

namespace mlup::sharing {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// The first name of a path, and what follows it.
struct Step {
  std::string_view name;
  std::string_view rest;
};

Step Split(std::string_view path) {
  const std::size_t dot = path.find('.');
  if (dot == std::string_view::npos) return {path, {}};
  return {path.substr(0, dot), path.substr(dot + 1)};
}

}  // namespace

void FieldPaths::Add(std::string_view path) {
  if (path.empty() || path == "*") {
    all_ = true;
    return;
  }
  const Step step = Split(path);
  children_[std::string(step.name)].Add(step.rest);
}

void FieldPaths::AddAll(const FieldPaths& other) {
  all_ = all_ || other.all_;
  for (const auto& [name, child] : other.children_) children_[name].AddAll(child);
}

bool FieldPaths::Has(std::string_view path) const {
  if (all_) return true;
  if (path.empty()) return false;
  const Step step = Split(path);
  const auto child = children_.find(step.name);
  return child != children_.end() && child->second.Has(step.rest);
}

void FieldPaths::Cut(Message& message) const {
  message.DiscardUnknownFields();
  if (all_) return;
  const auto& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const auto child = children_.find(field->name());
    if (child == children_.end()) {
      reflection.ClearField(&message, field);
    } else if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      continue;
    } else if (!field->is_repeated()) {
      child->second.Cut(*reflection.MutableMessage(&message, field));
    } else {
      for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
        child->second.Cut(*reflection.MutableRepeatedMessage(&message, field, i));
      }
    }
  }
}

const FieldDescriptor* FindClearField(const Descriptor& type, std::string_view path) {
  const Step step = Split(path);
  const FieldDescriptor* field = type.FindFieldByName(std::string(step.name));
  if (field == nullptr || payload::IsPersonal(*field)) return nullptr;
  if (step.rest.empty()) return step.name.size() == path.size() ? field : nullptr;
  return field->message_type() == nullptr ? nullptr
                                          : FindClearField(*field->message_type(), step.rest);
}

}  // namespace mlup::sharing
