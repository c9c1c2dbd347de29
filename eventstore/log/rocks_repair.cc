#include "eventstore/log/rocks_repair.h"

#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "eventstore/base/status.h"
#include "eventstore/journal/reader.h"
#include "eventstore/log/keys.h"

namespace mlup::log {
namespace {

// Bytes of records gathered into one frame when the journal is written from the store.
constexpr std::size_t kFrameBytes = 256 << 10;

absl::StatusOr<std::vector<v1::Record>> ParseRecords(Position first,
                                                     const journal::StoredAppend& append) {
  std::vector<v1::Record> records;
  for (const std::string& bytes : append.records) {
    ASSIGN_OR_RETURN(records.emplace_back(), ParseRecord({first.value + records.size()}, bytes));
  }
  return records;
}

// The frames of a journal become the groups of a store. One thread.
class Replay {
 public:
  explicit Replay(RocksStore& store)
      : store_(store), head_(store.tail().head), appends_(store.tail().appends) {}

  absl::Status Take(const journal::Frame& frame) {
    if (frame.last() <= head_) return absl::OkStatus();
    rocksdb::WriteBatch batch;
    Position first = frame.first;
    std::uint64_t appends = appends_;
    // Parsed before by the reader, which would not have called.
    const auto stored = journal::ParsePayload(frame.payload);
    for (const journal::StoredAppend& append : *stored) {
      const Position next = {first.value + append.records.size()};
      if (first > head_) {
        ASSIGN_OR_RETURN(const auto records, ParseRecords(first, append));
        store_.Add(append, records, batch);
        ++appends;
      }
      first = next;
    }
    store_.EndGroup(std::max(frame.first, Next(head_)), appends, batch);
    RETURN_IF_ERROR(store_.Write(batch, RocksStore::Durability::kWritten));
    head_ = frame.last();
    appends_ = appends;
    return absl::OkStatus();
  }

 private:
  RocksStore& store_;
  Position head_;
  std::uint64_t appends_;
};

// Keys of requests by the first position of their appends, from a position on.
absl::StatusOr<std::map<std::uint64_t, std::string>> RequestKeys(const RocksStore& store,
                                                                 Position after) {
  std::map<std::uint64_t, std::string> keys;
  const auto index = store.RequestIndex();
  for (index->SeekToFirst(); index->Valid(); index->Next()) {
    const std::uint64_t first = FromBigEndian({index->value().data(), index->value().size()});
    if (first > after.value) keys.emplace(first, index->key().ToString());
  }
  RETURN_IF_ERROR(FromRocks(index->status()));
  return keys;
}

}  // namespace

absl::Status ReplayJournal(Files& files, const std::string& journal, RocksStore& store) {
  Replay replay(store);
  const auto scan = journal::ScanJournal(
      files, journal, [&](const journal::Frame& frame) { return replay.Take(frame); });
  RETURN_IF_ERROR(scan.status());
  return store.Sync();
}

absl::Status WriteJournal(const RocksStore& store, Position from, journal::Writer& writer) {
  ASSIGN_OR_RETURN(const auto keys, RequestKeys(store, from));
  Position first = Next(from);
  Position next = first;
  std::string payload;
  for (const auto& [position, key] : keys) {
    if (position != next.value) return RecordDamaged(next);
    journal::StoredAppend append{.request_key = key, .records = {}};
    ASSIGN_OR_RETURN(append.records.emplace_back(), store.ReadBytes(next));
    ASSIGN_OR_RETURN(const v1::Record record, ParseRecord(next, append.records.back()));
    for (std::uint32_t i = 1; i < record.append_event_count(); ++i) {
      ASSIGN_OR_RETURN(append.records.emplace_back(), store.ReadBytes({next.value + i}));
    }
    next = {next.value + append.records.size()};
    journal::AddToPayload(append, payload);
    if (payload.size() < kFrameBytes && position != keys.rbegin()->first) continue;
    RETURN_IF_ERROR(writer.Reserve(payload.size()));
    RETURN_IF_ERROR(
        writer.Append(first, static_cast<std::uint32_t>(next.value - first.value), payload));
    payload.clear();
    first = next;
  }
  return next == Next(store.tail().head) ? absl::OkStatus() : RecordDamaged(next);
}

absl::Status RebuildStore(Files& files, const std::string& path, const std::string& journal,
                          rocksdb::Env* env) {
  const std::string building = path + ".building";
  RETURN_IF_ERROR(files.RemoveTree(building));
  RETURN_IF_ERROR(files.MakeFolder(building));
  {
    ASSIGN_OR_RETURN(const std::unique_ptr<RocksStore> store, RocksStore::Open(building, env));
    RETURN_IF_ERROR(ReplayJournal(files, journal, *store));
  }
  RETURN_IF_ERROR(files.SyncFolder(building));
  RETURN_IF_ERROR(files.Rename(building, path + ".rebuilt"));
  RETURN_IF_ERROR(files.SyncFolder(FolderOf(path)));
  return FinishSwitch(files, path);
}

absl::Status FinishSwitch(Files& files, const std::string& path) {
  const std::string rebuilt = path + ".rebuilt";
  if (!files.Exists(rebuilt)) return absl::OkStatus();
  if (files.Exists(path)) {
    int number = 1;
    while (files.Exists(absl::StrCat(path, ".damaged-", number))) ++number;
    RETURN_IF_ERROR(files.Rename(path, absl::StrCat(path, ".damaged-", number)));
    RETURN_IF_ERROR(files.SyncFolder(FolderOf(path)));
  }
  RETURN_IF_ERROR(files.Rename(rebuilt, path));
  return files.SyncFolder(FolderOf(path));
}

}  // namespace mlup::log
