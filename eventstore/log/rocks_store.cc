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

constexpr std::uint64_t kFormatVersion = 1;

rocksdb::Slice ToSlice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view ToStd(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

// Every setting of the log's RocksDB. Safety first: checks on every layer, nothing mapped, nothing
// recycled.
rocksdb::Options StoreOptions(rocksdb::Env* env) {
  rocksdb::Options options;
  options.env = env;
  options.create_if_missing = true;
  options.create_missing_column_families = true;

  // Damage in the write-ahead log is refused at open, except an unfinished last record. The default
  // mode would drop acknowledged events without a word.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
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

absl::Status Damaged(std::string_view message) {
  return Error(absl::StatusCode::kDataLoss, "STORE_DAMAGED", message);
}

// Reading what is named by an index: an absent key is damage, not a miss.
absl::Status FromRead(const rocksdb::Status& status, Position position) {
  return status.IsNotFound() || status.IsCorruption() ? RecordDamaged(position) : FromRocks(status);
}

}  // namespace

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
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (const char* name : {"default", "records", "streams", "requests"}) {
    descriptors.emplace_back(name, options);
  }
  std::unique_ptr<RocksStore> store(new RocksStore);
  rocksdb::DB* db = nullptr;
  RETURN_IF_ERROR(FromRocks(rocksdb::DB::Open(options, path, descriptors, &store->families_, &db)));
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
    return Write(batch);
  }
  RETURN_IF_ERROR(FromRocks(status));
  std::uint64_t version = 0;
  if (!absl::SimpleAtoi(value, &version) || version == 0) {
    return Damaged("the format mark of the log is not a number");
  }
  if (version > kFormatVersion) {
    return Error(absl::StatusCode::kFailedPrecondition, "FORMAT_TOO_NEW",
                 absl::StrCat("the log was written in format ", version,
                              ", this program knows formats up to ", kFormatVersion));
  }
  return absl::OkStatus();
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
  tail_ = {.head = head, .recorded_at = FromTimestamp(last.recorded_at())};
  return absl::OkStatus();
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

std::unique_ptr<rocksdb::Iterator> RocksStore::StreamIndex() const {
  return std::unique_ptr<rocksdb::Iterator>(db_->NewIterator({}, families_[kStreams]));
}

std::unique_ptr<rocksdb::Iterator> RocksStore::Records() const {
  return std::unique_ptr<rocksdb::Iterator>(db_->NewIterator({}, families_[kRecords]));
}

void RocksStore::Add(const v1::RequestKey& key, const std::vector<v1::Record>& records,
                     rocksdb::WriteBatch& batch) const {
  // Adding to a batch in memory cannot fail: it has no size limit.
  const auto put = [&](Family family, const std::string& name, const std::string& value) {
    CHECK(batch.Put(families_[family], name, value).ok());
  };
  for (const v1::Record& record : records) {
    const std::string position = RecordKey({record.position()});
    put(kRecords, position, record.SerializeAsString());
    put(kStreams, StreamKey(record.stream(), {record.revision()}), position);
  }
  put(kRequests, RequestIndexKey(key), RecordKey({records.front().position()}));
}

absl::Status RocksStore::Write(rocksdb::WriteBatch& batch) {
  rocksdb::WriteOptions options;
  options.sync = true;
  options.protection_bytes_per_key = 8;
  return FromRocks(db_->Write(options, &batch));
}

}  // namespace mlup::log
