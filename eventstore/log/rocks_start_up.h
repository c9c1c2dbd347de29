// Opens the two copies of the log: looks, judges, repairs, and only then lets RocksDB write.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "eventstore/base/files.h"
#include "eventstore/base/limits.h"
#include "eventstore/base/random.h"
#include "eventstore/journal/writer.h"
#include "eventstore/log/log_state.h"
#include "eventstore/log/rocks_store.h"
#include "eventstore/log/start_up_rules.h"

namespace mlup::log {

// Where the copies are. The state file is `<store>.state`, the lock `<store>.lock`; a store that
// was replaced is kept as `<store>.damaged-1` and so on.
struct LogPlaces {
  std::string store;
  std::string journal;
  Files* files = &SystemFiles();
  rocksdb::Env* env = rocksdb::Env::Default();
  // Draws the id of a new journal; the system's where none is named.
  Random* random = nullptr;
  // Memory for what was read from the store.
  std::size_t cache_bytes = kStoreCacheBytes;
};

// The log, ready to be written. Closed in reverse.
struct OpenedLog {
  std::unique_ptr<FileLock> store_lock;
  std::unique_ptr<FileLock> journal_lock;
  std::unique_ptr<RocksStore> store;
  std::unique_ptr<journal::Writer> journal;
  Verdict verdict;  // what was found and done
  // Where the journal stood, of which all but what is before `unread` was verified.
  journal::Place verified;
  journal::Place unread;
};

std::string StatePath(const LogPlaces& places);

// FAILED_PRECONDITION FILE_LOCKED when a process has the log open, FORMAT_TOO_NEW; and the refusals
// of Judge(). Every step can be cut off at any instruction and is finished by the next start.
absl::StatusOr<OpenedLog> OpenLog(const LogPlaces& places, Random& random,
                                  std::optional<Position> accept_loss_after);

// What a start would find and do.
struct Examination {
  Evidence evidence;
  LogState state;
  absl::StatusOr<Verdict> verdict;
};

// Looks at every byte; makes the lock files and changes nothing else. FAILED_PRECONDITION
// FILE_LOCKED, FORMAT_TOO_NEW.
absl::StatusOr<Examination> ExamineLog(const LogPlaces& places);

}  // namespace mlup::log
