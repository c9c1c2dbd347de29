// What a start does with the two copies of the log as it finds them.
#pragma once

#include <string>

#include "absl/status/statusor.h"

#include "eventstore/base/types.h"

// All functions are pure and may be called from any thread.
namespace mlup::log {

// What the read-only probe found in RocksDB.
struct StoreView {
  enum class Condition { kAbsent, kWhole, kDamaged };
  Condition condition = Condition::kAbsent;
  std::string why;        // it is damaged
  Position head;          // the last position seen, even when damaged
  std::string head_hash;  // of the record there
  Position group_first;   // first position of the last commit group; 0 when not known
  std::string journal_id;
};

// What was found in the journal; see journal::Scan.
struct JournalView {
  bool present = false;
  std::string id;
  Position head;
  Position damaged_to;  // last position that is damaged or gone; 0 when none
  std::string damage;   // in words; empty when whole
  bool cut_short = false;
};

struct Evidence {
  StoreView store;
  JournalView journal;
  // Whether the record at the lower of the two heads is the same in both.
  bool same_history = true;
  // From the state file: the id it names, and whether it was closed at this head.
  std::string state_journal_id;
  bool closed = false;
  Position closed_head;
  // From --accept-loss-after; with `accepts` false it was not given.
  bool accepts = false;
  Position accepted;
};

enum class Repair {
  kNone,            // both copies are equal
  kFresh,           // nothing is there: begin
  kReplay,          // RocksDB lacks the end: write it from the journal
  kRebuild,         // RocksDB is damaged or gone: a new folder from the journal
  kBackfill,        // the journal lacks the end: write it from RocksDB
  kNewJournal,      // there is no journal: write it from RocksDB
  kRewriteJournal,  // the journal is damaged: complete RocksDB, write a new set from it
};

struct Verdict {
  Repair repair = Repair::kNone;
  std::string words;  // for people: what was found and what is done about it
};

// The repair that loses nothing. FAILED_PRECONDITION JOURNAL_MISSING, JOURNAL_STALE or
// JOURNAL_FOREIGN, DATA_LOSS BOTH_DAMAGED or HISTORIES_DIFFER, naming positions, when there is
// none.
absl::StatusOr<Verdict> Judge(const Evidence& evidence);

}  // namespace mlup::log
