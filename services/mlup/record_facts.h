// Facts, recorded from the command line.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "eventstore/base/status.h"
#include "mlup/command/v1/command.pb.h"
#include "mlup/identity/v1/identity_service.pb.h"
#include "services/mlup/server_rpc.h"
#include "services/mlup/session.h"

namespace mlup::cli {

// A context under a key of its own for what happens now.
command::v1::CommandContext ContextNow(const Reader& who);

// All facts of a service's request or none; they happen now. What the daemon says.
template <typename Request>
absl::StatusOr<command::v1::RecordResult> RecordNow(const Session& session, const Reader& who,
                                                    const std::string& service, Request request) {
  *request.mutable_context() = ContextNow(who);
  return CallOnce<command::v1::RecordResult>(session.server, absl::StrCat(service, "/Record"),
                                             request);
}

// The same of accounts.
absl::Status RecordFacts(const Session& session, const Reader& who,
                         const std::vector<identity::v1::IdentityFact>& facts);

}  // namespace mlup::cli
