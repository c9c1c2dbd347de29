// Appends frames to a commit journal.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "eventstore/base/files.h"
#include "eventstore/base/types.h"
#include "eventstore/journal/reader.h"

namespace mlup::journal {

// Writes one frame at a time into preallocated segments; the next segment is made, filled with
// zeros and synced before it gets its name. No segment is ever removed or written again.
//
// One thread. Borrows `files`, which must outlive it. After a failed Append() it must not be used:
// what the disk has is unknown, and a failed sync is never tried again.
class Writer {
 public:
  // Goes on where a scan that found no damage ended; clears an unfinished last frame.
  static absl::StatusOr<std::unique_ptr<Writer>> Continue(Files& files, const Scan& scan);

  // Begins a new set of segments, which counts from Publish() on. `id` has kIdBytes.
  static absl::StatusOr<std::unique_ptr<Writer>> Begin(Files& files, const std::string& folder,
                                                       std::string_view id);
  absl::Status Publish();

  // Makes room for the next frame, so that Append() needs no new space. RESOURCE_EXHAUSTED
  // DISK_FULL, after which everything is as before.
  absl::Status Reserve(std::size_t block_bytes);

  // Writes a frame of a block of `count` records from `first` on and returns when it is synced. Any
  // error is for ever.
  absl::Status Append(Position first, std::uint32_t count, std::string_view block);

  // Bytes that the journal's disk still takes.
  std::uint64_t Room() const { return files_.Room(folder_); }
  const std::string& id() const { return segment_.id; }

  // The last frame; without the hash of its last record.
  const Place& last() const { return last_; }

 private:
  Writer(Files& files, std::string folder) : files_(files), folder_(std::move(folder)) {}

  absl::Status MakeSegment(std::size_t frame_bytes);

  Files& files_;
  std::string folder_;     // of the set
  std::string published_;  // its name to be; empty when it has it
  SegmentHeader segment_;
  std::unique_ptr<File> file_;
  std::uint64_t offset_ = 0;
  std::uint64_t bytes_ = 0;  // of all segments
  Position next_ = {1};
  Digest checksum_ = NoDigest();
  Place last_;
  bool failed_ = false;
};

}  // namespace mlup::journal
