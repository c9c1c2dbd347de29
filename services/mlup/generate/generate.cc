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

// The past is entered through a window that one person asks for and another one opens. Returns how
// many facts that takes.
std::uint64_t OpenWindow(const Options& options, std::ostream& out) {
  const std::string name = absl::StrCat("g", options.seed, ".import-window-");
  const std::string stream = "import/00000000-0000-4000-8000-000000000000";
  Book ids(name, Dice::Of(options.seed, 0), Day());
  const std::string window = ids.NewId(Day(options.first_year, 1, 1));
  const std::string day = Iso(Day(options.first_year + options.years, 1, 1));
  Json years = Json::array();
  for (int i = 0; i < options.years; ++i) years.push_back(absl::StrCat(options.first_year + i));
  const auto write = [&](const char* what, Author author, const char* fact, Json body) {
    const Json context = {
        {"request_id", name + what}, {"actor_id", author.actor_id},
        {"role", author.role},       {"organisation_id", "mro"},
        {"channel", "CHANNEL_CLI"},  {"occurred", {{"precision", "PRECISION_DAY"}, {"from", day}}}};
    const Json facts = Json::array({{{"stream", stream}, {fact, std::move(body)}}});
    out << Json{{"record", {{"context", context}, {"facts", facts}}}}.dump() << "\n";
  };
  write("requested", kMonitoring, "import_window_requested",
        {{"window_id", window},
         {"source_system", kSourceSystem},
         {"first_day", day},
         {"last_day", "2199-12-31"},
         {"periods", std::move(years)}});
  write("approved", kDirector, "import_window_approved", {{"window_id", window}});
  return 2;
}

}  // namespace

Sum Generate(const Options& options, std::ostream& out,
             const std::function<void(std::uint64_t)>& told) {
  const Span span = {Day(options.first_year, 1, 1),
                     Day(options.first_year + options.years - 1, 12, 31)};
  Sum sum;
  sum.facts = OpenWindow(options, out);
  for (std::uint64_t number = 1; sum.children < options.children && out; ++number) {
    const std::uint64_t wanted = std::min(kChildrenOfBranch, options.children - sum.children);
    Dice seeds = Dice::Of(options.seed, number);
    Branch branch(absl::StrCat("g", options.seed, ".", number), seeds.Next(), span);
    Begin(branch);
    while (branch.children.size() < wanted) {
      const std::uint64_t seed = seeds.Next();
      LiveFamily(branch, seed, Arrival(seeds, span));
    }
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
