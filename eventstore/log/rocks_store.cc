#include "eventstore/log/rocks_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include <rocksdb/cache.h>
#include <rocksdb/file_checksum.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>

#include "eventstore/base/check.h"
#include "eventstore/base/status.h"
#include "eventstore/base/uuid.h"
#include "eventstore/base/wire.h"
#include "eventstore/journal/format.h"
#include "eventstore/log/keys.h"
#include "eventstore/log/rocks_info_log.h"
#include "eventstore/log/timestamp.h"

namespace mlup::log {
namespace {

constexpr std::uint64_t kFormatVersion = 4;
// Bytes of records in a block: few enough that one record is cheap to find, enough to compress.
constexpr std::size_t kStoredBlockBytes = 8 << 10;
constexpr std::size_t kNumberBytes = 8;
// In memtables, of which an almost empty one takes one or two MiB: less is read at a start sooner
// than tables of its own are.
constexpr std::uint64_t kSettledBytes = 16 << 20;

rocksdb::Slice ToSlice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view Text(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

// The stream of a run's key, by which tables and memtables tell that they have none of its runs.
class StreamOfKey final : public rocksdb::SliceTransform {
 public:
  const char* Name() const override { return "mlup.stream"; }
  rocksdb::Slice Transform(const rocksdb::Slice& key) const override {
    return {key.data(), Text(key).find('\0') + 1};
  }
  bool InDomain(const rocksdb::Slice& key) const override {
    return Text(key).find('\0') != std::string_view::npos;
  }
};

absl::Status Damaged(std::string_view message) {
  return Error(absl::StatusCode::kDataLoss, "STORE_DAMAGED", message);
}

}  // namespace

// Every setting of the log's RocksDB. Safety first: checks on every layer, nothing mapped, nothing
// recycled.
rocksdb::Options StoreOptions(rocksdb::Env* env, std::size_t cache_bytes) {
  rocksdb::Options options;
  options.env = env;
  options.create_if_missing = true;
  options.create_missing_column_families = true;

  // Drops what follows damage in the write-ahead log without a word: safe only behind the probe,
  // which compares what is left with the journal.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  options.manual_wal_flush = false;
  options.recycle_log_file_num = 0;
  options.allow_mmap_reads = false;
  options.allow_mmap_writes = false;
  options.paranoid_checks = true;
  options.paranoid_file_checks = true;
  options.memtable_protection_bytes_per_key = 8;
  options.file_checksum_gen_factory = rocksdb::GetFileChecksumGenCrc32cFactory();
  options.verify_sst_unique_id_in_manifest = true;
  // Keys and values never go into RocksDB's own log or error texts.
  options.allow_data_in_errors = false;

  options.compression = rocksdb::kLZ4Compression;
  options.write_buffer_size = 32 << 20;
  options.max_total_wal_size = 64 << 20;  // a start reads it twice
  options.max_background_jobs = 2;
  options.max_open_files = 512;
  options.info_log = MakeRocksInfoLog();
  // What is written together is sorted: the place of each key is looked for from that of the last.
  options.memtable_insert_with_hint_prefix_extractor.reset(rocksdb::NewCappedPrefixTransform(0));

  rocksdb::BlockBasedTableOptions table;
  // Few shards, and indexes and filters in pieces: whatever is larger than a shard is never kept,
  // and is read again for each look-up.
  constexpr int kCacheShardBits = 3;
  table.block_cache = rocksdb::NewLRUCache(cache_bytes, kCacheShardBits);
  table.cache_index_and_filter_blocks = true;
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.format_version = 5;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

std::vector<rocksdb::ColumnFamilyDescriptor> StoreFamilies(const rocksdb::Options& options) {
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (const char* name : {"default", "blocks", "streams", "requests", "ids"}) {
    descriptors.emplace_back(name, options);
  }
  CHECK(descriptors.size() == RocksStore::kFamilies);
  // They are compressed already.
  descriptors[RocksStore::kBlocks].options.compression = rocksdb::kNoCompression;
  // Runs are looked for by stream, and many a stream is new or stands in few of the tables.
  rocksdb::ColumnFamilyOptions& streams = descriptors[RocksStore::kStreams].options;
  streams.prefix_extractor = std::make_shared<StreamOfKey>();
  streams.memtable_prefix_bloom_size_ratio = 0.02;
  // Hardly any request is a repetition, and hardly any event has the id of another, and each is
  // looked for: 10 bits say so.
  for (const RocksStore::Family looked_for : {RocksStore::kRequests, RocksStore::kIds}) {
    rocksdb::ColumnFamilyOptions& entries = descriptors[looked_for].options;
    entries.memtable_whole_key_filtering = true;
    entries.memtable_prefix_bloom_size_ratio = 0.02;
  }
  return descriptors;
}

absl::Status CheckFormatMark(std::string_view mark) {
  std::uint64_t version = 0;
  if (!absl::SimpleAtoi(ToAbsl(mark), &version) || version == 0) {
    return Damaged("the format mark of the log is not a number");
  }
  if (version != kFormatVersion) return journal::OtherFormat("the log", version, kFormatVersion);
  return absl::OkStatus();
}

absl::Status RecordDamaged(Position position) {
  return Error(absl::StatusCode::kDataLoss, "RECORD_DAMAGED",
               absl::StrCat("the record at position ", position.value, " is damaged or missing"));
}

absl::Status FromRocks(const rocksdb::Status& status) {
  if (status.ok()) return absl::OkStatus();
  if (status.IsCorruption()) return Damaged(status.ToString());
  if (status.IsNoSpace()) {
    return Error(absl::StatusCode::kResourceExhausted, "DISK_FULL", "the disk of the log is full");
  }
  return Error(absl::StatusCode::kUnavailable, "STORE_FAILED", status.ToString());
}

absl::StatusOr<v1::Record> ParseRecord(Position position, std::string_view bytes) {
  v1::Record record;
  if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
      record.position() != position.value) {
    return RecordDamaged(position);
  }
  return record;
}

std::optional<GroupMark> ParseGroupMark(std::string_view bytes) {
  if (bytes.size() != 5 * kNumberBytes) return std::nullopt;
  const auto number = [&](std::size_t index) {
    return NumberOf(bytes.substr(index * kNumberBytes, kNumberBytes));
  };
  return GroupMark{{number(0)}, {number(1), number(2), number(3), number(4)}};
}

std::optional<std::vector<Position>> ParseRun(std::string_view bytes) {
  std::vector<Position> positions;
  wire::Reader reader(bytes);
  Position last = {0};
  while (!reader.AtEnd()) {
    last.value += reader.Varint();
    positions.push_back(last);
  }
  if (reader.failed() || positions.empty()) return std::nullopt;
  return positions;
}

absl::StatusOr<std::shared_ptr<const LoadedBlock>> LoadBlock(const rocksdb::Iterator& block,
                                                             Position wanted) {
  const Position last = {NumberOf(Text(block.key()))};
  std::shared_ptr<const LoadedBlock> loaded = LoadStored(last, Text(block.value()));
  if (loaded == nullptr) return RecordDamaged(wanted);
  return loaded;
}

absl::StatusOr<std::unique_ptr<RocksStore>> RocksStore::Open(const std::string& path,
                                                             rocksdb::Env* env,
                                                             std::size_t cache_bytes) {
  const rocksdb::Options options = StoreOptions(env, cache_bytes);
  std::unique_ptr<RocksStore> store(new RocksStore);
  rocksdb::DB* db = nullptr;
  RETURN_IF_ERROR(
      FromRocks(rocksdb::DB::Open(options, path, StoreFamilies(options), &store->families_, &db)));
  store->db_.reset(db);
  CHECK(store->families_.size() == kFamilies);
  RETURN_IF_ERROR(store->CheckFormat());
  RETURN_IF_ERROR(store->CheckTail());
  return store;
}

RocksStore::~RocksStore() {
  for (rocksdb::ColumnFamilyHandle* family : families_) {
    db_->DestroyColumnFamilyHandle(family).PermitUncheckedError();
  }
}

absl::Status RocksStore::CheckFormat() {
  std::string value;
  const rocksdb::Status status = db_->Get({}, families_[kMarks], ToSlice(kFormatKey), &value);
  if (status.IsNotFound()) {
    const auto blocks = Blocks();
    blocks->SeekToFirst();
    RETURN_IF_ERROR(FromRocks(blocks->status()));
    if (blocks->Valid()) return Damaged("the log holds events but no format mark");
    rocksdb::WriteBatch batch;
    RETURN_IF_ERROR(FromRocks(
        batch.Put(families_[kMarks], ToSlice(kFormatKey), std::to_string(kFormatVersion))));
    return Write(batch);
  }
  RETURN_IF_ERROR(FromRocks(status));
  return CheckFormatMark(value);
}

// The last append must be whole and known to the indexes.
absl::Status RocksStore::CheckTail() {
  const auto blocks = Blocks();
  blocks->SeekToLast();
  RETURN_IF_ERROR(FromRocks(blocks->status()));
  if (!blocks->Valid()) return absl::OkStatus();

  ASSIGN_OR_RETURN(const auto block, LoadBlock(*blocks, {NumberOf(Text(blocks->key()))}));
  const Position head = block->last();
  ASSIGN_OR_RETURN(const v1::Record last, ParseRecord(head, block->record(head)));
  if (last.append_first_position() + last.append_event_count() != Next(head).value) {
    return Damaged(absl::StrCat("the log ends at position ", head.value, ", inside an append"));
  }
  ASSIGN_OR_RETURN(const Revision revision, StreamHead(last.stream(), head));
  if (revision.value != last.revision()) {
    return Damaged(absl::StrCat("the index of streams does not know position ", head.value));
  }
  std::string mark;
  RETURN_IF_ERROR(FromRocks(db_->Get({}, families_[kMarks], ToSlice(kGroupKey), &mark)));
  const std::optional<GroupMark> group = ParseGroupMark(mark);
  if (!group.has_value()) return Damaged("the mark of the last group is damaged");
  tail_ = {.head = head, .recorded_at = FromTimestamp(last.recorded_at()), .counts = group->counts};
  return absl::OkStatus();
}

std::unique_ptr<rocksdb::Iterator> RocksStore::Runs() const {
  rocksdb::ReadOptions options;
  options.prefix_same_as_start = true;
  return std::unique_ptr<rocksdb::Iterator>(db_->NewIterator(options, families_[kStreams]));
}

absl::StatusOr<Revision> RocksStore::StreamHead(std::string_view stream, Position upto) const {
  const std::string prefix = StreamPrefix(stream);
  const std::unique_ptr<rocksdb::Iterator> runs = Runs();
  for (runs->SeekForPrev(RunKey(stream, {UINT64_MAX})); runs->Valid(); runs->Prev()) {
    if (!runs->key().starts_with(prefix)) break;
    auto positions = ParseRun(Text(runs->value()));
    if (!positions.has_value()) return Damaged("an entry of the index of streams is damaged");
    while (!positions->empty() && positions->back() > upto) positions->pop_back();
    if (positions->empty()) continue;
    return Revision{NumberOf(Text(runs->key()).substr(prefix.size())) + positions->size() - 1};
  }
  RETURN_IF_ERROR(FromRocks(runs->status()));
  return Revision{0};
}

absl::StatusOr<std::vector<Position>> RocksStore::StreamPositions(std::string_view stream,
                                                                  Revision first,
                                                                  Revision last) const {
  std::vector<Position> found;
  const std::string prefix = StreamPrefix(stream);
  const std::unique_ptr<rocksdb::Iterator> runs = Runs();
  Revision next = first;
  for (runs->SeekForPrev(RunKey(stream, first)); runs->Valid() && next <= last; runs->Next()) {
    if (!runs->key().starts_with(prefix)) break;
    const Revision begin = {NumberOf(Text(runs->key()).substr(prefix.size()))};
    const auto positions = ParseRun(Text(runs->value()));
    const bool has_next =
        positions.has_value() && begin <= next && next.value < begin.value + positions->size();
    // A run that ends before the first one wanted, where the stream ends.
    if (positions.has_value() && next == first && begin < next && !has_next) continue;
    if (!has_next) return Damaged("an entry of the index of streams is missing");
    for (std::size_t i = next.value - begin.value; i < positions->size() && next <= last; ++i) {
      found.push_back((*positions)[i]);
      next = Next(next);
    }
  }
  RETURN_IF_ERROR(FromRocks(runs->status()));
  return found;
}

absl::StatusOr<Position> RocksStore::FindRequest(std::string_view index_key) const {
  rocksdb::PinnableSlice value;
  const rocksdb::Status status = db_->Get({}, families_[kRequests], ToSlice(index_key), &value);
  if (status.IsNotFound()) return Position{0};
  RETURN_IF_ERROR(FromRocks(status));
  return Position{NumberOf(Text(value))};
}

absl::StatusOr<std::vector<absl::uint128>> RocksStore::TakenIds(
    const std::vector<absl::uint128>& ids) const {
  std::vector<std::string> bytes;
  bytes.reserve(ids.size());
  std::vector<rocksdb::Slice> keys;
  keys.reserve(ids.size());
  for (const absl::uint128 id : ids) keys.push_back(ToSlice(bytes.emplace_back(UuidBytes(id))));
  std::vector<rocksdb::PinnableSlice> values(keys.size());
  std::vector<rocksdb::Status> statuses(keys.size());
  constexpr bool kInOrder = true;
  db_->MultiGet({}, families_[kIds], keys.size(), keys.data(), values.data(), statuses.data(),
                kInOrder);
  std::vector<absl::uint128> taken;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (statuses[i].IsNotFound()) continue;
    RETURN_IF_ERROR(FromRocks(statuses[i]));
    taken.push_back(ids[i]);
  }
  return taken;
}

std::unique_ptr<rocksdb::Iterator> RocksStore::Blocks(const rocksdb::ReadOptions& options) const {
  return std::unique_ptr<rocksdb::Iterator>(db_->NewIterator(options, families_[kBlocks]));
}

void RocksStore::Put(Family family, std::string_view key, std::string_view value,
                     rocksdb::WriteBatch& batch) const {
  // Adding to a batch in memory cannot fail: it has no size limit.
  CHECK(batch.Put(families_[family], ToSlice(key), ToSlice(value)).ok());
}

void RocksStore::Add(const IndexedGroups& groups, Counts& counts,
                     rocksdb::WriteBatch& batch) const {
  CHECK(!groups.empty());
  counts.blocks += AddBlocks(groups, batch);
  AddRuns(groups, batch);
  AddRequests(groups, batch);
  AddIds(groups, batch);
  counts.appends += groups.appends();
  counts.runs += groups.runs().size();
  counts.ids += groups.events().size();
  Put(kMarks, kGroupKey,
      BigEndian(groups.groups().back()->first().value) + BigEndian(counts.appends) +
          BigEndian(counts.runs) + BigEndian(counts.blocks) + BigEndian(counts.ids),
      batch);
}

std::uint64_t RocksStore::AddBlocks(const IndexedGroups& groups, rocksdb::WriteBatch& batch) const {
  std::uint64_t blocks = 0;
  journal::BlockBuilder builder;
  Position last = {groups.groups().front()->first().value - 1};
  const auto put = [&] {
    const std::uint32_t count = builder.count();
    last.value += count;
    Put(kBlocks, PositionKey(last), StoredValue(count, builder.Finish()), batch);
    ++blocks;
  };
  for (const IndexedGroups::Group& group : groups.groups()) {
    const journal::Block& block = group->block();
    const std::vector<std::string_view> keys = group->KeysByRecord();
    for (std::size_t i = 0; i < block.records.size(); ++i) {
      if (!keys[i].empty()) builder.AddKey(keys[i]);
      builder.AddRecord(block.records[i]);
      if (builder.bytes() >= kStoredBlockBytes) put();
    }
  }
  if (builder.count() > 0) put();
  return blocks;
}

void RocksStore::AddRuns(const IndexedGroups& groups, rocksdb::WriteBatch& batch) const {
  std::vector<std::string_view> streams;
  streams.reserve(groups.runs().size());
  for (const auto& [stream, run] : groups.runs()) streams.push_back(ToStd(stream));
  std::sort(streams.begin(), streams.end());
  std::string positions;
  for (const std::string_view stream : streams) {
    const IndexedGroups::Run& run = *groups.FindRun(stream);
    positions.clear();
    Position last = {0};
    for (const Position position : run.positions) {
      wire::AddVarint(position.value - last.value, positions);
      last = position;
    }
    Put(kStreams, RunKey(stream, run.first), positions, batch);
  }
}

void RocksStore::AddRequests(const IndexedGroups& groups, rocksdb::WriteBatch& batch) const {
  std::vector<std::pair<std::string_view, Position>> requests(groups.requests().begin(),
                                                              groups.requests().end());
  std::sort(requests.begin(), requests.end());
  for (const auto& [key, position] : requests) {
    Put(kRequests, key, PositionKey(position), batch);
  }
}

void RocksStore::AddIds(const IndexedGroups& groups, rocksdb::WriteBatch& batch) const {
  std::vector<std::pair<absl::uint128, Position>> ids(groups.events().begin(),
                                                      groups.events().end());
  std::sort(ids.begin(), ids.end());
  for (const auto& [id, position] : ids) Put(kIds, UuidBytes(id), PositionKey(position), batch);
}

absl::Status RocksStore::Write(rocksdb::WriteBatch& batch) {
  rocksdb::WriteOptions options;
  options.sync = true;
  options.protection_bytes_per_key = 8;
  // RocksDB stays stopped after a full disk until it is told. If it cannot go on, the write says
  // so.
  if (was_full_) db_->Resume().PermitUncheckedError();
  const rocksdb::Status status = db_->Write(options, &batch);
  was_full_ = status.IsNoSpace();
  return FromRocks(status);
}

absl::Status RocksStore::SetJournal(std::string_view id) {
  std::string known;
  const rocksdb::Status status = db_->Get({}, families_[kMarks], ToSlice(kJournalKey), &known);
  if (status.ok() && known == id) return absl::OkStatus();
  if (!status.IsNotFound()) RETURN_IF_ERROR(FromRocks(status));
  rocksdb::WriteBatch batch;
  Put(kMarks, kJournalKey, id, batch);
  return Write(batch);
}

absl::Status RocksStore::Settle() {
  std::uint64_t bytes = 0;
  const bool told =
      db_->GetAggregatedIntProperty(rocksdb::DB::Properties::kSizeAllMemTables, &bytes);
  if (told && bytes < kSettledBytes) return absl::OkStatus();
  return FromRocks(db_->Flush(rocksdb::FlushOptions(), families_));
}

BlockCursor::BlockCursor(const RocksStore& store, Use use) {
  rocksdb::ReadOptions options;
  options.fill_cache = use == Use::kLookUp;
  blocks_ = store.Blocks(options);
}

absl::StatusOr<std::shared_ptr<const LoadedBlock>> BlockCursor::BlockAt(Position position) {
  if (next_ == position && blocks_->Valid()) {
    blocks_->Next();
  } else {
    blocks_->Seek(PositionKey(position));
  }
  next_ = {0};
  if (!blocks_->Valid()) {
    RETURN_IF_ERROR(FromRocks(blocks_->status()));
    return nullptr;
  }
  ASSIGN_OR_RETURN(auto block, LoadBlock(*blocks_, position));
  next_ = Next(block->last());
  if (!block->Has(position)) return nullptr;
  return block;
}

}  // namespace mlup::log
