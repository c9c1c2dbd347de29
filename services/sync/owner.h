// Whose device it is.
#pragma once

#include <string>

#include "eventstore/base/status.h"
#include "services/accounts/accounts.h"
#include "services/identity/caller.h"
#include "services/sync/outbox.h"

namespace mlup::sync {

// The device that the caller names: it is enrolled for the caller's account, and the session signed
// in from it. PERMISSION_DENIED DEVICE_NOT_ENROLLED. That it was revoked the door has said.
absl::StatusOr<Device> OwnDevice(const accounts::Accounts& accounts, const identity::Caller* caller,
                                 const std::string& device);

}  // namespace mlup::sync
