// One line of an import: which command it calls, and with what.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "eventstore/base/status.h"

namespace mlup::cli {

struct ImportLine {
  const google::protobuf::MethodDescriptor* method = nullptr;
  std::unique_ptr<google::protobuf::Message> request;
};

// Reads `{"call": "<service>/<method>", "request": {proto JSON}}`, strictly: a key given twice, an
// unknown field and a value of another type are errors. INVALID_ARGUMENT with the field and one of
// JSON_INVALID, LINE_FORM, LINE_TOO_LONG, CALL_UNKNOWN, FIELD_UNKNOWN, VALUE_INVALID. No error
// repeats a value.
absl::StatusOr<ImportLine> ParseImportLine(std::string_view text);

}  // namespace mlup::cli
