// A log in memory with its keys and proofs, for tests of bundles.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "eventstore/base/check.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "eventstore/base/uuid.h"
#include "eventstore/proof/build_bundle.h"
#include "eventstore/proof/build_set.h"
#include "eventstore/proof/log_fold.h"
#include "eventstore/proof/map_record.h"
#include "eventstore/proof/note.h"
#include "eventstore/proof/verify_bundle.h"

namespace mlup::proof {

// Appends invented events, folds them, signs, and makes bundles. The same calls make the same
// bytes. One thread; CHECKs that nothing fails.
class BundleTestLog final : public BundleSource {
 public:
  explicit BundleTestLog(int people = 4) {
    for (int i = 0; i < people; ++i) people_.push_back(Id());
    for (int i = 0; i < people; ++i) cases_.push_back("case/" + Id());
    household_ = "household/" + Id();
    distribution_ = "distribution/" + Id();
  }

  const std::vector<std::string>& people() const { return people_; }
  // The child's case: a stream of its own, once AddStory() has begun it.
  const std::string& CaseOf(std::size_t person) const { return cases_.at(person); }
  const std::vector<log::v1::Record>& records() const { return records_; }
  std::uint64_t size() const { return fold_.size(); }
  LogFold& fold() { return fold_; }

  // One event, with a part for each subject.
  Position Add(const std::string& stream, const std::vector<std::string>& subjects,
               std::string_view type = "mlup.test.v1.Noted") {
    return AddWith(stream, subjects, type, absl::StrCat("common ", records_.size() + 1));
  }
  Position AddWith(const std::string& stream, const std::vector<std::string>& subjects,
                   std::string_view type, const std::string& common) {
    log::v1::Record record = Next(stream, type);
    record.mutable_event()->set_common(common);
    for (const std::string& subject : subjects) {
      log::v1::SubjectPart& part = *record.mutable_event()->add_subjects();
      part.set_subject_id(subject);
      part.set_salt(Salt());
      part.set_clear(absl::StrCat("clear ", record.position()));
      part.set_sealed(absl::StrCat("sealed ", record.position()));
    }
    return Take(std::move(record));
  }

  // What happens to people: events about one, about several and about nobody.
  void AddStory(int rounds = 2) {
    for (int round = 0; round < rounds; ++round) {
      Add(distribution_, {});
      Add(household_, {people_[0], people_[1]});
      for (std::size_t i = 0; i < people_.size(); ++i) {
        Add("person/" + people_[i], {people_[i]});
        Add(cases_[i], {people_[i]});
        Add(cases_[i], {});
        // The last person was never looked up.
        if (i + 1 < people_.size()) Add("access/" + people_[i], {});
      }
      Add(distribution_, people_);
      Add("system/notes", {people_[0]});
    }
  }

  // Trusts the first key and the witness.
  Trust Auditor() const { return {{keys_.front()->verifier()}, {witness_.verifier()}, ""}; }

  const SigningKey& log_key() const { return *keys_.back(); }
  const SigningKey& witness_key() const { return witness_; }

  // The newest checkpoint, signed.
  std::string SignCheckpoint() const {
    const Checkpoint checkpoint{kOrigin, fold_.size(), fold_.Root()};
    return log_key().Sign(absl::StrCat(checkpoint.ToText(), "\n"));
  }

  // The witness sees the log as it is now.
  void Witness() { witnessed_ = witness_.Sign(SignCheckpoint(), 1'700'000'000 + size()); }

  // A new key signs from now on.
  void HandOver() {
    auto next = MakeKey(keys_.size());
    handovers_.push_back(MakeHandover(log_key(), next->verifier()));
    keys_.push_back(std::move(next));
  }

  // Records the map's root, then `later` other events, signs, and makes the bundle.
  Bundle MakeBundle(const std::string& subject_id, int later = 3) {
    const auto map = ProveInMap(*this, fold_, subject_id);
    CHECK(map.ok());
    for (int i = 0; i < later; ++i) Add(cases_[0], {people_[0]});
    const Position map_position = AddMapRecord({map->size, map->root});
    for (int i = 0; i < later; ++i) Add(cases_[0], {people_[0]});
    auto bundle =
        BuildBundle(*this, *map, {map_position, SignCheckpoint(), handovers_, witnessed_});
    CHECK(bundle.ok());
    return *std::move(bundle);
  }

  // The same for a file about all records that are merged with this one.
  std::string MakeFile(const std::string& subject_id) {
    const auto merged = FindMerged(*this, subject_id, fold_.size());
    CHECK(merged.ok());
    return MakeFileOf(*merged);
  }
  std::string MakeFileOf(const MergedRecords& merged) {
    std::vector<MapEvidence> maps;
    for (const std::string& id : merged.ids) maps.push_back(*ProveInMap(*this, fold_, id));
    const Position map_position = AddMapRecord({maps.front().size, maps.front().root});
    std::vector<Bundle> bundles;
    for (const MapEvidence& map : maps) {
      bundles.push_back(
          *BuildBundle(*this, map, {map_position, SignCheckpoint(), handovers_, witnessed_}));
    }
    auto file = BuildFile(*this, bundles, merged.undoings);
    CHECK(file.ok());
    return *std::move(file);
  }

  Position AddMapRecord(const MapRecord& map) {
    log::v1::Record record = Next(std::string(kMapStream), kMapRecordType);
    record.mutable_event()->set_common(map.ToCommon());
    return Take(std::move(record));
  }

  absl::StatusOr<log::v1::Record> ReadRecord(Position position) const override {
    return records_.at(position.value - 1);
  }
  absl::StatusOr<Hash> HeaderHash(Position position) const override {
    return hashes_.at(position.value - 1);
  }
  absl::StatusOr<std::vector<Position>> PositionsOf(std::string_view subject_id,
                                                    Position last) const override {
    return UpTo(last, by_subject_, subject_id);
  }
  absl::StatusOr<std::vector<Position>> StreamPositions(std::string_view stream,
                                                        Position last) const override {
    return UpTo(last, by_stream_, stream);
  }
  absl::StatusOr<Position> StreamPosition(std::string_view stream,
                                          Revision revision) const override {
    return by_stream_.find(stream)->second.at(revision.value - 1);
  }
  absl::StatusOr<Hash> Node(int level, std::uint64_t index) const override {
    return nodes_.at(static_cast<std::size_t>(level)).at(index);
  }

 private:
  using Index = std::map<std::string, std::vector<Position>, std::less<>>;

  static constexpr char kOrigin[] = "example.org/log";

  static std::unique_ptr<SigningKey> MakeKey(std::size_t number) {
    const std::array<std::uint8_t, 32> seed = {static_cast<std::uint8_t>(number + 1)};
    return std::make_unique<SigningKey>(kOrigin, SignatureKind::kLog, seed);
  }

  static std::vector<Position> UpTo(Position last, const Index& index, std::string_view name) {
    std::vector<Position> positions;
    const auto found = index.find(name);
    if (found == index.end()) return positions;
    for (const Position position : found->second) {
      if (position <= last) positions.push_back(position);
    }
    return positions;
  }

  std::string Id() { return NewUuid(clock_, random_); }

  std::string Salt() {
    std::string salt(16, '\0');
    for (char& byte : salt) byte = static_cast<char>(random_.Next());
    return salt;
  }

  // The next record with an envelope in which every field is set.
  log::v1::Record Next(const std::string& stream, std::string_view type) {
    log::v1::Record record;
    record.set_position(fold_.size() + 1);
    record.set_stream(stream);
    record.set_revision(fold_.StreamLeaf(stream).count + 1);
    record.mutable_recorded_at()->set_seconds(static_cast<std::int64_t>(1'700'000'000 + size()));
    record.mutable_recorded_at()->set_nanos(500);
    record.set_append_first_position(record.position());
    record.set_append_event_count(1);
    record.set_request_digest(std::string(32, 'd'));
    log::v1::Event& event = *record.mutable_event();
    event.set_event_id(Id());
    event.set_type(std::string(type));
    event.set_schema_version(1);
    event.mutable_occurred()->set_precision(log::v1::PRECISION_INSTANT);
    event.mutable_occurred()->set_from("2021-02-17");
    event.mutable_occurred()->set_to("2021-02-17");
    event.mutable_occurred()->mutable_instant()->set_seconds(1'613'541'600);
    event.mutable_source_recorded_at()->set_seconds(1'613'541'601);
    event.mutable_actor()->set_actor_id("staff-sw-1");
    event.mutable_actor()->set_role("social_worker");
    event.mutable_actor()->set_organisation_id("mro");
    event.mutable_actor()->set_on_behalf_of("staff-sw-2");
    event.set_channel(log::v1::CHANNEL_TABLET);
    event.set_device("tablet-07");
    event.set_request_id(absl::StrCat("r-", record.position()));
    event.set_correlation_id("visit-1");
    event.set_causation_id(event.event_id());
    event.set_reason("planned_visit");
    event.set_sensitivity(log::v1::SENSITIVITY_NORMAL);
    event.set_sector(log::v1::SECTOR_CASE_MGMT);
    event.set_place("0204");
    event.set_source_system("paper");
    event.set_source_id("ledger 3, line 14");
    return record;
  }

  Position Take(log::v1::Record record) {
    const auto step = fold_.Append(record);
    CHECK(step.ok());
    const Position position{record.position()};
    hashes_.push_back(step->header_hash);
    by_stream_[record.stream()].push_back(position);
    for (const std::string_view subject : step->subjects) {
      by_subject_[std::string(subject)].push_back(position);
    }
    const auto completed = fold_.tree().completed();
    if (nodes_.size() < completed.size()) nodes_.resize(completed.size());
    for (std::size_t i = 0; i < completed.size(); ++i) nodes_[i].push_back(completed[i]);
    records_.push_back(std::move(record));
    return position;
  }

  ManualClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  SeededRandom random_{7};
  std::vector<std::string> people_;
  std::vector<std::string> cases_;
  std::string household_;
  std::string distribution_;

  LogFold fold_;
  std::vector<log::v1::Record> records_;
  std::vector<Hash> hashes_;
  std::vector<std::vector<Hash>> nodes_;
  Index by_stream_;
  Index by_subject_;

  std::vector<std::unique_ptr<SigningKey>> keys_ = [] {
    std::vector<std::unique_ptr<SigningKey>> keys;
    keys.push_back(MakeKey(0));
    return keys;
  }();
  const SigningKey witness_{"example.org/witness", SignatureKind::kWitness, {0x77}};
  std::vector<std::string> handovers_;
  std::optional<std::string> witnessed_;
};

}  // namespace mlup::proof
