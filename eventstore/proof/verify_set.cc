#include "eventstore/proof/verify_set.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/bytes.h"
#include "eventstore/proof/bundle_set.h"

namespace mlup::proof {
namespace {

absl::Status Untrue(std::string_view reason, std::string_view what) {
  return Error(absl::StatusCode::kFailedPrecondition, reason, what);
}

// A merge, and the records in whose bundles it stands.
struct Merge {
  Header header;
  std::set<std::size_t> records;
};

// An event that says that another one of its stream was never so, or holds no longer.
struct Ending {
  Header header;
  std::string undone;
};

// The rules of a file over its records.
class Joined {
 public:
  Joined(const BundleSet& set, const std::vector<VerifiedRecord>& records)
      : set_(set), records_(records) {}

  absl::Status Check() {
    RETURN_IF_ERROR(CheckSame());
    Gather();
    RETURN_IF_ERROR(CheckUndoings());
    for (const auto& [hash, merge] : merges_) {
      if (merge.records.size() > 1 || IsUndone(merge.header)) continue;
      return Untrue("MERGE_INCOMPLETE",
                    absl::StrCat("event ", merge.header.position.value,
                                 " joins the person with a record that is not in the file"));
    }
    return CheckJoined();
  }

 private:
  absl::Status CheckSame() const {
    std::set<std::string_view> subjects;
    const Bundle& first = records_.front().bundle;
    for (const VerifiedRecord& record : records_) {
      const bool same = record.bundle.checkpoint == first.checkpoint &&
                        record.bundle.map_position == first.map_position;
      if (same && subjects.insert(record.bundle.subject_id).second) continue;
      return Untrue("SET_INCONSISTENT",
                    "the bundles are not about different records in one state of the log");
    }
    return absl::OkStatus();
  }

  void Gather() {
    for (std::size_t i = 0; i < records_.size(); ++i) {
      const auto& [bundle, summary] = records_[i];
      for (std::size_t k = 0; k < bundle.events.size(); ++k) {
        const BundledEvent& event = bundle.events[k];
        const Header& header = summary.headers[k];
        if (header.type == kMergedType && event.part.has_value()) {
          Merge& merge = merges_[Sha256(event.header)];
          merge.header = header;
          merge.records.insert(i);
        }
        AddEnding(header, event.common);
      }
    }
  }

  void AddEnding(const Header& header, const std::string& common) {
    std::string undone = UndoneBy(header.type, common);
    if (!undone.empty()) endings_.push_back({header, std::move(undone)});
  }

  // Undoings of records that are not shown: events of the log that undo a merge that is shown.
  absl::Status CheckUndoings() {
    std::vector<Header> headers;
    for (const Undoing& undoing : set_.undoings) {
      ASSIGN_OR_RETURN(headers.emplace_back(), ParseHeader(undoing.header));
    }
    std::vector<std::pair<std::uint64_t, Hash>> leaves;
    Position last;
    for (std::size_t i = 0; i < headers.size(); ++i) {
      const Header& header = headers[i];
      const std::string undone = UndoneBy(header.type, set_.undoings[i].common);
      const bool undoes = std::ranges::any_of(merges_, [&](const auto& merge) {
        return merge.second.header.stream == header.stream &&
               merge.second.header.event_id == undone;
      });
      if (header.position <= last || header.common != Sha256(set_.undoings[i].common) || !undoes) {
        return Untrue("UNDOING_WRONG", absl::StrCat("event ", header.position.value,
                                                    " undoes no merge that is shown"));
      }
      last = header.position;
      leaves.emplace_back(header.position.value - 1,
                          LeafHash(AsText(Sha256(set_.undoings[i].header))));
      AddEnding(header, set_.undoings[i].common);
    }
    ASSIGN_OR_RETURN(const OpenedCheckpoint opened,
                     OpenCheckpoint(records_.front().bundle.checkpoint, {}));
    const Checkpoint& checkpoint = opened.checkpoint;
    const bool holds = leaves.empty() ? set_.inclusion.empty()
                                      : VerifyMultiInclusion(leaves, checkpoint.size,
                                                             checkpoint.root, set_.inclusion);
    if (holds) return absl::OkStatus();
    return Untrue("UNDOING_WRONG", "what undoes merges is not what the signed tree holds");
  }

  // An undoing is final: nothing that this file need not show could take it back.
  bool IsUndone(const Header& merge) const {
    return std::ranges::any_of(endings_, [&](const Ending& ending) {
      return ending.header.stream == merge.stream && ending.undone == merge.event_id &&
             ending.header.position > merge.position;
    });
  }

  // Every record is joined with the first, directly or by way of others.
  absl::Status CheckJoined() const {
    std::set<std::size_t> joined = {0};
    for (std::size_t before = 0; before != joined.size();) {
      before = joined.size();
      for (const auto& [hash, merge] : merges_) {
        const bool touches = std::ranges::any_of(
            merge.records, [&joined](std::size_t record) { return joined.contains(record); });
        if (touches && !IsUndone(merge.header)) {
          joined.insert(merge.records.begin(), merge.records.end());
        }
      }
    }
    if (joined.size() == records_.size()) return absl::OkStatus();
    return Untrue("RECORD_UNRELATED",
                  "a record is in the file that no merge joins with the person");
  }

  const BundleSet& set_;
  const std::vector<VerifiedRecord>& records_;
  std::map<Hash, Merge> merges_;
  std::vector<Ending> endings_;
};

}  // namespace

absl::StatusOr<std::vector<VerifiedRecord>> VerifyFile(std::string_view bytes, const Trust& trust) {
  ASSIGN_OR_RETURN(const BundleSet set, ParseBundleSet(bytes));
  std::vector<VerifiedRecord> records;
  for (const std::string& bundle : set.bundles) {
    Trust whom = trust;
    if (!records.empty()) whom.subject_id.clear();
    VerifiedRecord& record = records.emplace_back();
    ASSIGN_OR_RETURN(record.bundle, ParseBundle(bundle));
    ASSIGN_OR_RETURN(record.summary, VerifyBundle(record.bundle, whom));
  }
  RETURN_IF_ERROR(Joined(set, records).Check());
  return records;
}

}  // namespace mlup::proof
