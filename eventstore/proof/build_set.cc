#include "eventstore/proof/build_set.h"

#include <algorithm>
#include <set>
#include <utility>

#include "eventstore/base/categories.h"
#include "eventstore/base/limits.h"
#include "eventstore/proof/note.h"

namespace mlup::proof {
namespace {

absl::Status TooManyRecords() {
  return Error(absl::StatusCode::kResourceExhausted, "BUNDLE_TOO_LARGE",
               "more records were merged than one file holds");
}

// The event that undoes the merge with this id; none where it holds.
class Endings {
 public:
  // Of the first `size` events of the stream.
  static absl::StatusOr<Endings> Of(const BundleSource& source, const std::string& stream,
                                    std::uint64_t size) {
    Endings endings;
    ASSIGN_OR_RETURN(const auto positions, source.StreamPositions(stream, {size}));
    for (const Position position : positions) {
      ASSIGN_OR_RETURN(const log::v1::Record record, source.ReadRecord(position));
      const log::v1::Event& event = record.event();
      std::string undone = UndoneBy(event.type(), event.common());
      if (undone.empty()) continue;
      endings.all_.push_back({position, std::move(undone)});
    }
    return endings;
  }

  std::optional<Position> OfMerge(const std::string& event_id, Position position) const {
    for (const Ending& ending : all_) {
      if (ending.undone == event_id && ending.position > position) return ending.position;
    }
    return std::nullopt;
  }

 private:
  struct Ending {
    Position position;
    std::string undone;
  };

  std::vector<Ending> all_;
};

// Adds what one record's merges lead to.
class Search {
 public:
  Search(const BundleSource& source, std::uint64_t size) : source_(source), size_(size) {}

  absl::StatusOr<MergedRecords> From(std::string_view subject_id) {
    found_.ids.emplace_back(subject_id);
    for (std::size_t i = 0; i < found_.ids.size(); ++i) {
      if (found_.ids.size() > kMergedRecordsMax) return TooManyRecords();
      RETURN_IF_ERROR(Follow(std::string(found_.ids[i])));
    }
    // What stands on a record that is in the file is shown there.
    for (const auto& [position, owner] : undoings_) {
      if (std::ranges::find(found_.ids, owner) == found_.ids.end()) {
        found_.undoings.push_back(position);
      }
    }
    return std::move(found_);
  }

 private:
  absl::Status Follow(const std::string& subject_id) {
    ASSIGN_OR_RETURN(const auto positions, source_.PositionsOf(subject_id, {size_}));
    for (const Position position : positions) {
      ASSIGN_OR_RETURN(const log::v1::Record record, source_.ReadRecord(position));
      if (record.event().type() != kMergedType) continue;
      ASSIGN_OR_RETURN(const Endings endings, Endings::Of(source_, record.stream(), size_));
      const auto ending = endings.OfMerge(record.event().event_id(), position);
      if (ending.has_value()) {
        undoings_.emplace(*ending, RecordIdOf(record.stream()));
        continue;
      }
      for (const log::v1::SubjectPart& part : record.event().subjects()) {
        if (std::ranges::find(found_.ids, part.subject_id()) == found_.ids.end()) {
          found_.ids.push_back(part.subject_id());
        }
      }
    }
    return absl::OkStatus();
  }

  const BundleSource& source_;
  const std::uint64_t size_;
  MergedRecords found_;
  // With the record that each stands on.
  std::set<std::pair<Position, std::string>> undoings_;
};

}  // namespace

absl::StatusOr<MergedRecords> FindMerged(const BundleSource& source, std::string_view subject_id,
                                         std::uint64_t size) {
  return Search(source, size).From(subject_id);
}

absl::StatusOr<std::string> BuildFile(const BundleSource& source,
                                      const std::vector<Bundle>& bundles,
                                      const std::vector<Position>& undoings) {
  BundleSet set;
  for (const Bundle& bundle : bundles) set.bundles.push_back(EncodeBundle(bundle));
  std::vector<std::uint64_t> leaves;
  for (const Position position : undoings) {
    ASSIGN_OR_RETURN(log::v1::Record record, source.ReadRecord(position));
    Undoing& undoing = set.undoings.emplace_back();
    ASSIGN_OR_RETURN(undoing.header, HeaderOf(source, record));
    undoing.common = std::move(*record.mutable_event()->mutable_common());
    leaves.push_back(position.value - 1);
  }
  if (leaves.empty()) return EncodeBundleSet(set);
  ASSIGN_OR_RETURN(const OpenedCheckpoint opened, OpenCheckpoint(bundles.front().checkpoint, {}));
  const NodeSource nodes = [&source](int level, std::uint64_t index) {
    return source.Node(level, index);
  };
  ASSIGN_OR_RETURN(set.inclusion, MultiInclusionProof(nodes, leaves, opened.checkpoint.size));
  return EncodeBundleSet(set);
}

}  // namespace mlup::proof
