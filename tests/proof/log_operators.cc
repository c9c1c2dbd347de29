// Forging by changing the log: the server itself lies, and its builder works honestly over the lie.
#include <utility>

#include "tests/proof/scene.h"

namespace mlup::proof {
namespace {

// The bundle over changed records, with a checkpoint signed by `key`. Empty where the change does
// not apply, or left no bundle to make.
std::optional<Bundle> Rebuild(Scene& scene, const RecordChange& change, std::uint64_t last,
                              const SigningKey& key) {
  std::vector<log::v1::Record> records = scene.world.log().records();
  if (!change.apply(records, scene.dice, last, scene.person)) return std::nullopt;
  Renumber(records);
  const FoldedLog log(std::move(records), {scene.person});
  const Checkpoint checkpoint{kOrigin, log.size(), log.RootAt(log.size())};
  Bundle bundle = log.Build(scene.person, {log.maps().back(), HonestWorld::Sign(checkpoint, key),
                                           scene.world.handovers(), std::nullopt});
  const std::uint64_t witnessed = scene.world.witnessed_size();
  bundle.witnessed = WitnessedCheckpoint{scene.world.witnessed(), {}};
  if (witnessed <= log.size())
    bundle.witnessed->consistency = log.Consistency(witnessed, log.size());
  return bundle;
}

// The checkpoint stays as it was signed, and what leads to it.
bool KeepCheckpoint(Scene& scene, const RecordChange& change) {
  auto bundle = Rebuild(scene, change, scene.world.log().size(), scene.world.log_key());
  if (!bundle) return false;
  bundle->checkpoint = std::move(scene.bundle.checkpoint);
  bundle->witnessed = std::move(scene.bundle.witnessed);
  scene.bundle = *std::move(bundle);
  return true;
}

// Somebody without the log's key signs.
bool SignAsStranger(Scene& scene, const RecordChange& change) {
  const auto key = MakeKey(kOrigin, SignatureKind::kLog, scene.dice);
  auto bundle = Rebuild(scene, change, scene.world.log().size(), *key);
  if (!bundle) return false;
  scene.bundle = *std::move(bundle);
  return true;
}

// The log itself signs the changed past: only the witness can tell.
bool SignAgain(Scene& scene, const RecordChange& change) {
  auto bundle = Rebuild(scene, change, scene.world.witnessed_size(), scene.world.log_key());
  if (!bundle) return false;
  scene.bundle = *std::move(bundle);
  return true;
}

}  // namespace

std::vector<Operator> LogOperators() {
  std::vector<Operator> operators;
  const std::vector<RecordChange> changes = RecordChanges();
  operators.reserve(3 * changes.size());
  for (const RecordChange& change : changes) {
    operators.push_back({"log:" + change.name + ":old-checkpoint",
                         {"MAP_RECORD_WRONG", "INCLUSION_WRONG"},
                         [change](Scene& scene) { return KeepCheckpoint(scene, change); }});
    operators.push_back({"log:" + change.name + ":strange-key",
                         {"LOG_KEY_UNKNOWN"},
                         [change](Scene& scene) { return SignAsStranger(scene, change); }});
    operators.push_back({"log:" + change.name + ":signed-again",
                         {"WITNESS_INCONSISTENT"},
                         [change](Scene& scene) { return SignAgain(scene, change); }});
  }
  return operators;
}

}  // namespace mlup::proof
