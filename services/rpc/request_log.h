// One line a request, for the operator.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include <google/protobuf/descriptor.h>

namespace mlup::rpc {

// The rpc that takes this request, `mlup.cases.v1.CaseService/Record`; the message's name when
// none does.
std::string MethodOf(const google::protobuf::Descriptor& request);

// `{"at":"…","method":"…","status":"OK","reason":"","ms":1.25}`: nothing of what was asked or
// answered.
std::string RequestLine(absl::Time at, const std::string& method, const absl::Status& status,
                        absl::Duration took);

// Writes RequestLine to standard error. Any thread; lines do not mix.
void LogRequest(absl::Time at, const std::string& method, const absl::Status& status,
                absl::Duration took);

}  // namespace mlup::rpc
