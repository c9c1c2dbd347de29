// Room that is kept for the start after the disk was full.
#pragma once

#include <string>

#include "absl/status/status.h"

#include "eventstore/base/files.h"

namespace mlup::installation {

// The file `DATA/reserve` of kLowRoomBytes zeros. Where the disk has less room than that, it gives
// its own up, so that log and read models open and can be read; appends are refused (DISK_FULL) by
// the log until there is room again. Where there is plenty, it takes it. What was done about a full
// disk is told. Before the log is opened; one thread.
absl::Status KeepReserve(Files& files, const std::string& data);

}  // namespace mlup::installation
