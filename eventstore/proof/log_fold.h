// Tree, chains and map as one fold over the log.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "eventstore/proof/header.h"
#include "eventstore/proof/merkle.h"
#include "eventstore/proof/sparse_map.h"
#include "mlup/log/v1/envelope.pb.h"

namespace mlup::proof {

// What one event changed.
struct FoldStep {
  Hash header_hash{};
  // The event's stream, also where it is `system/…`.
  MapLeaf stream;
  // The subjects with a part, in the order of the parts.
  std::vector<std::pair<std::string, MapLeaf>> subjects;
};

// The proofs' state after the first size() events. About 400 bytes for each stream and subject.
//
// One thread. Owns its state.
class LogFold {
 public:
  // An empty log.
  LogFold() = default;

  // A state that was kept: the tree and the leaves of streams (also `system/…`) and subjects, by name
  // and id.
  LogFold(MerkleFrontier tree, std::map<std::string, MapLeaf, std::less<>> streams,
          std::map<std::string, MapLeaf, std::less<>> subjects);

  // Takes the next record. DATA_LOSS POSITION_GAP, REVISION_GAP where it is not the next one;
  // DATA_LOSS MAP_ROOT_WRONG where it is a map record of the size the map was last asked for with
  // another root. Nothing has changed then.
  absl::StatusOr<FoldStep> Append(const log::v1::Record& record);

  std::uint64_t size() const { return tree_.size(); }

  // Root of the event tree.
  Hash Root() const { return tree_.Root(); }

  // The map over the first size() events.
  Hash MapRoot() { return map_.Root(); }
  MapProof ProveStream(std::string_view stream) { return map_.Prove(StreamKey(stream)); }
  MapProof ProveSubject(std::string_view subject_id) { return map_.Prove(SubjectKey(subject_id)); }

  // Count 0 for one that is not there.
  MapLeaf StreamLeaf(std::string_view stream) const;
  MapLeaf SubjectLeaf(std::string_view subject_id) const;

 private:
  MerkleFrontier tree_;
  std::map<std::string, MapLeaf, std::less<>> streams_;
  std::map<std::string, MapLeaf, std::less<>> subjects_;
  SparseMap map_;
};

}  // namespace mlup::proof
