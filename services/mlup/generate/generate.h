// An invented organisation's years, as import lines.
#pragma once

#include <cstdint>
#include <functional>
#include <ostream>

namespace mlup::cli::generate {

struct Options {
  std::uint64_t children = 100;
  int first_year = 2019;
  int years = 3;
  std::uint64_t seed = 1;
};

struct Sum {
  std::uint64_t children = 0;
  std::uint64_t facts = 0;
};

// Writes lines for `mlup import`, the same for the same options. Offices of up to 2,000 children
// come one after another, within each in the order of recording; memory does not grow with their
// number. `told` hears of the children so far, after each office.
Sum Generate(const Options& options, std::ostream& out,
             const std::function<void(std::uint64_t)>& told);

}  // namespace mlup::cli::generate
