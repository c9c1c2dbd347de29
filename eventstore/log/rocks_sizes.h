// What the parts of a log take on the disk.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

#include "eventstore/base/files.h"

namespace mlup::log {

// Bytes of files.
struct LogSizes {
  std::uint64_t records = 0;
  // Index of the streams, and of the requests.
  std::uint64_t streams = 0;
  std::uint64_t requests = 0;
  // Of the ids of the events.
  std::uint64_t ids = 0;
  // Whole segments, with the zeros that wait to be written over.
  std::uint64_t journal = 0;
  // Frames only.
  std::uint64_t journal_used = 0;
};

// Compacts the store of a stopped log, so that the same log always has the same sizes, and measures
// it. For benchmarks: compacting a large log takes minutes.
absl::StatusOr<LogSizes> CompactAndMeasure(Files& files, const std::string& store,
                                           const std::string& journal);

}  // namespace mlup::log
