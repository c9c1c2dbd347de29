#include "eventstore/journal/writer.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "eventstore/base/check.h"
#include "eventstore/base/status.h"

namespace mlup::journal {
namespace {

constexpr std::string_view kUnfinished = ".new";

// The file from `offset` on becomes zeros, as it was made.
absl::Status Clear(File& file, std::uint64_t offset, std::uint64_t size) {
  RETURN_IF_ERROR(file.Write(offset, std::string(size - offset, '\0')));
  return file.Sync();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Writer>> Writer::Continue(Files& files, const Scan& scan) {
  CHECK(scan.present && !scan.Damaged());
  std::unique_ptr<Writer> writer(new Writer(files, scan.folder));
  writer->segment_ = scan.segment;
  writer->offset_ = scan.offset;
  writer->bytes_ = scan.bytes;
  writer->next_ = Next(scan.head);
  writer->checksum_ = scan.checksum;
  writer->last_ = scan.last;
  const std::string path = absl::StrCat(scan.folder, "/", SegmentName(scan.segment.number));
  ASSIGN_OR_RETURN(writer->file_, files.Open(path, Files::Mode::kWrite));
  if (scan.torn) RETURN_IF_ERROR(Clear(*writer->file_, scan.offset, scan.segment.bytes));
  return writer;
}

absl::StatusOr<std::unique_ptr<Writer>> Writer::Begin(Files& files, const std::string& folder,
                                                      std::string_view id) {
  CHECK(id.size() == kIdBytes);
  RETURN_IF_ERROR(files.MakeFolder(folder));
  RETURN_IF_ERROR(files.SyncFolder(FolderOf(folder)));
  ASSIGN_OR_RETURN(const std::vector<std::string> sets, ListSets(files, folder));
  int last = 0;
  if (!sets.empty()) CHECK(absl::SimpleAtoi(sets.back(), &last));
  const std::string published = absl::StrFormat("%s/%06d", folder, last + 1);
  const std::string unfinished = absl::StrCat(published, ToAbsl(kUnfinished));
  RETURN_IF_ERROR(files.RemoveTree(unfinished));
  RETURN_IF_ERROR(files.MakeFolder(unfinished));
  std::unique_ptr<Writer> writer(new Writer(files, unfinished));
  writer->published_ = published;
  writer->segment_.id = id;
  RETURN_IF_ERROR(writer->MakeSegment(0));
  return writer;
}

absl::Status Writer::Publish() {
  CHECK(!published_.empty() && !failed_);
  RETURN_IF_ERROR(files_.SyncFolder(folder_));
  RETURN_IF_ERROR(files_.Rename(folder_, published_));
  folder_ = std::move(published_);
  if (!last_.folder.empty()) last_.folder = folder_.substr(folder_.rfind('/') + 1);
  published_.clear();
  return files_.SyncFolder(FolderOf(folder_));
}

absl::Status Writer::Reserve(std::size_t block_bytes) {
  CHECK(!failed_);
  const std::size_t needed = FrameBytes(CompressedBytesMax(block_bytes));
  if (offset_ + needed <= segment_.bytes) return absl::OkStatus();
  return MakeSegment(needed);
}

absl::Status Writer::Append(Position first, std::uint32_t count, std::string_view block) {
  CHECK(!failed_ && first == next_);
  const std::string payload = CompressBlock(block);
  const std::string bytes = Encode(segment_.id, Frame{first, count, checksum_, {}, payload});
  CHECK(offset_ + bytes.size() <= segment_.bytes);
  failed_ = true;
  RETURN_IF_ERROR(file_->Write(offset_, bytes));
  RETURN_IF_ERROR(file_->Sync());
  failed_ = false;
  next_ = {first.value + count};
  checksum_ = ChecksumIn(bytes);
  last_ = {.folder = folder_.substr(folder_.rfind('/') + 1),
           .segment = segment_.number,
           .offset = offset_,
           .checksum = checksum_,
           .head = {next_.value - 1},
           .head_hash = {}};
  offset_ += bytes.size();
  return absl::OkStatus();
}

// Segments grow with the journal, so that a small one takes little space.
absl::Status Writer::MakeSegment(std::size_t frame_bytes) {
  SegmentHeader header = segment_;
  header.number = segment_.number + 1;
  header.bytes = std::max<std::uint64_t>(std::clamp(bytes_, kSegmentBytesMin, kSegmentBytesMax),
                                         kSegmentHeaderBytes + frame_bytes);
  header.first = next_;
  header.previous = checksum_;
  const std::string path = absl::StrCat(folder_, "/", SegmentName(header.number));
  const std::string fresh = absl::StrCat(path, ToAbsl(kUnfinished));
  ASSIGN_OR_RETURN(std::unique_ptr<File> file, files_.Open(fresh, Files::Mode::kCreate));
  RETURN_IF_ERROR(file->Write(0, Encode(header)));
  RETURN_IF_ERROR(file->Preallocate(header.bytes));
  RETURN_IF_ERROR(file->Sync());
  RETURN_IF_ERROR(files_.Rename(fresh, path));
  RETURN_IF_ERROR(files_.SyncFolder(folder_));
  file_ = std::move(file);
  segment_ = std::move(header);
  offset_ = kSegmentHeaderBytes;
  bytes_ += segment_.bytes;
  return absl::OkStatus();
}

}  // namespace mlup::journal
