#include "tests/proof/log_matrix.h"

#include <algorithm>
#include <utility>

#include "eventstore/proof/verify_log.h"
#include "tests/proof/scene.h"

namespace mlup::proof {
namespace {

using Records = std::vector<log::v1::Record>;

Checkpoint CheckpointAt(const HonestWorld& world, std::uint64_t size) {
  return {kOrigin, size, world.log().RootAt(size)};
}

// What an auditor of the whole log finds, who has the checkpoints of the true one.
std::string Verify(const HonestWorld& world, const Records& records) {
  std::vector<MapRecord> maps;
  for (const auto& record : records) {
    if (!IsMapRecord(record)) continue;
    const auto map = MapRecord::FromCommon(record.event().common());
    if (map) maps.push_back(*map);
  }
  std::vector<Checkpoint> checkpoints = {CheckpointAt(world, world.log().size()),
                                         CheckpointAt(world, world.witnessed_size()),
                                         CheckpointAt(world, world.log().size() / 4)};
  LogVerifier verifier(std::move(checkpoints), std::move(maps));
  for (const auto& record : records) {
    if (const absl::Status status = verifier.Take(record); !status.ok()) return ErrorReason(status);
  }
  return ErrorReason(verifier.Finish());
}

// A change that is seen before any hash is compared.
struct PlainChange {
  std::string name;
  std::string error;
  std::function<bool(Records&, std::size_t at)> apply;
};

std::vector<PlainChange> PlainChanges() {
  return {{"position", "POSITION_GAP",
           [](Records& records, std::size_t at) {
             records[at].set_position(records[at].position() + 1);
             return true;
           }},
          {"revision", "REVISION_GAP",
           [](Records& records, std::size_t at) {
             records[at].set_revision(records[at].revision() + 1);
             return true;
           }},
          {"time-backwards", "TIME_BACKWARDS",
           [](Records& records, std::size_t at) {
             records[at].mutable_recorded_at()->set_seconds(1);
             return at > 0;
           }},
          {"time-unfit", "HEADER_UNFIT",
           [](Records& records, std::size_t at) {
             records[at].mutable_recorded_at()->set_nanos(1'000'000'000);
             return true;
           }},
          {"map-root", "MAP_ROOT_WRONG", [](Records& records, std::size_t at) {
             const auto map = MapRecord::FromCommon(records[at].event().common());
             if (!IsMapRecord(records[at]) || !map) return false;
             records[at].mutable_event()->set_common(MapRecord{map->size, Sha256("x")}.ToCommon());
             return true;
           }}};
}

}  // namespace

std::vector<LogCase> TamperWithLog(const HonestWorld& world, Dice& dice) {
  const Records& honest = world.log().records();
  std::vector<LogCase> cases = {{"log", Verify(world, honest), false}};
  cases.front().expected = cases.front().error.empty();
  const auto judge = [&](std::string name, const Records& records,
                         const std::vector<std::string_view>& errors) {
    std::string error = Verify(world, records);
    const bool expected = std::find(errors.begin(), errors.end(), error) != errors.end();
    cases.push_back({std::move(name), std::move(error), expected});
  };
  for (const PlainChange& change : PlainChanges()) {
    Records records = honest;
    std::size_t at = dice.Below(records.size());
    if (change.error == "MAP_ROOT_WRONG") at = dice.Of(world.log().maps()).value - 1;
    if (change.apply(records, at)) judge("log:" + change.name, records, {change.error});
  }
  for (const RecordChange& change : RecordChanges()) {
    Records records = honest;
    if (!change.apply(records, dice, honest.size(), dice.Of(world.people()))) continue;
    judge("log:" + change.name + ":bare", records,
          {"POSITION_GAP", "REVISION_GAP", "TIME_BACKWARDS", "MAP_ROOT_WRONG",
           "CHECKPOINT_CONTRADICTED", "LOG_TOO_SHORT"});
    Renumber(records);
    judge("log:" + change.name + ":renumbered", records,
          {"TIME_BACKWARDS", "MAP_ROOT_WRONG", "CHECKPOINT_CONTRADICTED", "LOG_TOO_SHORT"});
    const FoldedLog folded(std::move(records), world.people());
    judge("log:" + change.name + ":folded-again", folded.records(),
          {"TIME_BACKWARDS", "CHECKPOINT_CONTRADICTED", "LOG_TOO_SHORT"});
  }
  return cases;
}

}  // namespace mlup::proof
