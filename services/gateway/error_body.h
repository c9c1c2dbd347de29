// Errors as HTTP tells them.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

#include "services/gateway/http_message.h"

namespace mlup::gateway {

// `{"error":{"code":404,"status":"NOT_FOUND","reason":…,"field":…,"message":…}}`; the field only
// where there is one.
HttpResponse ErrorResponse(const absl::Status& status);
HttpResponse ErrorResponse(int http_status, std::string_view reason, std::string_view field,
                           std::string_view message);

// The body alone, for streams that end with an error.
std::string ErrorBody(const absl::Status& status);

}  // namespace mlup::gateway
