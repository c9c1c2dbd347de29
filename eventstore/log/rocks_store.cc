#include "eventstore/log/rocks_store.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include <rocksdb/cache.h>
#include <rocksdb/file_checksum.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>

#include "eventstore/base/check.h"
#include "eventstore/base/status.h"
#include "eventstore/log/append_rules.h"
#include "eventstore/log/keys.h"
#include "eventstore/log/rocks_info_log.h"
#include "eventstore/log/timestamp.h"

namespace mlup::log {
namespace {

constexpr std::uint64_t kFormatVersion = 2;

rocksdb::Slice ToSlice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view ToStd(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

absl::Status Damaged(std::string_view message) {
  return Error(absl::StatusCode::kDataLoss, "STORE_DAMAGED", message);
}

// Reading what is named by an index: an absent key is damage, not a miss.
absl::Status FromRead(const rocksdb::Status& status, Position position) {
  return status.IsNotFound() || status.IsCorruption() ? RecordDamaged(position) : FromRocks(status);
}

}  // namespace

// Every setting of the log's RocksDB. Safety first: checks on every layer, nothing mapped, nothing
// recycled.
rocksdb::Options StoreOptions(rocksdb::Env* env) {
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
  options.max_total_wal_size = 256 << 20;
  options.max_background_jobs = 2;
  options.max_open_files = 512;
  options.info_log = MakeRocksInfoLog();

  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(64 << 20);
  table.cache_index_and_filter_blocks = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.format_version = 5;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

std::vector<rocksdb::ColumnFamilyDescriptor> StoreFamilies(const rocksdb::Options& options) {
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (const char* name : {"default", "records", "streams", "requests"}) {
    descriptors.emplace_back(name, options);
  }
  return descriptors;
}

absl::Status CheckFormatMark(std::string_view mark) {
  std::uint64_t version = 0;
  if (!absl::SimpleAtoi(ToAbsl(mark), &version) || version == 0) {
    return Damaged("the format mark of the log is not a number");
  }
  if (version > kFormatVersion) {
    return Error(absl::StatusCode::kFailedPrecondition, "FORMAT_TOO_NEW",
                 absl::StrCat("the log was written in format ", version,
                              ", this program knows formats up to ", kFormatVersion,
                              ": use the mlupd that wrote it, or a later one"));
  }
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

absl::StatusOr<v1::Record> ParseRecord(Position position, const rocksdb::Slice& bytes) {
  v1::Record record;
  if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
      record.position() != position.value) {
    return RecordDamaged(position);
  }
  return record;
}

absl::StatusOr<std::unique_ptr<RocksStore>> RocksStore::Open(const std::string& path,
                                                             rocksdb::Env* env) {
  const rocksdb::Options options = StoreOptions(env);
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
    const auto records = Records();
    records->SeekToFirst();
    RETURN_IF_ERROR(FromRocks(records->status()));
    if (records->Valid()) return Damaged("the log holds events but no format mark");
    rocksdb::WriteBatch batch;
    RETURN_IF_ERROR(FromRocks(
        batch.Put(families_[kMarks], ToSlice(kFormatKey), std::to_string(kFormatVersion))));
    return Write(batch, Durability::kSynced);
  }
  RETURN_IF_ERROR(FromRocks(status));
  return CheckFormatMark(value);
}

// The last append must be whole and known to the index of streams.
absl::Status RocksStore::CheckTail() {
  const auto records = Records();
  records->SeekToLast();
  RETURN_IF_ERROR(FromRocks(records->status()));
  if (!records->Valid()) return absl::OkStatus();

  const Position head = {FromBigEndian(ToStd(records->key()))};
  ASSIGN_OR_RETURN(const v1::Record last, ParseRecord(head, records->value()));
  if (last.append_first_position() + last.append_event_count() != Next(head).value) {
    return Damaged(absl::StrCat("the log ends at position ", head.value, ", inside an append"));
  }
  for (std::uint64_t position = head.value; position >= last.append_first_position(); --position) {
    if (!records->Valid() || FromBigEndian(ToStd(records->key())) != position) {
      return Damaged(absl::StrCat("the log has no record at position ", position));
    }
    records->Prev();
  }
  RETURN_IF_ERROR(FromRocks(records->status()));
  ASSIGN_OR_RETURN(const Revision revision, StreamHead(last.stream(), head));
  if (revision.value != last.revision()) {
    return Damaged(absl::StrCat("the index of streams does not know position ", head.value));
  }
  tail_ = {.head = head, .recorded_at = FromTimestamp(last.recorded_at()), .appends = 0};
  return CountAppends();
}

// A store of format 1 has no mark that says it.
absl::Status RocksStore::CountAppends() {
  std::string mark;
  const rocksdb::Status status = db_->Get({}, families_[kMarks], ToSlice(kGroupKey), &mark);
  if (status.ok() && mark.size() == 16) {
    tail_.appends = FromBigEndian(std::string_view(mark).substr(8));
    return absl::OkStatus();
  }
  if (!status.IsNotFound()) return Damaged("the mark of the last group cannot be read");
  const auto requests = RequestIndex();
  for (requests->SeekToFirst(); requests->Valid(); requests->Next()) ++tail_.appends;
  return FromRocks(requests->status());
}

absl::StatusOr<Revision> RocksStore::StreamHead(std::string_view stream, Position upto) const {
  const std::string prefix = StreamPrefix(stream);
  const auto index = StreamIndex();
  for (index->SeekForPrev(StreamKey(stream, {UINT64_MAX})); index->Valid(); index->Prev()) {
    if (!index->key().starts_with(prefix)) break;
    if (FromBigEndian(ToStd(index->value())) > upto.value) continue;
    return Revision{FromBigEndian(ToStd(index->key()).substr(prefix.size()))};
  }
  RETURN_IF_ERROR(FromRocks(index->status()));
  return Revision{0};
}

absl::StatusOr<std::vector<v1::Record>> RocksStore::FindAppend(const v1::RequestKey& key,
                                                               Position upto) const {
  std::string value;
  const rocksdb::Status status = db_->Get({}, families_[kRequests], RequestIndexKey(key), &value);
  std::vector<v1::Record> records;
  if (status.IsNotFound()) return records;
  RETURN_IF_ERROR(FromRocks(status));
  const Position first = {FromBigEndian(value)};
  if (first > upto) return records;
  ASSIGN_OR_RETURN(records.emplace_back(), ReadRecord(first));
  for (std::uint32_t i = 1; i < records.front().append_event_count(); ++i) {
    ASSIGN_OR_RETURN(records.emplace_back(), ReadRecord({first.value + i}));
  }
  return records;
}

absl::StatusOr<v1::Record> RocksStore::ReadRecord(Position position) const {
  rocksdb::PinnableSlice value;
  const rocksdb::Status status = db_->Get({}, families_[kRecords], RecordKey(position), &value);
  RETURN_IF_ERROR(FromRead(status, position));
  return ParseRecord(position, value);
}

absl::StatusOr<std::string> RocksStore::ReadBytes(Position position) const {
  std::string value;
  const rocksdb::Status status = db_->Get({}, families_[kRecords], RecordKey(position), &value);
  RETURN_IF_ERROR(FromRead(status, position));
  return value;
}

std::unique_ptr<rocksdb::Iterator> RocksStore::RequestIndex() const {
  return std::unique_ptr<rocksdb::Iterator>(db_->NewIterator({}, families_[kRequests]));
}

std::unique_ptr<rocksdb::Iterator> RocksStore::StreamIndex() const {
  return std::unique_ptr<rocksdb::Iterator>(db_->NewIterator({}, families_[kStreams]));
}

std::unique_ptr<rocksdb::Iterator> RocksStore::Records() const {
  return std::unique_ptr<rocksdb::Iterator>(db_->NewIterator({}, families_[kRecords]));
}

void RocksStore::Put(Family family, std::string_view key, std::string_view value,
                     rocksdb::WriteBatch& batch) const {
  // Adding to a batch in memory cannot fail: it has no size limit.
  CHECK(batch.Put(families_[family], ToSlice(key), ToSlice(value)).ok());
}

void RocksStore::Add(const journal::StoredAppend& stored, const std::vector<v1::Record>& records,
                     rocksdb::WriteBatch& batch) const {
  CHECK(stored.records.size() == records.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    const std::string position = RecordKey({records[i].position()});
    Put(kRecords, position, stored.records[i], batch);
    Put(kStreams, StreamKey(records[i].stream(), {records[i].revision()}), position, batch);
  }
  Put(kRequests, stored.request_key, RecordKey({records.front().position()}), batch);
}

void RocksStore::EndGroup(Position first, std::uint64_t appends, rocksdb::WriteBatch& batch) const {
  Put(kMarks, kGroupKey, BigEndian(first.value) + BigEndian(appends), batch);
}

absl::Status RocksStore::Write(rocksdb::WriteBatch& batch, Durability durability) {
  rocksdb::WriteOptions options;
  options.sync = durability == Durability::kSynced;
  options.protection_bytes_per_key = 8;
  return FromRocks(db_->Write(options, &batch));
}

absl::Status RocksStore::Sync() {
  // An empty batch that is synced takes all before it along; DB::SyncWAL() has a bug in 7.8.
  rocksdb::WriteBatch nothing;
  return Write(nothing, Durability::kSynced);
}

absl::Status RocksStore::SetJournal(std::string_view id) {
  std::string known;
  const rocksdb::Status status = db_->Get({}, families_[kMarks], ToSlice(kJournalKey), &known);
  if (status.ok() && known == id) return absl::OkStatus();
  if (!status.IsNotFound()) RETURN_IF_ERROR(FromRocks(status));
  rocksdb::WriteBatch batch;
  Put(kMarks, kFormatKey, std::to_string(kFormatVersion), batch);
  Put(kMarks, kJournalKey, id, batch);
  return Write(batch, Durability::kSynced);
}

}  // namespace mlup::log
