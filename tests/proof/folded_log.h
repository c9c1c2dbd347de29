// A log in memory, folded from any records, honest or not: what a server proves from.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/proof/build_bundle.h"
#include "eventstore/proof/log_fold.h"
#include "eventstore/proof/map_record.h"
#include "eventstore/proof/note.h"
#include "mlup/log/v1/envelope.pb.h"

namespace mlup::proof {

// One thread. Owns everything. CHECKs that the records are a log: that is for Renumber().
class FoldedLog final : public BundleSource {
 public:
  // Records of the map get the root that the map has at the size they state; `people` are those
  // whom bundles can be made of.
  FoldedLog(std::vector<log::v1::Record> records, const std::vector<std::string>& people);

  const std::vector<log::v1::Record>& records() const { return records_; }
  std::uint64_t size() const { return records_.size(); }
  // Where the records of the map stand.
  const std::vector<Position>& maps() const { return maps_; }
  MapRecord MapAt(Position map_position) const;

  // Root of the tree of the first `size` events.
  Hash RootAt(std::uint64_t size) const { return roots_.at(size); }

  // The bundle of the map recorded at `map_position`, with proofs up to the size of `checkpoint`.
  Bundle Build(const std::string& subject_id, const BundleNotes& notes) const;

  std::vector<Hash> Consistency(std::uint64_t old_size, std::uint64_t new_size) const;
  // For the bundle's events and map record in the tree of `size` leaves; what was there before
  // where the positions are no longer ones that a proof can be made of.
  std::vector<Hash> Inclusion(const Bundle& bundle, std::uint64_t size) const;

  absl::StatusOr<log::v1::Record> ReadRecord(Position position) const override;
  absl::StatusOr<Hash> HeaderHash(Position position) const override;
  absl::StatusOr<std::vector<Position>> PositionsOf(std::string_view subject_id,
                                                    Position last) const override;
  absl::StatusOr<std::vector<Position>> StreamPositions(std::string_view stream,
                                                        Position last) const override;
  absl::StatusOr<Position> StreamPosition(std::string_view stream,
                                          Revision revision) const override;
  absl::StatusOr<Hash> Node(int level, std::uint64_t index) const override;

 private:
  using Index = std::map<std::string, std::vector<Position>, std::less<>>;

  void Take(const log::v1::Record& record);
  void ProveMap(const std::vector<std::string>& people);

  LogFold fold_;
  std::vector<log::v1::Record> records_;
  std::vector<Hash> hashes_;
  // Of the tree, by size.
  std::vector<Hash> roots_;
  std::vector<std::vector<Hash>> nodes_;
  Index by_stream_;
  Index by_subject_;
  std::vector<Position> maps_;
  // By the size of the map, then by person.
  std::map<std::uint64_t, std::map<std::string, MapEvidence>> evidence_;
};

// Makes records a log again after some were taken out, put in or moved: positions and revisions
// without a gap, times that do not decrease, maps no larger than what is before them.
void Renumber(std::vector<log::v1::Record>& records);

}  // namespace mlup::proof
