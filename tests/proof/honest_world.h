// A log that was kept honestly, its keys, its witness, and the bundles it gives out.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "eventstore/proof/note.h"
#include "eventstore/proof/verify_bundle.h"
#include "tests/proof/dice.h"
#include "tests/proof/folded_log.h"

namespace mlup::proof {

inline constexpr char kOrigin[] = "log.example.org/mlup";

// 40 to 120 invented events about three to seven people, one of whom no event names; two records
// of the map; up to two changes of the log's key. One thread.
class HonestWorld {
 public:
  explicit HonestWorld(std::uint64_t seed);

  const std::vector<std::string>& people() const { return people_; }
  // Whom no event names.
  const std::string& nobody() const { return people_.back(); }
  const FoldedLog& log() const { return *log_; }
  Position OlderMap() const { return log_->maps().front(); }
  Position NewestMap() const { return log_->maps().back(); }
  std::uint64_t witnessed_size() const { return witnessed_size_; }
  // The cosigned checkpoint.
  const std::string& witnessed() const { return witnessed_; }
  const std::vector<std::string>& handovers() const { return handovers_; }
  // Key of the log that signs now.
  const SigningKey& log_key() const { return *keys_.back(); }
  const SigningKey& first_key() const { return *keys_.front(); }
  const SigningKey& witness_key() const { return witness_; }

  // What `key` signs for a tree, in the form of a note.
  static std::string Sign(const Checkpoint& checkpoint, const SigningKey& key,
                          std::uint64_t unix_seconds = 0);
  // Signed by the key that signed then.
  std::string CheckpointAt(std::uint64_t size) const;

  // The bundle about `person`, of the newest map and the newest checkpoint.
  Bundle Build(const std::string& person) const;
  // The same of the map recorded there and the checkpoint of `size`.
  Bundle BuildOlder(const std::string& person, Position map, std::uint64_t size) const;

  // Trusts the first key and the witness, and asks for `person`.
  Trust Auditor(const std::string& person) const;

 private:
  std::vector<std::string> people_;
  std::unique_ptr<FoldedLog> log_;
  std::vector<std::unique_ptr<SigningKey>> keys_;
  // Sizes at which the next key took over.
  std::vector<std::uint64_t> handed_over_;
  std::vector<std::string> handovers_;
  SigningKey witness_;
  std::uint64_t witnessed_size_ = 0;
  std::string witnessed_;
};

// A key of nobody whom the auditor trusts.
std::unique_ptr<SigningKey> MakeKey(const std::string& name, SignatureKind kind, Dice& dice);

}  // namespace mlup::proof
