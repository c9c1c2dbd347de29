// Facts, recorded from the command line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include <google/protobuf/message.h>

#include "eventstore/base/status.h"
#include "mlup/command/v1/command.pb.h"
#include "mlup/identity/v1/identity_service.pb.h"
#include "services/mlup/session.h"

namespace mlup::cli {

// All or none; they happen now. What the daemon says.
absl::Status RecordFacts(const Session& session, const Reader& who,
                         const std::vector<identity::v1::IdentityFact>& facts);

// The same of one fact, such as `approval_granted`, by the service that records it on such a
// stream.
absl::StatusOr<command::v1::RecordResult> RecordFact(const Session& session, const Reader& who,
                                                     const std::string& stream,
                                                     std::string_view name,
                                                     const google::protobuf::Message& event);

}  // namespace mlup::cli
