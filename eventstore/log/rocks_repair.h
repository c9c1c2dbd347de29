// Copies of the log made from the other copy.
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/status.h"

#include "eventstore/base/files.h"
#include "eventstore/journal/writer.h"
#include "eventstore/log/rocks_store.h"

// One thread each; they borrow what they are given.
namespace mlup::log {

// Writes to the store every append of the journal that begins after the store's head, and syncs.
absl::Status ReplayJournal(Files& files, const std::string& journal, RocksStore& store);

// Writes to the journal the store's records after `from`, in frames of whole appends and about
// `frame_bytes`.
absl::Status WriteJournal(const RocksStore& store, Position from, std::size_t frame_bytes,
                          journal::Writer& writer);

// Makes `<store>.building` from the journal, and puts it in the place of the store: first under the
// name `<store>.rebuilt`, from where FinishSwitch() goes on.
absl::Status RebuildStore(Files& files, const std::string& path, const std::string& journal,
                          rocksdb::Env* env);

// Finishes a switch that was begun: `<store>` becomes `<store>.damaged-N`, `<store>.rebuilt`
// becomes `<store>`. Nothing to do when there is no `<store>.rebuilt`.
absl::Status FinishSwitch(Files& files, const std::string& path);

}  // namespace mlup::log
