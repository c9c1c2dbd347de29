// Invented people: names in both scripts, days of birth.
#pragma once

#include <string>

#include "services/mlup/generate/dice.h"

namespace mlup::cli::generate {

struct Name {
  std::string khmer;
  std::string latin;
};

// A family name and a given one; `family` from FamilyName().
Name FamilyName(Dice& dice);
Name PersonName(Dice& dice, const Name& family, bool female);

// Another spelling of the same name, as a second office would write it.
std::string OtherSpelling(Dice& dice, const std::string& latin);

}  // namespace mlup::cli::generate
