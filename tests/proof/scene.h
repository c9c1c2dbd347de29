// What a forger works on: one honest bundle, and everything he may know; and what he may do with
// it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/proof/bundle.h"
#include "eventstore/proof/verify_bundle.h"
#include "tests/proof/dice.h"
#include "tests/proof/honest_world.h"

namespace mlup::proof {

struct Scene {
  const HonestWorld& world;
  Dice& dice;
  // Whom the bundle is about.
  std::string person;
  Bundle bundle;
  Trust trust;
  // Set by those who forge bytes; otherwise the bundle is encoded.
  std::optional<std::string> bytes;
};

// One way to forge.
struct Operator {
  std::string name;
  // The errors it may give; any other, and acceptance, is a failure.
  std::vector<std::string_view> errors;
  // False where it does not apply to this scene.
  std::function<bool(Scene&)> forge;
};

// Every error that an event shown wrongly can give.
inline const std::vector<std::string_view> kEventErrors = {
    "ORDER_WRONG",     "EVENT_PAST_MAP",     "COMMON_ALTERED",
    "PART_ALTERED",    "STREAM_NAME_WRONG",  "STREAMS_WRONG",
    "EVENT_UNRELATED", "SUBJECT_INCOMPLETE", "STREAM_INCOMPLETE"};

// Records are changed, and an honest builder works over the changed log.
std::vector<Operator> LogOperators();
// Parts of the bundle are changed.
std::vector<Operator> EventOperators();
std::vector<Operator> MapOperators();
// Keys, checkpoints, handovers and cosignatures are changed.
std::vector<Operator> VouchingOperators();
// Notes and tree heads break a rule of their format.
std::vector<Operator> FormOperators();
// Bytes are changed.
std::vector<Operator> ByteOperators();

// Changes `records` at positions up to `last`, in a way that matters to `person`; false where there
// is nothing to change.
struct RecordChange {
  std::string name;
  std::function<bool(std::vector<log::v1::Record>& records, Dice& dice, std::uint64_t last,
                     const std::string& person)>
      apply;
};

std::vector<RecordChange> RecordChanges();

}  // namespace mlup::proof
