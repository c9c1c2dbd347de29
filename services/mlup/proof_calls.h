// What the command line asks of the daemon's proofs.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"

#include "eventstore/proof/map_record.h"
#include "eventstore/proof/merkle.h"
#include "mlup/log/v1/envelope.pb.h"
#include "services/mlup/server_rpc.h"
#include "services/mlup/witness.h"

namespace mlup::cli {

// The newest checkpoint and the log's keys.
absl::StatusOr<ShownLog> AskCheckpoint(Server& server);

// The proof that the tree of the first size is the beginning of that of the second.
absl::StatusOr<std::vector<proof::Hash>> AskConsistencyProof(Server& server, std::uint64_t old_size,
                                                             std::uint64_t new_size);

// The roots recorded on `system/map`, in order.
absl::StatusOr<std::vector<proof::MapRecord>> ReadMapRecords(Server& server);

// Reads the log from its beginning until `take` was given `size` records, or all there are.
absl::Status ReadLog(Server& server, std::uint64_t size,
                     const std::function<absl::Status(const log::v1::Record&)>& take);

}  // namespace mlup::cli
