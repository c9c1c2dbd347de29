// Tree, chains and map as one fold over the log.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
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

// What one event added.
struct FoldStep {
  Hash header_hash{};
  // The subjects with a part, each once, in the order of the parts; none where the stream is
  // `system/…`. Until the next Append().
  std::span<const std::string_view> subjects;
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

  // Visits what Append() changed since the last call, each once, in no order: streams, also
  // `system/…`, and subjects.
  using Visit = std::function<void(std::string_view name, const MapLeaf& leaf)>;
  void TakeChanged(const Visit& stream, const Visit& subject);

 private:
  // A leaf, and who has not heard of it yet.
  struct Chain {
    MapLeaf leaf;
    bool is_new_to_map = false;
    bool is_new_to_caller = false;
  };
  // Its entries stay where they are.
  using Chains = absl::node_hash_map<std::string, Chain>;
  using Entry = Chains::value_type;
  using Changed = std::vector<Entry*>;

  static void Mark(Entry& entry, bool Chain::*mark, Changed& changed);

  // The map as it is now.
  SparseMap& Map();

  MerkleFrontier tree_;
  Chains streams_;
  Chains subjects_;
  // What the map does not hold yet; nothing of `system/…`.
  Changed map_streams_;
  Changed map_subjects_;
  // What TakeChanged() has not visited.
  Changed new_streams_;
  Changed new_subjects_;
  SparseMap map_;
  // The header and the subjects at hand, kept for their memory.
  std::string header_;
  std::vector<std::string_view> subjects_at_hand_;
};

}  // namespace mlup::proof
