// Calls from the descriptors of this program; comments from a descriptor set made with the sources.
#include "services/mlup/catalogue.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include <google/protobuf/descriptor.pb.h>

#include "eventstore/base/check.h"
#include "eventstore/base/status.h"
#include "mlup/cases/v1/case_service.pb.h"
#include "mlup/donations/v1/donation_service.pb.h"
#include "mlup/network/v1/network_service.pb.h"
#include "mlup/training/v1/training_service.pb.h"

// The FileDescriptorSet with comments that CMake makes of proto/ (see embed.cmake).
extern "C" const char mlup_descriptors_begin[];
extern "C" const char mlup_descriptors_end[];

namespace mlup::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;

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

std::vector<const MethodDescriptor*> AllCommands() {
  std::vector<const MethodDescriptor*> commands;
  for (const Descriptor* request :
       {cases::v1::OpenCaseRequest::descriptor(), training::v1::HoldActivityRequest::descriptor(),
        donations::v1::DistributeItemsRequest::descriptor(),
        network::v1::JoinGroupRequest::descriptor()}) {
    const FileDescriptor& file = *request->file();
    for (int i = 0; i < file.service_count(); ++i) {
      for (int j = 0; j < file.service(i)->method_count(); ++j) {
        const MethodDescriptor* method = file.service(i)->method(j);
        if (method->output_type() == command::v1::CommandResult::descriptor())
          commands.push_back(method);
      }
    }
  }
  return commands;
}

bool RecordsFact(const MethodDescriptor& method, std::string_view name) {
  for (int i = 0; i < method.input_type()->field_count(); ++i) {
    const FieldDescriptor& field = *method.input_type()->field(i);
    if (field.message_type() == nullptr || field.name() == "context") continue;
    if (name == field.name() || name == field.message_type()->name() ||
        name == field.message_type()->full_name()) {
      return true;
    }
  }
  return false;
}

}  // namespace

const std::vector<const MethodDescriptor*>& Commands() {
  static const auto& commands = *new std::vector<const MethodDescriptor*>(AllCommands());
  return commands;
}

std::string CallName(const MethodDescriptor& method) {
  return absl::StrCat(method.service()->full_name(), "/", method.name());
}

const MethodDescriptor* FindCommand(std::string_view call) {
  const auto found =
      std::find_if(Commands().begin(), Commands().end(),
                   [call](const MethodDescriptor* method) { return CallName(*method) == call; });
  return found == Commands().end() ? nullptr : *found;
}

std::vector<const MethodDescriptor*> CommandsNamed(std::string_view name) {
  if (const MethodDescriptor* exact = FindCommand(name); exact != nullptr) return {exact};
  std::vector<const MethodDescriptor*> found;
  for (const MethodDescriptor* method : Commands()) {
    if (name == method->name() || RecordsFact(*method, name)) found.push_back(method);
  }
  return found;
}

std::string Comment(const MethodDescriptor& method) {
  return CommentOf(Sources().FindMethodByName(method.full_name()));
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
