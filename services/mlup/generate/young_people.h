// Young people's way to work, a mentor beside them.
#pragma once

#include <set>
#include <string>

#include "services/mlup/generate/branch.h"

namespace mlup::cli::generate {

// Borrows both. One thread.
class YoungPeople {
 public:
  YoungPeople(Branch& branch, Dice& dice) : branch_(branch), dice_(dice) {}

  // Begins with whoever is 15 or older and new to it; null is nobody.
  void Begin(Day day, const Person* person, const Person* mentor);

 private:
  Branch& branch_;
  Dice& dice_;
  std::set<std::string> begun_;
};

}  // namespace mlup::cli::generate
