// The small file beside the store that says how it was left.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "eventstore/base/files.h"
#include "eventstore/base/types.h"
#include "eventstore/journal/format.h"

namespace mlup::log {

// A value; empty fields are not written. The file is text, a word and its values a line:
//   journal 30313233…          id of the journal that belongs to the store
//   verified 000001 3 8192 812 9f0c… 77aa…
//                              up to this frame of the journal (set, segment, offset, position,
//                              checksum, hash of the record there) both copies were verified or
//                              written, and synced: a start looks at what follows
//   closed 812 9f0c…           clean shutdown at this head, and the hash of the record there
//   suspect <words>            damage was met while running; verify everything at the next start
struct LogState {
  std::string journal_id = {};
  journal::Place verified = {};
  bool closed = false;
  Position head = {};
  std::string head_hash = {};
  std::string suspect = {};
};

// A missing file, or one that is not readable as a state, is an empty state: nothing is promised.
absl::StatusOr<LogState> ReadLogState(Files& files, const std::string& path);
absl::Status WriteLogState(Files& files, const std::string& path, const LogState& state);

}  // namespace mlup::log
