// Reads a commit journal from its beginning and tells an unfinished end from damage.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "eventstore/base/files.h"
#include "eventstore/base/types.h"
#include "eventstore/journal/block.h"
#include "eventstore/journal/format.h"

namespace mlup::journal {

// Positions whose frames are damaged or gone, with whole frames or a whole segment after them.
struct Gap {
  Position first;
  Position last;
  std::string segment;  // where the first of them was looked for
};

// What a journal is found to be.
struct Scan {
  bool present = false;
  std::string id;      // empty when no segment could tell it
  std::string folder;  // of the set of segments that counts
  Position head;       // last position of the last whole frame
  Digest head_hash;    // HashOf() the record there; empty at 0
  std::vector<Gap> gaps;
  // The last segment is shorter than it was made, or is unreadable: frames may have stood there.
  bool cut_short = false;
  // The header of an earlier segment is damaged, or its end is gone; its frames may be whole.
  bool flawed = false;
  // An unfinished last frame was found; it was never acknowledged.
  bool torn = false;
  std::uint64_t frames = 0;
  std::uint64_t bytes = 0;

  // Where the next frame goes.
  SegmentHeader segment;
  std::uint64_t offset = 0;
  Digest checksum = NoDigest();
  // The last whole frame.
  Place last;

  bool Damaged() const { return !gaps.empty() || cut_short || flawed; }
};

// Called for every whole frame and the block in it, in the order of positions; what it returns ends
// the scan unless OK.
using Visitor = std::function<absl::Status(const Frame&, const Block&)>;

// Reads the whole journal in `folder`; changes nothing. A folder that is not there or holds no set
// of segments is a journal that is not present. Errors are those of the files, and
// FAILED_PRECONDITION FORMAT_TOO_NEW or FORMAT_TOO_OLD.
absl::StatusOr<Scan> ScanJournal(Files& files, const std::string& folder, const Visitor& visitor);

// The same of what follows a place where an earlier scan or the writer was: of the segments before
// it only the headers and sizes are looked at. A place that is not in the journal makes a damaged
// scan.
absl::StatusOr<Scan> ScanJournalFrom(Files& files, const std::string& folder, const Place& place,
                                     const Visitor& visitor);

// `000001`, `000002`, ... : the sets of segments in a journal's folder, oldest first.
absl::StatusOr<std::vector<std::string>> ListSets(Files& files, const std::string& folder);

// The id that a segment's header tells, of the set that counts; empty where none does.
absl::StatusOr<std::string> FindJournalId(Files& files, const std::string& folder);

// File name of a segment.
std::string SegmentName(std::uint64_t number);

}  // namespace mlup::journal
