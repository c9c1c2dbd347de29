// Every change of records, against the verifier of whole logs.
#pragma once

#include <string>
#include <vector>

#include "tests/proof/dice.h"
#include "tests/proof/honest_world.h"

namespace mlup::proof {

// One change of one log.
struct LogCase {
  std::string name;
  // What LogVerifier said; empty when it found nothing.
  std::string error;
  bool expected = false;
};

// One case for each change that applies to this log, and one without a change, of which an empty
// error is expected.
std::vector<LogCase> TamperWithLog(const HonestWorld& world, Dice& dice);

}  // namespace mlup::proof
