// Verifies what a start did not look at, while the log serves.
#pragma once

#include <functional>
#include <string>
#include <thread>

#include "absl/status/status.h"

#include "eventstore/base/files.h"
#include "eventstore/base/types.h"
#include "eventstore/log/rocks_store.h"

namespace mlup::log {

// Reads the journal from its beginning, every checksum, and holds each record against the one in
// RocksDB. On a thread of its own behind all others; once.
//
// Borrows what it is given, which must outlive it; the destructor ends it.
class CopiesCheck {
 public:
  // Up to and including `upto`, which both copies have. `on_damage` is told from its thread of the
  // first difference.
  CopiesCheck(Files& files, std::string journal, const RocksStore& store, Position upto,
              std::function<void(const absl::Status&)> on_damage);

 private:
  void Run(const std::stop_token& stop);
  // OK when both copies are whole and equal, CANCELLED when it was ended before.
  absl::Status Check(const std::stop_token& stop);

  Files& files_;
  const std::string journal_;
  const RocksStore& store_;
  const Position upto_;
  const std::function<void(const absl::Status&)> on_damage_;
  std::jthread thread_;
};

}  // namespace mlup::log
