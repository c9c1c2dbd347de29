// Asks the door about a call of gRPC.
#pragma once

#include <string_view>

#include <grpcpp/server_context.h>

#include "eventstore/server/call_door.h"

namespace mlup::log {

// Nobody is asked where there is no door.
inline absl::StatusOr<AdmissionPtr> Admit(CallDoor* door, const grpc::ServerContextBase& context,
                                          std::string_view method) {
  if (door == nullptr) return AdmissionPtr();
  const auto found = context.client_metadata().find("authorization");
  if (found == context.client_metadata().end()) return door->Admit(method, {});
  return door->Admit(method, {found->second.data(), found->second.size()});
}

}  // namespace mlup::log
