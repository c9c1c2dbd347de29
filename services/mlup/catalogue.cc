// Comments from a descriptor set made with the sources.
#include "services/mlup/catalogue.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include <google/protobuf/descriptor.pb.h>

#include "eventstore/base/check.h"

// The FileDescriptorSet with comments that CMake makes of proto/ (see embed.cmake).
extern "C" const char mlup_descriptors_begin[];
extern "C" const char mlup_descriptors_end[];

namespace mlup::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;

const DescriptorPool& Sources() {
  static const auto& pool = *[] {
    google::protobuf::FileDescriptorSet files;
    CHECK(files.ParseFromArray(mlup_descriptors_begin,
                               static_cast<int>(mlup_descriptors_end - mlup_descriptors_begin)));
    auto* built = new DescriptorPool;
    for (const auto& file : files.file()) CHECK(built->BuildFile(file) != nullptr);
    return built;
  }();
  return pool;
}

template <typename Element>
std::string CommentOf(const Element* element) {
  google::protobuf::SourceLocation location;
  if (element == nullptr || !element->GetSourceLocation(&location)) return "";
  std::string text = absl::StrReplaceAll(location.leading_comments, {{"\n ", " "}, {"\n", " "}});
  absl::RemoveExtraAsciiWhitespace(&text);
  return text;
}

bool IsNamed(const domain::FactType& fact, std::string_view name) {
  const auto& service = *fact.service;
  return name == fact.field->name() || name == fact.field->json_name() ||
         name == fact.event().name() || name == fact.event().full_name() ||
         name == fact.permission || name == service.name || name == service.descriptor->name() ||
         name == service.descriptor->full_name() || name == service.call();
}

}  // namespace

std::vector<const domain::FactType*> FactsNamed(std::string_view name) {
  std::vector<const domain::FactType*> found;
  for (const domain::FactType& fact : domain::FactTable::Get().facts()) {
    if (IsNamed(fact, name)) found.push_back(&fact);
  }
  return found;
}

std::string Comment(const google::protobuf::ServiceDescriptor& service) {
  return CommentOf(Sources().FindServiceByName(service.full_name()));
}

std::string Comment(const Descriptor& message) {
  return CommentOf(Sources().FindMessageTypeByName(message.full_name()));
}

std::string Comment(const FieldDescriptor& field) {
  return CommentOf(Sources().FindFieldByName(field.full_name()));
}

std::string Comment(const google::protobuf::EnumValueDescriptor& value) {
  const auto* type = Sources().FindEnumTypeByName(value.type()->full_name());
  return type == nullptr ? "" : CommentOf(type->FindValueByName(value.name()));
}

}  // namespace mlup::cli
