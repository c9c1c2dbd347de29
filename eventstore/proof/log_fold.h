// Tree, chains and map as one fold over the log.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/node_hash_map.h"

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
  // The subjects with a part, each once, in the order of the parts; none where the stream is
  // `system/…`.
  std::vector<std::pair<std::string, MapLeaf>> subjects;
};

// Leaves by the name of the stream or the id of the subject.
using Leaves = absl::flat_hash_map<std::string, MapLeaf>;

// The proofs' state after the first size() events. About 600 bytes for each stream and subject.
// Recorded roots of the map are not looked at: LogVerifier does.
//
// One thread. Owns its state.
class LogFold {
 public:
  // An empty log.
  LogFold() = default;

  // A state that was kept: the tree, the leaves of all streams (also `system/…`) and of all
  // subjects.
  LogFold(MerkleFrontier tree, const Leaves& streams, const Leaves& subjects);

  // Takes the next record. DATA_LOSS POSITION_GAP, REVISION_GAP where it is not the next one;
  // DATA_LOSS HEADER_UNFIT where CheckHeader() refuses it. Nothing has changed then.
  absl::StatusOr<FoldStep> Append(const log::v1::Record& record);

  std::uint64_t size() const { return tree_.size(); }

  // The event tree: its root, and the nodes that the last event completed.
  const MerkleFrontier& tree() const { return tree_; }
  Hash Root() const { return tree_.Root(); }

  // The map over the first size() events. What changed since the last call is put into it now: as
  // much work as there are streams and subjects that did.
  Hash MapRoot() { return Map().Root(); }
  MapProof ProveStream(std::string_view stream) { return Map().Prove(StreamKey(stream)); }
  MapProof ProveSubject(std::string_view subject_id) { return Map().Prove(SubjectKey(subject_id)); }

  // Count 0 for one that is not there.
  MapLeaf StreamLeaf(std::string_view stream) const;
  MapLeaf SubjectLeaf(std::string_view subject_id) const;

 private:
  // A leaf, and whether the map does not hold it yet.
  struct Chain {
    MapLeaf leaf;
    bool changed = false;
  };
  // Its entries stay where they are.
  using Chains = absl::node_hash_map<std::string, Chain>;
  using Changed = std::vector<Chains::value_type*>;

  static void Set(Chains::value_type& entry, const MapLeaf& leaf, Changed& changed);
  void SetStream(Chains::value_type& entry, const MapLeaf& leaf);

  // The map as it is now.
  SparseMap& Map();

  MerkleFrontier tree_;
  Chains streams_;
  Chains subjects_;
  // What the map does not hold yet; nothing of `system/…`.
  Changed changed_streams_;
  Changed changed_subjects_;
  SparseMap map_;
  // The header at hand, kept for its memory.
  std::string header_;
};

}  // namespace mlup::proof
