// Who may come in: asked once for every call, and again and again while one stays open.
#pragma once

#include <memory>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include <google/protobuf/message.h>

namespace mlup::log {

// That somebody was let in, with all that the door knows of who it is. Any thread.
class Admission {
 public:
  virtual ~Admission() = default;
  // OK while the caller would still be let in.
  virtual absl::Status Holds() const = 0;
  // Whether the request names nobody else as the one who asks.
  virtual absl::Status MayAsk(const google::protobuf::Message& request) const = 0;
};

// Shared by the call and what it leaves to other threads; null where there is no door.
using AdmissionPtr = std::shared_ptr<const Admission>;

// Any thread.
class CallDoor {
 public:
  virtual ~CallDoor() = default;
  // `method` is `package.Service/Method`, `authorization` the metadata of that name, empty where
  // there is none. UNAUTHENTICATED, PERMISSION_DENIED. It must not wait for the network or a sync.
  virtual absl::StatusOr<AdmissionPtr> Admit(std::string_view method,
                                             std::string_view authorization) = 0;
};

}  // namespace mlup::log
