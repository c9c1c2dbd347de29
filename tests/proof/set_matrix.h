// Files about persons whose records were merged, parted and merged again, and every way to leave a
// record out of one or to put one in.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "eventstore/proof/verify_bundle.h"
#include "tests/proof/dice.h"

namespace mlup::proof {

// One file, as it was built or as it was forged.
struct SetCase {
  std::string name;
  std::string bytes;
  Trust trust;
  // The errors it may give; none where the file is honest.
  std::vector<std::string_view> errors;
  // Of an honest file, whose records it must show, in alphabetical order.
  std::vector<std::string> records;
};

// The files about one person of an invented log: one honest, and one for each forgery that applies.
std::vector<SetCase> TamperWithSet(Dice& dice);

}  // namespace mlup::proof
