#include "eventstore/journal/reader.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "eventstore/base/status.h"

namespace mlup::journal {
namespace {

constexpr std::string_view kSegmentSuffix = ".seg";

bool IsSetName(const std::string& name) {
  return name.size() == 6 && std::all_of(name.begin(), name.end(),
                                         [](char digit) { return digit >= '0' && digit <= '9'; });
}

bool IsZero(std::string_view bytes) {
  return bytes.find_first_not_of('\0') == std::string_view::npos;
}

// Leaves the names of segments.
void EraseOthers(std::vector<std::string>& names) {
  std::erase_if(names, [](const std::string& name) { return !name.ends_with(kSegmentSuffix); });
}

// The id in the first header that is whole.
absl::StatusOr<std::string> IdIn(Files& files, const std::string& set,
                                 const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(const auto file, files.Open(absl::StrCat(set, "/", name), Files::Mode::kRead));
    ASSIGN_OR_RETURN(const std::string bytes, file->Read(0, kSegmentHeaderBytes));
    if (const auto header = ParseSegmentHeader(bytes); header.has_value()) return header->id;
  }
  return std::string();
}

// Goes through the segments in order. One thread, used once.
class Scanner {
 public:
  Scanner(Files& files, std::string folder, const Visitor& visitor)
      : files_(files), visitor_(visitor) {
    scan_.present = true;
    scan_.folder = std::move(folder);
  }

  // Goes on from a place instead of from the beginning.
  void StartAfter(const Place& place) {
    start_ = place;
    scan_.last = place;
    scan_.head = place.head;
    scan_.head_hash = place.head_hash;
    scan_.checksum = place.checksum;
    expected_ = Next(place.head).value;
  }

  absl::StatusOr<Scan> Run() {
    ASSIGN_OR_RETURN(std::vector<std::string> names, files_.List(scan_.folder));
    EraseOthers(names);
    ASSIGN_OR_RETURN(scan_.id, IdIn(files_, scan_.folder, names));
    for (const std::string& name : names) {
      if (name < SegmentName(start_.segment)) {
        RETURN_IF_ERROR(LookAt(name));
      } else {
        RETURN_IF_ERROR(Segment(name, name == names.back()));
      }
    }
    if (names.empty()) scan_.cut_short = true;
    // The place is not in this journal.
    if (scan_.segment.number < start_.segment) scan_.flawed = true;
    return std::move(scan_);
  }

 private:
  // That a segment before the start is there and as long as it was made.
  absl::Status LookAt(const std::string& name) {
    ASSIGN_OR_RETURN(const auto file, files_.Open(PathOf(name), Files::Mode::kRead));
    ASSIGN_OR_RETURN(const std::uint64_t size, file->Size());
    ASSIGN_OR_RETURN(const std::string bytes, file->Read(0, kSegmentHeaderBytes));
    const auto header = ParseSegmentHeader(bytes);
    scan_.bytes += size;
    if (!header.has_value() || header->id != scan_.id || SegmentName(header->number) != name ||
        header->number != looked_at_ + 1 || size < header->bytes) {
      scan_.flawed = true;
    } else {
      looked_at_ = header->number;
    }
    return absl::OkStatus();
  }

  absl::Status Segment(const std::string& name, bool is_last) {
    name_ = name;
    ASSIGN_OR_RETURN(const std::string bytes, files_.ReadAll(PathOf(name)));
    scan_.bytes += bytes.size();
    if (const int version = OtherVersionOf(bytes); version != 0) {
      return OtherFormat("the journal", static_cast<std::uint64_t>(version), kSegmentVersion);
    }
    const auto header = ParseSegmentHeader(bytes);
    const bool is_whole = header.has_value() && header->id == scan_.id &&
                          SegmentName(header->number) == name && bytes.size() >= header->bytes;
    const bool is_start = name == SegmentName(start_.segment);
    if (header.has_value() && header->id == scan_.id) {
      if (is_start) {
        scan_.segment = *header;
      } else {
        Begin(*header);
      }
    }
    if (!is_whole) (is_last ? scan_.cut_short : scan_.flawed) = true;
    const std::string_view all = bytes;
    std::size_t offset = is_start ? AfterStart(all) : kSegmentHeaderBytes;
    while (offset < all.size()) {
      const std::size_t found = FindFrame(all, offset);
      if (found == all.size()) break;
      const Frame frame = *ParseFrame(scan_.id, all.substr(found));
      RETURN_IF_ERROR(Accept(frame, found));
      offset = found + FrameBytes(frame.payload.size());
    }
    scan_.torn = is_last && offset < all.size() && !IsZero(all.substr(offset));
    scan_.offset = std::min(offset, all.size());
    return absl::OkStatus();
  }

  // Where the frame of the start ends in its segment.
  std::size_t AfterStart(std::string_view bytes) {
    const auto frame = start_.offset < bytes.size()
                           ? ParseFrame(scan_.id, bytes.substr(start_.offset))
                           : std::nullopt;
    if (!frame.has_value() || frame->checksum != start_.checksum || frame->last() != start_.head) {
      scan_.flawed = true;
      return bytes.size();
    }
    return start_.offset + FrameBytes(frame->payload.size());
  }

  void Begin(const SegmentHeader& header) {
    scan_.segment = header;
    SkipTo(header.first);
    // A chain that does not hold here makes the frames of this segment unacceptable.
    if (after_gap_) scan_.checksum = header.previous;
  }

  // The place of the next acceptable frame from `offset` on; the end when there is none.
  std::size_t FindFrame(std::string_view bytes, std::size_t offset) const {
    for (; offset + kFrameHeaderBytes <= bytes.size(); offset += kFrameAlignment) {
      if (bytes[offset] == '\0') {
        // Zeros to the end, or up to something that may be a frame.
        const std::size_t next = bytes.find_first_not_of('\0', offset);
        if (next == std::string_view::npos) break;
        offset = next / kFrameAlignment * kFrameAlignment;
        if (offset + kFrameHeaderBytes > bytes.size()) break;
      }
      const auto frame = ParseFrame(scan_.id, bytes.substr(offset));
      if (frame.has_value() && IsNext(*frame)) return offset;
    }
    return bytes.size();
  }

  // With nothing lost in between the chain must hold; after a loss nobody can know it.
  bool IsNext(const Frame& frame) const {
    if (frame.first.value > expected_) return true;
    return frame.first.value == expected_ && (after_gap_ || frame.previous == scan_.checksum);
  }

  absl::Status Accept(const Frame& frame, std::size_t offset) {
    SkipTo(frame.first);
    after_gap_ = false;
    const auto bytes = DecompressBlock(frame.payload, kBlockBytesMax);
    const auto block = bytes.has_value() ? ParseBlock(*bytes) : std::nullopt;
    if (!block.has_value() || block->records.size() != frame.count) {
      return Error(absl::StatusCode::kDataLoss, "JOURNAL_DAMAGED",
                   absl::StrCat("the journal's frame at position ", frame.first.value,
                                " does not hold what its header says"));
    }
    RETURN_IF_ERROR(visitor_(frame, *block));
    expected_ = Next(frame.last()).value;
    scan_.head = frame.last();
    scan_.head_hash = HashOf(block->records.back());
    scan_.checksum = frame.checksum;
    scan_.last = {.folder = scan_.folder.substr(scan_.folder.rfind('/') + 1),
                  .segment = scan_.segment.number,
                  .offset = offset,
                  .checksum = scan_.checksum,
                  .head = scan_.head,
                  .head_hash = scan_.head_hash};
    ++scan_.frames;
    return absl::OkStatus();
  }

  void SkipTo(Position first) {
    if (first.value <= expected_) return;
    scan_.gaps.push_back({{expected_}, {first.value - 1}, name_});
    expected_ = first.value;
    after_gap_ = true;
  }

  std::string PathOf(const std::string& name) const { return scan_.folder + "/" + name; }

  Files& files_;
  const Visitor& visitor_;
  Place start_;
  std::uint64_t looked_at_ = 0;
  Scan scan_;
  std::string name_;
  std::uint64_t expected_ = 1;
  bool after_gap_ = false;
};

}  // namespace

absl::StatusOr<Scan> ScanJournal(Files& files, const std::string& folder, const Visitor& visitor) {
  ASSIGN_OR_RETURN(const std::vector<std::string> sets, ListSets(files, folder));
  if (sets.empty()) return Scan{};
  return Scanner(files, absl::StrCat(folder, "/", sets.back()), visitor).Run();
}

absl::StatusOr<Scan> ScanJournalFrom(Files& files, const std::string& folder, const Place& place,
                                     const Visitor& visitor) {
  ASSIGN_OR_RETURN(const std::vector<std::string> sets, ListSets(files, folder));
  if (sets.empty()) return Scan{};
  Scanner scanner(files, absl::StrCat(folder, "/", sets.back()), visitor);
  if (sets.back() == place.folder) scanner.StartAfter(place);
  return scanner.Run();
}

absl::StatusOr<std::vector<std::string>> ListSets(Files& files, const std::string& folder) {
  absl::StatusOr<std::vector<std::string>> names = files.List(folder);
  if (absl::IsNotFound(names.status())) return std::vector<std::string>();
  RETURN_IF_ERROR(names.status());
  std::erase_if(*names, [](const std::string& name) { return !IsSetName(name); });
  return names;
}

absl::StatusOr<std::string> FindJournalId(Files& files, const std::string& folder) {
  ASSIGN_OR_RETURN(const std::vector<std::string> sets, ListSets(files, folder));
  if (sets.empty()) return std::string();
  const std::string set = absl::StrCat(folder, "/", sets.back());
  ASSIGN_OR_RETURN(std::vector<std::string> names, files.List(set));
  EraseOthers(names);
  return IdIn(files, set, names);
}

std::string SegmentName(std::uint64_t number) { return absl::StrFormat("%020d.seg", number); }

}  // namespace mlup::journal
