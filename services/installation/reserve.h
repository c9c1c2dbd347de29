// Room that is kept for the start after the disk was full.
#pragma once

#include <string>

#include "absl/status/status.h"

#include "eventstore/base/files.h"

namespace mlup::installation {

// The file `DATA/reserve` of kLowRoomBytes zeros.

// Where the disk has less room than that, gives it up, so that log and read models open and can be
// read, and tells so; the log refuses appends (DISK_FULL) until there is room again. Before the log
// is opened.
absl::Status ReleaseReserve(Files& files, const std::string& data);

// Takes it where there is plenty of room. After a start went well.
absl::Status TakeReserve(Files& files, const std::string& data);

}  // namespace mlup::installation
