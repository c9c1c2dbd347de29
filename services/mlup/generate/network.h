// Those with whom an office works: homes, partners, authorities, communities.
#pragma once

#include <map>
#include <set>
#include <string>

#include "services/mlup/generate/branch.h"

namespace mlup::cli::generate {

// Ids of persons by the group to which they belong.
using Members = std::map<std::string, std::set<std::string>>;

// Borrows all. One thread.
class Network {
 public:
  Network(Branch& branch, Dice& dice, Members& members)
      : branch_(branch), dice_(dice), members_(members) {}

  void Month(Day day);

 private:
  void Report(Day day);
  void Year(Day day);
  void Endings(Day day);
  void Flood(Day day);

  Branch& branch_;
  Dice& dice_;
  Members& members_;
  int years_ = 0;
};

}  // namespace mlup::cli::generate
