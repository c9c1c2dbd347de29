#include "eventstore/log/rocks_probe.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/str_cat.h"
#include <rocksdb/metadata.h>

#include "eventstore/base/status.h"
#include "eventstore/log/keys.h"

namespace mlup::log {
namespace {

enum Family { kMarks, kRecords, kStreams, kRequests, kFamilies };
constexpr std::string_view kFamilyNames[] = {"default", "records", "streams", "requests"};

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

// What the format mark says of a store that cannot be opened with our families: a later format may
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
  const rocksdb::Options options = StoreOptions(env);
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status =
      rocksdb::DB::OpenForReadOnly(options, path, StoreFamilies(options), &probe->families_, &db);
  probe->db_.reset(db);
  probe->view_.condition = StoreView::Condition::kWhole;
  absl::Status found = status.ok() ? probe->Look(depth) : CheckMarkAlone(options, path);
  if (!status.ok() && found.ok()) found = DamageFound(status.ToString());
  if (ErrorReason(found) == "FORMAT_TOO_NEW") return found;
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
  std::string bytes;
  if (db_ == nullptr || !db_->Get({}, families_[kRecords], RecordKey(position), &bytes).ok()) {
    return {};
  }
  return journal::HashOf(bytes);
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
  if (group.size() != 16) return DamageFound("the mark of the last group is damaged");
  has_group_ = true;
  view_.group_first = {FromBigEndian(std::string_view(group).substr(0, 8))};
  appends_ = FromBigEndian(std::string_view(group).substr(8));
  return absl::OkStatus();
}

// Records are written once and in order, so the table files lie end to end, each with as many
// entries as its range has positions; what is not yet in one is walked through.
absl::Status RocksProbe::CheckRecords() {
  std::vector<rocksdb::LiveFileMetaData> tables;
  db_->GetLiveFilesMetaData(&tables);
  std::erase_if(tables, [](const auto& table) { return table.column_family_name != "records"; });
  std::sort(tables.begin(), tables.end(),
            [](const auto& a, const auto& b) { return a.smallestkey < b.smallestkey; });
  Position& head = view_.head;
  std::string missing;
  for (const auto& table : tables) {
    const std::uint64_t first = FromBigEndian(table.smallestkey);
    const std::uint64_t last = FromBigEndian(table.largestkey);
    if (missing.empty() && (first != Next(head).value || table.num_deletions != 0 ||
                            table.num_entries != last - first + 1)) {
      missing = absl::StrCat("positions are missing between ", head.value, " and ", last);
    }
    head = {std::max(head.value, last)};
  }
  const std::unique_ptr<rocksdb::Iterator> rest(db_->NewIterator({}, families_[kRecords]));
  for (rest->Seek(RecordKey(Next(head))); rest->Valid(); rest->Next()) {
    const Position position = {FromBigEndian({rest->key().data(), rest->key().size()})};
    if (missing.empty() && position != Next(head)) {
      missing = absl::StrCat("positions are missing between ", head.value, " and ", position.value);
    }
    head = position;
  }
  RETURN_IF_ERROR(FromRocks(rest->status()));
  if (!missing.empty()) return DamageFound(missing);
  if (head.value > 0 && mark_.empty())
    return DamageFound("the log holds events but no format mark");
  return absl::OkStatus();
}

// One index entry a record, one request an append. Both are written once.
absl::Status RocksProbe::CheckCounts() {
  std::vector<rocksdb::LiveFileMetaData> tables;
  db_->GetLiveFilesMetaData(&tables);
  for (const Family family : {kRecords, kStreams, kRequests}) {
    std::uint64_t entries = 0;
    for (const char* property :
         {"rocksdb.num-entries-active-mem-table", "rocksdb.num-entries-imm-mem-tables"}) {
      std::uint64_t count = 0;
      if (!db_->GetIntProperty(families_[family], property, &count)) {
        return DamageFound("RocksDB does not tell how many entries it has");
      }
      entries += count;
    }
    for (const auto& table : tables) {
      if (table.column_family_name == kFamilyNames[family]) entries += table.num_entries;
    }
    if (family == kRequests && !has_group_) continue;
    const std::uint64_t wanted = family == kRequests ? appends_ : view_.head.value;
    if (entries != wanted) {
      return DamageFound(absl::StrCat("the family ", ToAbsl(kFamilyNames[family]), " has ", entries,
                                      " entries, not ", wanted));
    }
  }
  return absl::OkStatus();
}

absl::Status RocksProbe::CheckEverything() {
  RETURN_IF_ERROR(FromRocks(db_->VerifyChecksum()));
  const std::unique_ptr<rocksdb::Iterator> records(db_->NewIterator({}, families_[kRecords]));
  Position expected = {1};
  for (records->SeekToFirst(); records->Valid(); records->Next(), expected = Next(expected)) {
    ASSIGN_OR_RETURN(const v1::Record record, ParseRecord(expected, records->value()));
    std::string found;
    const rocksdb::Status status =
        db_->Get({}, families_[kStreams], StreamKey(record.stream(), {record.revision()}), &found);
    if (!status.ok() || found != RecordKey(expected)) {
      return DamageFound(
          absl::StrCat("the index of streams does not know position ", expected.value));
    }
  }
  RETURN_IF_ERROR(FromRocks(records->status()));
  const std::unique_ptr<rocksdb::Iterator> requests(db_->NewIterator({}, families_[kRequests]));
  for (requests->SeekToFirst(); requests->Valid(); requests->Next()) {
    const Position first = {FromBigEndian({requests->value().data(), requests->value().size()})};
    if (first.value == 0 || first > view_.head)
      return DamageFound("the index of requests is damaged");
  }
  return FromRocks(requests->status());
}

}  // namespace mlup::log
