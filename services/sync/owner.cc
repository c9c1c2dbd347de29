#include "services/sync/owner.h"

namespace mlup::sync {

absl::StatusOr<Device> OwnDevice(const accounts::Accounts& accounts, const identity::Caller* caller,
                                 const std::string& device) {
  const bool is_its = caller != nullptr && caller->kind() == identity::Caller::Kind::kAccount &&
                      !device.empty() && caller->device() == device;
  if (is_its) {
    ASSIGN_OR_RETURN(const auto account, accounts.Read(caller->actor_id()));
    if (account->devices.contains(device)) return Device{caller->actor_id(), device};
  }
  return FieldError(absl::StatusCode::kPermissionDenied, "DEVICE_NOT_ENROLLED", "device",
                    "must be a device enrolled for your account, and the one from which you signed "
                    "in (`mlup login --device`)");
}

}  // namespace mlup::sync
