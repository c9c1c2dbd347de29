// The state of a stopped log in plain words.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "eventstore/base/files.h"
#include "eventstore/base/types.h"

namespace mlup::log {

struct StoreReport {
  enum class Health {
    kSound,       // nothing to do
    kRepairable,  // the next start repairs it by itself
    kRefused,     // the next start refuses; somebody has to decide
    kUnknown,     // it could not be looked at: in use, of a newer format, or unreadable
  };
  Health health = Health::kUnknown;
  // Whether another process has it open, and so looks after it.
  bool in_use = false;
  Position head = {};  // where a start would go on, unless refused or unknown
  // The journal holds less than that: a start completes it from RocksDB.
  bool journal_is_short = false;
  std::string text;  // a line for each copy, what it comes to, and what to do
};

// Verifies every byte of both copies; takes some seconds a gigabyte. Changes nothing but the two
// lock files. Any thread; no other process may have the log open.
StoreReport CheckStore(const std::string& store, const std::string& journal);

// What was replaced and is kept beside the log: stores (`log.damaged-1`) and sets of the journal
// before the one that counts. It may be removed once the log is backed up.
struct Kept {
  std::string path;
  std::uint64_t bytes = 0;
};
absl::StatusOr<std::vector<Kept>> ListKept(Files& files, const std::string& store,
                                           const std::string& journal);

// Called with the stored bytes of every record, in order; what it returns ends the reading unless
// OK.
using RecordVisitor = std::function<absl::Status(std::string_view bytes)>;

// Reads the journal of a stopped log.
absl::Status ReadJournal(Files& files, const std::string& journal, const RecordVisitor& visit);
// Reads the store of a stopped log.
absl::Status ReadStore(Files& files, const std::string& store, const RecordVisitor& visit);

// The same, and holds every record against the one in the store: CheckStore() verifies each copy by
// its own checksums, which whoever rewrites a copy can make right. DATA_LOSS COPIES_DIFFER naming
// the position.
absl::Status ReadBothCopies(Files& files, const std::string& store, const std::string& journal,
                            const RecordVisitor& visit);

}  // namespace mlup::log
