#include "eventstore/log/rocks_sizes.h"

#include <map>
#include <memory>
#include <vector>

#include <rocksdb/db.h>
#include <rocksdb/metadata.h>

#include "eventstore/base/status.h"
#include "eventstore/journal/reader.h"
#include "eventstore/log/rocks_store.h"

namespace mlup::log {
namespace {

// Bytes of the table files by column family, once everything stands in them.
absl::StatusOr<std::map<std::string, std::uint64_t>> CompactTables(const std::string& path) {
  const rocksdb::Options options = StoreOptions(rocksdb::Env::Default());
  std::vector<rocksdb::ColumnFamilyHandle*> families;
  rocksdb::DB* opened = nullptr;
  RETURN_IF_ERROR(
      FromRocks(rocksdb::DB::Open(options, path, StoreFamilies(options), &families, &opened)));
  const std::unique_ptr<rocksdb::DB> db(opened);
  rocksdb::Status status;
  for (rocksdb::ColumnFamilyHandle* family : families) {
    if (status.ok()) status = db->Flush(rocksdb::FlushOptions(), family);
    if (status.ok()) status = db->CompactRange({}, family, nullptr, nullptr);
  }
  std::vector<rocksdb::LiveFileMetaData> tables;
  db->GetLiveFilesMetaData(&tables);
  for (rocksdb::ColumnFamilyHandle* family : families) {
    db->DestroyColumnFamilyHandle(family).PermitUncheckedError();
  }
  RETURN_IF_ERROR(FromRocks(status));
  std::map<std::string, std::uint64_t> bytes;
  for (const rocksdb::LiveFileMetaData& table : tables) {
    bytes[table.column_family_name] += table.size;
  }
  return bytes;
}

}  // namespace

absl::StatusOr<LogSizes> CompactAndMeasure(Files& files, const std::string& store,
                                           const std::string& journal) {
  LogSizes sizes;
  ASSIGN_OR_RETURN(auto tables, CompactTables(store));
  sizes.records = tables["blocks"];
  sizes.streams = tables["streams"];
  sizes.requests = tables["requests"];
  sizes.ids = tables["ids"];
  ASSIGN_OR_RETURN(
      const journal::Scan scan,
      journal::ScanJournal(files, journal, [&](const journal::Frame& frame, const journal::Block&) {
        sizes.journal_used += journal::FrameBytes(frame.payload.size());
        return absl::OkStatus();
      }));
  sizes.journal = scan.bytes;
  return sizes;
}

}  // namespace mlup::log
