#include "services/rpc/request_log.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "eventstore/base/diagnostics.h"
#include "eventstore/base/status.h"

namespace mlup::rpc {

std::string MethodOf(const google::protobuf::Descriptor& request) {
  const auto* file = request.file();
  for (int s = 0; s < file->service_count(); ++s) {
    for (int m = 0; m < file->service(s)->method_count(); ++m) {
      const auto* method = file->service(s)->method(m);
      if (method->input_type() == &request) {
        return absl::StrCat(method->service()->full_name(), "/", method->name());
      }
    }
  }
  return request.full_name();
}

std::string RequestLine(absl::Time at, const std::string& method, const absl::Status& status,
                        absl::Duration took) {
  return absl::StrFormat(R"({"at":"%s","method":"%s","status":"%s","reason":"%s","ms":%.2f})",
                         absl::FormatTime(absl::RFC3339_full, at, absl::UTCTimeZone()), method,
                         absl::StatusCodeToString(status.code()), ErrorReason(status),
                         absl::ToDoubleMilliseconds(took));
}

void LogRequest(absl::Time at, const std::string& method, const absl::Status& status,
                absl::Duration took) {
  Tell(RequestLine(at, method, status, took));
}

}  // namespace mlup::rpc
