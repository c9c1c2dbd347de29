// One table from our codes to theirs.
#include "services/gateway/error_body.h"

#include <nlohmann/json.hpp>

#include "eventstore/base/status.h"

namespace mlup::gateway {
namespace {

int HttpStatus(const absl::Status& status) {
  // Nothing that the caller sent too often.
  if (ErrorReason(status) == "DISK_FULL") return 503;
  if (ErrorReason(status) == "CONTENT_TYPE_UNKNOWN") return 415;
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return 200;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return 400;
    case absl::StatusCode::kUnauthenticated:
      return 401;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
      return 409;
    case absl::StatusCode::kFailedPrecondition:
      return 412;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
      return 503;
    // Ours alone: what a caller does wrong has one of the codes above.
    default:
      return 500;
  }
}

nlohmann::ordered_json ErrorJson(int code, std::string_view status, std::string_view reason,
                                 std::string_view field, std::string_view message) {
  nlohmann::ordered_json error = {{"code", code}, {"status", status}, {"reason", reason}};
  if (!field.empty()) error["field"] = field;
  error["message"] = message;
  return {{"error", std::move(error)}};
}

nlohmann::ordered_json ErrorJson(const absl::Status& status) {
  return ErrorJson(HttpStatus(status), absl::StatusCodeToString(status.code()), ErrorReason(status),
                   ErrorField(status), ToStd(status.message()));
}

HttpResponse Answer(int http_status, const nlohmann::ordered_json& body) {
  HttpResponse response;
  response.status = http_status;
  response.headers = {{"Content-Type", "application/json"}};
  if (http_status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  if (http_status == 429 || http_status == 503) response.headers.emplace_back("Retry-After", "5");
  response.body =
      body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  return response;
}

}  // namespace

HttpResponse ErrorResponse(const absl::Status& status) {
  return Answer(HttpStatus(status), ErrorJson(status));
}

HttpResponse ErrorResponse(int http_status, std::string_view reason, std::string_view field,
                           std::string_view message) {
  const std::string_view status = http_status == 404 ? "NOT_FOUND" : "INVALID_ARGUMENT";
  return Answer(http_status, ErrorJson(http_status, status, reason, field, message));
}

std::string ErrorBody(const absl::Status& status) {
  return ErrorJson(status).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace mlup::gateway
