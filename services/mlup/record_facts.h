// Facts of accounts, recorded from the command line.
#pragma once

#include <vector>

#include "absl/status/status.h"

#include "mlup/identity/v1/identity_service.pb.h"
#include "services/mlup/session.h"

namespace mlup::cli {

// All or none; they happen now. What the daemon says.
absl::Status RecordFacts(const Session& session, const Reader& who,
                         const std::vector<identity::v1::IdentityFact>& facts);

}  // namespace mlup::cli
