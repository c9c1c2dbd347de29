// The facts by the names that people use, and the comments of the protos.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/descriptor.h>

#include "services/domain/fact_table.h"

namespace mlup::cli {

// The facts that a person may mean: by a fact (`case_opened`, `caseOpened`, `CaseOpened`,
// `mlup.cases.v1.CaseOpened`), its permission (`cases/case_opened`), or a service (`cases`,
// `CaseService`, its call). Facts that several services have are found once for each.
std::vector<const domain::FactType*> FactsNamed(std::string_view name);

// The comments, as text in one line; empty where there is none. Any thread.
std::string Comment(const google::protobuf::ServiceDescriptor& service);
std::string Comment(const google::protobuf::Descriptor& message);
std::string Comment(const google::protobuf::FieldDescriptor& field);
std::string Comment(const google::protobuf::EnumValueDescriptor& value);

}  // namespace mlup::cli
