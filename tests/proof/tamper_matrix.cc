// Forges honest bundles and logs in every way we know, and demands that the verifiers notice.
//
//   tamper_matrix [--seed N] [--tamperings N] [--clean N] [--cases FILE] [--list]
//
// Prints what was not noticed, or noticed as something else, on the standard error, and one JSON
// object on the standard output. FILE gets every bundle with what was said of it, for agree.js.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include <nlohmann/json.hpp>

#include "eventstore/proof/bytes.h"
#include "eventstore/proof/verify_set.h"
#include "tests/proof/log_matrix.h"
#include "tests/proof/scene.h"
#include "tests/proof/set_matrix.h"

namespace mlup::proof {
namespace {

constexpr std::uint64_t kTamperingsInWorld = 64;
constexpr int kTriesMax = 1000;

struct Options {
  std::uint64_t seed = 1;
  std::uint64_t tamperings = 3000;
  std::uint64_t clean = 1000;
  std::string cases;
};

std::string Lines(const std::vector<VerifierKey>& keys) {
  return absl::StrJoin(keys, "\n", [](std::string* to, const VerifierKey& key) {
    absl::StrAppend(to, key.ToText());
  });
}

// The same words as agree.js makes of its summary.
std::string Words(const std::vector<VerifiedRecord>& records) {
  const BundleSummary& summary = records.front().summary;
  std::vector<std::string> streams;
  std::set<Position> shown;
  std::set<Position> naming;
  for (const auto& [bundle, found] : records) {
    streams.insert(streams.end(), found.streams.begin(), found.streams.end());
    for (std::size_t i = 0; i < bundle.events.size(); ++i) {
      shown.insert(found.headers[i].position);
      if (bundle.events[i].part.has_value()) naming.insert(found.headers[i].position);
    }
  }
  const bool witnessed = summary.witnessed_at != absl::InfinitePast();
  return absl::StrCat(summary.subject_id, " ", summary.origin, " ", summary.complete_to.value, " ",
                      summary.tree_size, " ",
                      witnessed ? absl::ToUnixSeconds(summary.witnessed_at) : 0, " ",
                      absl::StrCat(summary.witnessed_size, " ", naming.size(), " ", shown.size(),
                                   " ", absl::StrJoin(streams, ",")));
}

// What is counted and told. One thread.
class Matrix {
 public:
  explicit Matrix(Options options) : options_(std::move(options)), dice_(options_.seed) {
    if (!options_.cases.empty()) cases_.open(options_.cases, std::ios::binary);
  }

  void Run() {
    while (clean_ < options_.clean) CheckClean();
    std::vector<Operator> operators;
    for (auto* const family : {LogOperators, EventOperators, MapOperators, VouchingOperators,
                               FormOperators, ByteOperators}) {
      for (Operator& made : family()) operators.push_back(std::move(made));
    }
    for (std::uint64_t i = 0; i < options_.tamperings; ++i) {
      if (i % kTamperingsInWorld == 0) {
        world_ = std::make_unique<HonestWorld>(dice_.Any());
        if (i / kTamperingsInWorld % 8 == 0) CheckLog();
        CheckSet();
      }
      Tamper(operators[i % operators.size()]);
    }
    operators_ = operators.size();
  }

  // One JSON object; true when nothing failed.
  bool Tell() {
    cases_.flush();
    if (!options_.cases.empty() && !cases_) Fail("cases", "cannot write " + options_.cases);
    for (const auto& [what, place] : failed_) {
      std::cerr << what << " (first: seed " << options_.seed << ", " << place << ")\n";
    }
    nlohmann::json result = {{"cases", clean_ + tampered_ + log_cases_ + set_cases_},
                             {"failures", failures_},
                             {"seed", options_.seed},
                             {"figures",
                              {{"tamperings", tampered_},
                               {"operators", operators_},
                               {"clean", clean_},
                               {"logs", log_cases_},
                               {"files of several records", set_cases_},
                               {"errors", nlohmann::json(errors_)}}}};
    std::cout << result.dump() << std::endl;
    return failures_ == 0;
  }

 private:
  void Fail(const std::string& what, const std::string& words) {
    ++failures_;
    std::string& place = failed_[what + ": " + words];
    if (place.empty()) place = absl::StrCat("tampering ", tampered_, ", clean ", clean_);
  }

  // What the verifier says; empty when it accepts.
  std::string Verify(std::string_view name, std::string_view bytes, const Trust& trust) {
    const auto records = VerifyFile(bytes, trust);
    const std::string error = records.ok() ? "" : ErrorReason(records.status());
    if (cases_.is_open()) {
      std::string record;
      ByteWriter writer(record);
      writer.Str(name);
      writer.Str(error);
      writer.Str(records.ok() ? Words(*records) : "");
      writer.Str(Lines(trust.log_keys));
      writer.Str(Lines(trust.witness_keys));
      writer.Str(trust.subject_id);
      writer.Str(bytes);
      cases_ << record;
    }
    return records.ok() || !error.empty() ? error : "NAMELESS";
  }

  // All bundles of one log, as different auditors see them.
  void CheckClean() {
    const HonestWorld world(dice_.Any());
    for (const std::string& person : world.people()) {
      if (clean_ == options_.clean) return;
      Bundle bundle = world.Build(person);
      Trust trust = world.Auditor(person);
      Vary(world, person, bundle, trust);
      const std::string bytes = EncodeBundle(bundle);
      ++clean_;
      const std::string error = Verify("clean", bytes, trust);
      if (!error.empty()) Fail("clean", absl::StrCat("refused with ", error));
      const auto parsed = ParseBundle(bytes);
      if (!parsed.ok() || EncodeBundle(*parsed) != bytes) Fail("clean", "another form");
    }
  }

  // Other auditors, other maps, and notes with lines of strangers.
  void Vary(const HonestWorld& world, const std::string& person, Bundle& bundle, Trust& trust) {
    switch (dice_.Below(8)) {
      case 0:
        trust.witness_keys.clear();
        return;
      case 1:
        trust.log_keys = {world.log_key().verifier()};
        return;
      case 2:
        trust.subject_id.clear();
        return;
      case 3:
        trust.log_keys.push_back(Stranger()->verifier());
        return;
      case 4:
        bundle = world.BuildOlder(person, world.OlderMap(),
                                  dice_.Between(world.OlderMap().value, world.log().size()));
        if (!bundle.witnessed) trust.witness_keys.clear();
        return;
      case 5:
        bundle.witnessed->note = world.witness_key().Sign(world.CheckpointAt(0), 1'700'000'000);
        bundle.witnessed->consistency.clear();
        return;
      case 6:
        bundle.checkpoint = Stranger()->Sign(bundle.checkpoint);
        bundle.witnessed->note = Stranger()->Sign(bundle.witnessed->note);
        for (std::string& handover : bundle.handovers) handover = Stranger()->Sign(handover);
        for (int i = 0; i < 98; ++i) bundle.checkpoint += "— stranger AAAAAAAA\n";
        return;
      default:
        return;
    }
  }

  std::unique_ptr<SigningKey> Stranger() {
    return MakeKey("log.example.com/other", SignatureKind::kLog, dice_);
  }

  void Tamper(const Operator& operation) {
    ++tampered_;
    for (int tries = 0; tries < kTriesMax; ++tries) {
      if (tries % 20 == 19) world_ = std::make_unique<HonestWorld>(dice_.Any());
      const std::string person = dice_.Of(world_->people());
      const Bundle honest = world_->Build(person);
      Scene scene{*world_, dice_, person, honest, world_->Auditor(person), std::nullopt};
      if (!operation.forge(scene)) continue;
      Judge(operation, honest, scene);
      return;
    }
    Fail(operation.name, "never applied");
  }

  void Judge(const Operator& operation, const Bundle& honest, const Scene& scene) {
    const std::string bytes = scene.bytes ? *scene.bytes : EncodeBundle(scene.bundle);
    const Trust trust = scene.world.Auditor(scene.person);
    const bool same_trust = Lines(trust.log_keys) == Lines(scene.trust.log_keys) &&
                            Lines(trust.witness_keys) == Lines(scene.trust.witness_keys) &&
                            trust.subject_id == scene.trust.subject_id;
    if (same_trust && bytes == EncodeBundle(honest)) Fail(operation.name, "changed nothing");
    const std::string error = Verify(operation.name, bytes, scene.trust);
    if (!error.empty()) ++errors_[error];
    if (error.empty()) {
      Fail(operation.name, "accepted");
    } else if (std::find(operation.errors.begin(), operation.errors.end(), error) ==
               operation.errors.end()) {
      Fail(operation.name, "unexpected " + error);
    }
  }

  void CheckLog() {
    for (const LogCase& found : TamperWithLog(*world_, dice_)) {
      ++log_cases_;
      if (!found.error.empty()) ++errors_[found.error];
      if (!found.expected) Fail(found.name, "found \"" + found.error + "\"");
    }
  }

  void CheckSet() {
    for (const SetCase& found : TamperWithSet(dice_)) {
      ++set_cases_;
      const std::string error = Verify(found.name, found.bytes, found.trust);
      if (!error.empty()) ++errors_[error];
      const bool expected =
          found.errors.empty() ? error.empty() : std::ranges::count(found.errors, error) > 0;
      if (!expected) Fail(found.name, "found \"" + error + "\"");
      if (found.errors.empty() && error.empty() && RecordsIn(found) != found.records) {
        Fail(found.name, "shows other records than the person's");
      }
    }
  }

  static std::vector<std::string> RecordsIn(const SetCase& found) {
    const auto records = VerifyFile(found.bytes, found.trust);
    std::vector<std::string> ids;
    ids.reserve(records->size());
    for (const VerifiedRecord& record : *records) ids.push_back(record.bundle.subject_id);
    std::ranges::sort(ids);
    return ids;
  }

  const Options options_;
  Dice dice_;
  std::ofstream cases_;
  std::unique_ptr<HonestWorld> world_;
  std::uint64_t clean_ = 0;
  std::uint64_t tampered_ = 0;
  std::uint64_t log_cases_ = 0;
  std::uint64_t set_cases_ = 0;
  std::uint64_t failures_ = 0;
  std::size_t operators_ = 0;
  std::map<std::string, std::uint64_t> errors_;
  // What failed, and where first.
  std::map<std::string, std::string> failed_;
};

int List() {
  for (auto* const family : {LogOperators, EventOperators, MapOperators, VouchingOperators,
                             FormOperators, ByteOperators}) {
    for (const Operator& made : family()) {
      std::cout << made.name << ": "
                << absl::StrJoin(made.errors, " ", [](auto* to, auto error) { to->append(error); })
                << "\n";
    }
  }
  return 0;
}

int Main(const std::vector<std::string>& words) {
  Options options;
  const std::map<std::string, std::uint64_t*> numbers = {{"--seed", &options.seed},
                                                         {"--tamperings", &options.tamperings},
                                                         {"--clean", &options.clean}};
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--list") return List();
    const auto number = numbers.find(words[i]);
    const bool last = i + 1 == words.size();
    if (words[i] == "--cases" && !last) {
      options.cases = words[++i];
    } else if (last || number == numbers.end() || !absl::SimpleAtoi(words[++i], number->second)) {
      std::cerr << words[i] << " is not understood: see the beginning of tamper_matrix.cc\n";
      return 2;
    }
  }
  Matrix matrix(std::move(options));
  matrix.Run();
  return matrix.Tell() ? 0 : 1;
}

}  // namespace
}  // namespace mlup::proof

int main(int count, char** words) { return mlup::proof::Main({words + 1, words + count}); }
