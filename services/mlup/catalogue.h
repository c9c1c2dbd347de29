// The calls of the services and the comments of their protos.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/descriptor.h>

namespace mlup::cli {

// The commands that an import may call, by service and in the order of their protos: the methods
// that answer with a CommandResult. Any thread.
const std::vector<const google::protobuf::MethodDescriptor*>& Commands();

// `mlup.cases.v1.CaseService/OpenCase`.
std::string CallName(const google::protobuf::MethodDescriptor& method);

// The command of a full call name; null for any other text.
const google::protobuf::MethodDescriptor* FindCommand(std::string_view call);

// The commands that a person may mean: by the call, its method, or the name of a fact it records
// (`OpenCase`, `CaseOpened`, `case_opened`).
std::vector<const google::protobuf::MethodDescriptor*> CommandsNamed(std::string_view name);

// The comments, as text in one line; empty where there is none. Any thread.
std::string Comment(const google::protobuf::MethodDescriptor& method);
std::string Comment(const google::protobuf::Descriptor& message);
std::string Comment(const google::protobuf::FieldDescriptor& field);
std::string Comment(const google::protobuf::EnumValueDescriptor& value);

}  // namespace mlup::cli
