// The services behind a face, as calls of bytes.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace mlup::gateway {

// The answers of one call that has several. One thread at a time; ends the call when it goes.
class RpcStream {
 public:
  struct Step {
    // An answer; none where none came in time, or none will.
    std::optional<std::string> message;
    // No more will come: how it ended.
    std::optional<absl::Status> ended;
  };

  virtual ~RpcStream() = default;

  // The next answer, or what is known after `patience`.
  virtual Step Next(absl::Duration patience) = 0;
};

// Any thread.
class RpcCalls {
 public:
  virtual ~RpcCalls() = default;

  // `method` is `/package.Service/Method`; DEADLINE_EXCEEDED after `patience`.
  virtual absl::StatusOr<std::string> Call(const std::string& method, const std::string& request,
                                           absl::Duration patience) = 0;
  // Never null: what cannot be called ends with its first step.
  virtual std::unique_ptr<RpcStream> Open(const std::string& method, const std::string& request,
                                          absl::Duration patience) = 0;
};

}  // namespace mlup::gateway
