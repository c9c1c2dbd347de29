#include "eventstore/log/rocks_repair.h"

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "eventstore/base/status.h"
#include "eventstore/journal/reader.h"
#include "eventstore/log/indexed_groups.h"
#include "eventstore/log/stored_block.h"

namespace mlup::log {
namespace {

// Bytes of records gathered into one batch or frame.
constexpr std::size_t kPieceBytes = 1 << 20;

// The frames of a journal become the groups of a store. One thread.
class Replay {
 public:
  explicit Replay(RocksStore& store)
      : store_(store), head_(store.tail().head), counts_(store.tail().counts) {}

  absl::Status Take(const journal::Frame& frame, const journal::Block& block) {
    if (frame.last() <= head_) return absl::OkStatus();
    auto group = LoadedBlock::Load(frame.first, std::string(block.bytes));
    if (group != nullptr && group->first() <= head_) group = After(*group, head_);
    if (group == nullptr || !groups_.Add(std::move(group))) return RecordDamaged(frame.first);
    head_ = frame.last();
    return groups_.bytes() >= kPieceBytes ? Write() : absl::OkStatus();
  }

  absl::Status Write() {
    if (groups_.empty()) return absl::OkStatus();
    rocksdb::WriteBatch batch;
    store_.Add(groups_, counts_, batch);
    groups_ = IndexedGroups();
    return store_.Write(batch);
  }

 private:
  // The appends of a group that begin after `head`; null when it is made of others.
  static IndexedGroups::Group After(const LoadedBlock& group, Position head) {
    journal::BlockBuilder rest;
    const std::vector<std::string_view> keys = group.KeysByRecord();
    for (Position at = Next(head); at <= group.last(); at = Next(at)) {
      const std::string_view key = keys[at.value - group.first().value];
      if (rest.count() == 0 && key.empty()) return nullptr;
      if (!key.empty()) rest.AddKey(key);
      rest.AddRecord(group.record(at));
    }
    return LoadedBlock::Load(Next(head), rest.Finish());
  }

  RocksStore& store_;
  Position head_;
  RocksStore::Counts counts_;
  IndexedGroups groups_;
};

absl::Status WriteFrame(Position first, journal::BlockBuilder& frame, journal::Writer& writer) {
  const std::uint32_t count = frame.count();
  const std::string block = frame.Finish();
  RETURN_IF_ERROR(writer.Reserve(block.size()));
  return writer.Append(first, count, block);
}

}  // namespace

absl::Status ReplayJournal(Files& files, const std::string& journal, RocksStore& store) {
  Replay replay(store);
  RETURN_IF_ERROR(
      journal::ScanJournal(files, journal,
                           [&](const journal::Frame& frame, const journal::Block& block) {
                             return replay.Take(frame, block);
                           })
          .status());
  return replay.Write();
}

absl::Status WriteJournal(const RocksStore& store, Position from, std::size_t frame_bytes,
                          journal::Writer& writer) {
  const Position head = store.tail().head;
  BlockCursor cursor(store, BlockCursor::Use::kScan);
  journal::BlockBuilder frame;
  Position first = Next(from);
  std::shared_ptr<const LoadedBlock> block;
  std::vector<std::string_view> keys;
  for (Position at = first; at <= head; at = Next(at)) {
    if (block == nullptr || !block->Has(at)) {
      ASSIGN_OR_RETURN(block, cursor.BlockAt(at));
      if (block == nullptr) return RecordDamaged(at);
      keys = block->KeysByRecord();
    }
    if (const std::string_view key = keys[at.value - block->first().value]; !key.empty()) {
      // An append is never divided between frames.
      if (frame.bytes() >= frame_bytes) {
        RETURN_IF_ERROR(WriteFrame(first, frame, writer));
        first = at;
      }
      frame.AddKey(key);
    }
    frame.AddRecord(block->record(at));
  }
  return frame.count() == 0 ? absl::OkStatus() : WriteFrame(first, frame, writer);
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
  ASSIGN_OR_RETURN(const bool is_rebuilt, files.Exists(rebuilt));
  if (!is_rebuilt) return absl::OkStatus();
  ASSIGN_OR_RETURN(const bool has_old, files.Exists(path));
  if (has_old) {
    std::string kept;
    bool taken = true;
    for (int number = 1; taken; ++number) {
      kept = absl::StrCat(path, ".damaged-", number);
      ASSIGN_OR_RETURN(taken, files.Exists(kept));
    }
    RETURN_IF_ERROR(files.Rename(path, kept));
    RETURN_IF_ERROR(files.SyncFolder(FolderOf(path)));
  }
  RETURN_IF_ERROR(files.Rename(rebuilt, path));
  return files.SyncFolder(FolderOf(path));
}

}  // namespace mlup::log
