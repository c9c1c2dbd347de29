// What tells one history of the log from another at a checkpoint.
#pragma once

#include <cstdint>

#include "mlup/log/v1/envelope.pb.h"

namespace mlup::projections {

// First 8 bytes of the BLAKE2b of the record: Checkpoint::history. Pure.
std::uint64_t HistoryToken(const log::v1::Record& record);

}  // namespace mlup::projections
