#include "eventstore/log/rocks_probe.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include <rocksdb/metadata.h>
#include <rocksdb/table_properties.h>

#include "eventstore/base/status.h"
#include "eventstore/base/uuid.h"
#include "eventstore/journal/format.h"
#include "eventstore/log/keys.h"
#include "eventstore/log/record_view.h"
#include "eventstore/log/rocks_info_log.h"

namespace mlup::log {
namespace {

enum Family { kMarks, kBlocks, kStreams, kRequests, kIds };
constexpr std::string_view kFamilyNames[] = {"default", "blocks", "streams", "requests", "ids"};

absl::Status DamageFound(const std::string& words) {
  return Error(absl::StatusCode::kDataLoss, "STORE_DAMAGED", words);
}

// A folder in which RocksDB never wrote anything that counts.
bool IsAbsent(Files& files, const std::string& path) {
  const auto names = files.List(path);
  if (!names.ok()) return true;
  return std::none_of(names->begin(), names->end(), [](const std::string& name) {
    return name == "CURRENT" || name.starts_with("MANIFEST-") || name.ends_with(".sst") ||
           name.ends_with(".log");
  });
}

// What the format mark says of a store that cannot be opened with our families: another format may
// have others.
absl::Status CheckMarkAlone(const rocksdb::Options& options, const std::string& path) {
  rocksdb::DB* opened = nullptr;
  const rocksdb::Status status = rocksdb::DB::OpenForReadOnly(options, path, &opened);
  const std::unique_ptr<rocksdb::DB> db(opened);
  std::string mark;
  if (!status.ok() || !db->Get({}, std::string(kFormatKey), &mark).ok()) return absl::OkStatus();
  return CheckFormatMark(mark);
}

}  // namespace

absl::StatusOr<std::unique_ptr<RocksProbe>> RocksProbe::Open(Files& files, const std::string& path,
                                                             rocksdb::Env* env, Depth depth) {
  std::unique_ptr<RocksProbe> probe(new RocksProbe);
  if (IsAbsent(files, path)) return probe;
  if (const std::string stray = StrayFileIn(files, path); !stray.empty()) {
    return Error(absl::StatusCode::kFailedPrecondition, "STRAY_FILE",
                 absl::StrCat(path, "/", stray, " is no file of the log: move it away"));
  }
  const rocksdb::Options options = StoreOptions(env);
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status =
      rocksdb::DB::OpenForReadOnly(options, path, StoreFamilies(options), &probe->families_, &db);
  probe->db_.reset(db);
  probe->view_.condition = StoreView::Condition::kWhole;
  absl::Status found = status.ok() ? probe->Look(depth) : CheckMarkAlone(options, path);
  if (!status.ok() && found.ok()) found = DamageFound(status.ToString());
  if (journal::IsOtherFormat(found)) return found;
  if (!found.ok()) {
    probe->view_.condition = StoreView::Condition::kDamaged;
    probe->view_.why = std::string(found.message());
  }
  return probe;
}

RocksProbe::~RocksProbe() {
  for (rocksdb::ColumnFamilyHandle* family : families_) {
    db_->DestroyColumnFamilyHandle(family).PermitUncheckedError();
  }
}

std::string RocksProbe::HashAt(Position position) const {
  if (db_ == nullptr) return {};
  const auto blocks = Walk(kBlocks);
  blocks->Seek(PositionKey(position));
  if (!blocks->Valid()) return {};
  const auto block = LoadBlock(*blocks, position);
  if (!block.ok() || !(*block)->Has(position)) return {};
  return journal::HashOf((*block)->record(position));
}

absl::Status RocksProbe::ReadRecords(
    const std::function<absl::Status(std::string_view bytes)>& visit) const {
  if (db_ == nullptr) return absl::OkStatus();
  const auto blocks = Walk(kBlocks);
  Position expected = {1};
  for (blocks->SeekToFirst(); blocks->Valid(); blocks->Next()) {
    ASSIGN_OR_RETURN(const auto block, LoadBlock(*blocks, expected));
    for (; expected <= block->last(); expected = Next(expected)) {
      if (!block->Has(expected)) return RecordDamaged(expected);
      RETURN_IF_ERROR(visit(block->record(expected)));
    }
  }
  return FromRocks(blocks->status());
}

std::unique_ptr<rocksdb::Iterator> RocksProbe::Walk(int family) const {
  rocksdb::ReadOptions options;
  options.total_order_seek = true;
  return std::unique_ptr<rocksdb::Iterator>(
      db_->NewIterator(options, families_[static_cast<std::size_t>(family)]));
}

absl::Status RocksProbe::Look(Depth depth) {
  RETURN_IF_ERROR(ReadMarks());
  RETURN_IF_ERROR(CheckRecords());
  RETURN_IF_ERROR(CheckCounts());
  if (depth == Depth::kWhole) RETURN_IF_ERROR(CheckEverything());
  if (view_.head.value == 0) return absl::OkStatus();
  view_.head_hash = HashAt(view_.head);
  return view_.head_hash.empty() ? RecordDamaged(view_.head) : absl::OkStatus();
}

absl::Status RocksProbe::ReadMarks() {
  std::string mark;
  rocksdb::Status status = db_->Get({}, families_[kMarks], std::string(kFormatKey), &mark);
  if (status.ok()) RETURN_IF_ERROR(CheckFormatMark(mark));
  if (!status.ok() && !status.IsNotFound()) return FromRocks(status);
  mark_ = mark;
  status = db_->Get({}, families_[kMarks], std::string(kJournalKey), &view_.journal_id);
  if (!status.ok() && !status.IsNotFound()) return FromRocks(status);
  std::string group;
  status = db_->Get({}, families_[kMarks], std::string(kGroupKey), &group);
  if (status.IsNotFound()) return absl::OkStatus();
  RETURN_IF_ERROR(FromRocks(status));
  group_ = ParseGroupMark(group);
  if (!group_.has_value()) return DamageFound("the mark of the last group is damaged");
  view_.group_first = group_->first;
  return absl::OkStatus();
}

// Blocks are written once and in order, so the table files lie end to end. Their entries are
// counted; what is not yet in one is walked through, and tells the head.
absl::Status RocksProbe::CheckRecords() {
  std::vector<rocksdb::LiveFileMetaData> tables;
  db_->GetLiveFilesMetaData(&tables);
  Position& head = view_.head;
  for (const auto& table : tables) {
    if (table.column_family_name != kFamilyNames[kBlocks]) continue;
    head = std::max(head, Position{NumberOf(table.largestkey)});
  }
  const auto rest = Walk(kBlocks);
  for (rest->Seek(PositionKey(Next(head))); rest->Valid(); rest->Next()) {
    ASSIGN_OR_RETURN(const auto block, LoadBlock(*rest, Next(head)));
    if (block->first() != Next(head)) {
      return DamageFound(absl::StrCat("positions are missing between ", head.value, " and ",
                                      block->first().value));
    }
    head = block->last();
  }
  RETURN_IF_ERROR(FromRocks(rest->status()));
  if (head.value == 0) return absl::OkStatus();
  if (mark_.empty()) return DamageFound("the log holds events but no format mark");
  if (!group_.has_value()) return DamageFound("the log holds events but no mark of a group");
  return absl::OkStatus();
}

// All are written once. The counts are read from the tables themselves: RocksDB's list of live
// files tells those of the first twenty only, and 0 of the others.
absl::Status RocksProbe::CheckCounts() {
  const RocksStore::Counts wanted = group_.has_value() ? group_->counts : RocksStore::Counts();
  for (const auto& [family, count] :
       {std::pair(kBlocks, wanted.blocks), std::pair(kStreams, wanted.runs),
        std::pair(kRequests, wanted.appends), std::pair(kIds, wanted.ids)}) {
    std::uint64_t entries = 0;
    for (const char* property :
         {"rocksdb.num-entries-active-mem-table", "rocksdb.num-entries-imm-mem-tables"}) {
      std::uint64_t in_memory = 0;
      if (!db_->GetIntProperty(families_[family], property, &in_memory)) {
        return DamageFound("RocksDB does not tell how many entries it has");
      }
      entries += in_memory;
    }
    rocksdb::TablePropertiesCollection tables;
    RETURN_IF_ERROR(FromRocks(db_->GetPropertiesOfAllTables(families_[family], &tables)));
    for (const auto& [name, table] : tables) {
      if (table->num_deletions != 0) return DamageFound("entries were deleted");
      entries += table->num_entries;
    }
    if (entries == count) continue;
    return DamageFound(absl::StrCat("the family ", ToAbsl(kFamilyNames[family]), " has ", entries,
                                    " entries, not ", count));
  }
  return absl::OkStatus();
}

// The events and the indexes are walked through apart, and must come to the same sums.
absl::Status RocksProbe::CheckEverything() {
  RETURN_IF_ERROR(FromRocks(db_->VerifyChecksum()));
  std::size_t streams = 0;
  std::size_t requests = 0;
  Position expected = {1};
  const auto blocks = Walk(kBlocks);
  for (blocks->SeekToFirst(); blocks->Valid(); blocks->Next()) {
    ASSIGN_OR_RETURN(const auto block, LoadBlock(*blocks, expected));
    if (block->first() != expected) return RecordDamaged(expected);
    auto key = block->block().keys.begin();
    for (; expected <= block->last(); expected = Next(expected)) {
      ASSIGN_OR_RETURN(const v1::Record record, ParseRecord(expected, block->record(expected)));
      streams += absl::HashOf(record.stream(), record.revision(), expected.value);
      if (record.append_first_position() != expected.value) continue;
      if (key == block->block().keys.end()) return RecordDamaged(expected);
      requests += absl::HashOf(RequestIndexKey(*key++), expected.value);
    }
    if (key != block->block().keys.end()) return RecordDamaged(block->last());
  }
  RETURN_IF_ERROR(FromRocks(blocks->status()));

  const auto runs = Walk(kStreams);
  for (runs->SeekToFirst(); runs->Valid(); runs->Next()) {
    const std::string key = runs->key().ToString();
    const std::size_t end = key.find('\0');
    const auto positions = ParseRun({runs->value().data(), runs->value().size()});
    if (end == std::string::npos || !positions.has_value()) {
      return DamageFound("the index of streams is damaged");
    }
    std::uint64_t revision = NumberOf(std::string_view(key).substr(end + 1));
    for (const Position position : *positions) {
      streams -= absl::HashOf(key.substr(0, end), revision++, position.value);
    }
  }
  RETURN_IF_ERROR(FromRocks(runs->status()));
  if (streams != 0) return DamageFound("the index of streams does not fit the events");

  const auto keys = Walk(kRequests);
  for (keys->SeekToFirst(); keys->Valid(); keys->Next()) {
    const std::uint64_t first = NumberOf({keys->value().data(), keys->value().size()});
    requests -= absl::HashOf(keys->key().ToString(), first);
  }
  RETURN_IF_ERROR(FromRocks(keys->status()));
  if (requests != 0) return DamageFound("the index of requests does not fit the events");
  return CheckIds();
}

// Each event's id leads to it, and there are as many ids as events: CheckCounts() counted them.
absl::Status RocksProbe::CheckIds() {
  std::uint64_t events = 0;
  const auto blocks = Walk(kBlocks);
  for (blocks->SeekToFirst(); blocks->Valid(); blocks->Next()) {
    ASSIGN_OR_RETURN(const auto block, LoadBlock(*blocks, {1}));
    for (Position at = block->first(); at <= block->last(); at = Next(at), ++events) {
      const auto record = ViewRecord(block->record(at));
      if (!record.has_value()) return RecordDamaged(at);
      rocksdb::PinnableSlice value;
      const rocksdb::Status status =
          db_->Get({}, families_[kIds], UuidBytes(UuidNumber(record->event_id)), &value);
      if (!status.IsNotFound()) RETURN_IF_ERROR(FromRocks(status));
      if (!status.ok() || NumberOf({value.data(), value.size()}) != at.value) {
        return DamageFound("the index of ids does not fit the events");
      }
    }
  }
  RETURN_IF_ERROR(FromRocks(blocks->status()));
  if (events == (group_.has_value() ? group_->counts.ids : 0)) return absl::OkStatus();
  return DamageFound("the index of ids does not fit the events");
}

}  // namespace mlup::log
