#include "services/mlup/generate/generate.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"

#include "services/mlup/generate/branch.h"

namespace mlup::cli::generate {
namespace {

constexpr std::uint64_t kChildrenOfBranch = 2000;

// Fewer families come in the months of the rice harvest.
Day Arrival(Dice& dice, const Span& span) {
  Day day = span.first + dice.Below(static_cast<int>(span.last - span.first));
  if ((day.month() == 11 || day.month() == 12) && dice.Percent(40)) {
    day = span.first + dice.Below(static_cast<int>(span.last - span.first));
  }
  return std::max(day, span.first + 14);
}

}  // namespace

Sum Generate(const Options& options, std::ostream& out,
             const std::function<void(std::uint64_t)>& told) {
  const Span span = {Day(options.first_year, 1, 1),
                     Day(options.first_year + options.years - 1, 12, 31)};
  Sum sum;
  for (std::uint64_t number = 1; sum.children < options.children && out; ++number) {
    const std::uint64_t wanted = std::min(kChildrenOfBranch, options.children - sum.children);
    Dice seeds = Dice::Of(options.seed, number);
    Branch branch(absl::StrCat("g", options.seed, ".", number), seeds.Next(), span);
    Begin(branch);
    while (branch.children.size() < wanted) LiveFamily(branch, seeds.Next(), Arrival(seeds, span));
    RunProgramme(branch, seeds.Next());
    PlanAndMeasure(branch);
    branch.book.Write(sum.facts, out);
    sum.children += branch.children.size();
    sum.facts += branch.book.facts();
    told(sum.children);
  }
  return sum;
}

}  // namespace mlup::cli::generate
