// What the erasure of a person's data is besides its event.
#pragma once

#include <memory>
#include <string>

#include <google/protobuf/message.h>

#include "eventstore/base/status.h"
#include "services/command/checked_request.h"
#include "services/privacy/keyring.h"

namespace mlup::command {

// The event with the id of the key that it destroys, which is none where the person has none; null
// where it is no erasure.
absl::StatusOr<std::unique_ptr<google::protobuf::Message>> WithKeyId(
    const google::protobuf::Message& event, const std::string& stream,
    const privacy::Keyring& keyring);

// Destroys the keys that a request which is recorded says are destroyed. UNAVAILABLE
// ERASURE_UNFINISHED where that fails: the next start does it.
absl::Status DestroyErased(const CheckedRequest& request, privacy::Keyring& keyring);

}  // namespace mlup::command
