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

struct RpcRequest {
  // `/package.Service/Method`
  std::string method;
  std::string message;
  // Of the session whose call it is; nobody's when empty.
  std::string token;
  // After which it is DEADLINE_EXCEEDED.
  absl::Duration patience;
  // From where the caller comes, as an edge says; empty where there is none.
  std::string forwarded_for = {};
};

// Any thread.
class RpcCalls {
 public:
  virtual ~RpcCalls() = default;

  virtual absl::StatusOr<std::string> Call(const RpcRequest& request) = 0;
  // Never null: what cannot be called ends with its first step.
  virtual std::unique_ptr<RpcStream> Open(const RpcRequest& request) = 0;
};

}  // namespace mlup::gateway
