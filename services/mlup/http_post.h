// One request to another system over HTTP.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace mlup::cli {

struct HttpAnswer {
  long status = 0;
  std::string body;
};

// INVALID_ARGUMENT URL_NOT_SAFE for another scheme than https, or http on this machine, and for
// what a path cannot be added to.
absl::Status CheckUrl(const std::string& url);

// Posts JSON. `authorization` is the value of that header; empty for none. What CheckUrl() says of
// what stands before a `?`;
// UNAVAILABLE HTTP_FAILED. Follows no redirection, asks no proxy, waits two minutes
// and reads an answer of at most kJsonBytesMax.
absl::StatusOr<HttpAnswer> PostJson(const std::string& url, const std::string& authorization,
                                    const std::string& body);

}  // namespace mlup::cli
