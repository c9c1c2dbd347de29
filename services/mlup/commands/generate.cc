// `mlup generate`: an invented organisation, for trying, demonstrating and measuring.
#include "services/mlup/generate/generate.h"

#include <cstdint>
#include <ostream>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

#include "eventstore/base/clock.h"
#include "services/mlup/commands/commands.h"
#include "services/mlup/progress.h"

namespace mlup::cli {

int RunGenerate(const Session& session, const GenerateOptions& options) {
  const SystemClock clock;
  const auto this_year = absl::ToCivilYear(clock.Now(), absl::UTCTimeZone()).year();
  if (options.first_year + options.years > this_year) {
    return FailUsage(session, absl::InvalidArgumentError(absl::StrCat(
                                  "--from and --years end after ", this_year - 1,
                                  ", the last whole year: what is recorded has happened")));
  }
  Progress progress(session.err, clock, options.children, session.terminal, "children");
  const generate::Sum sum =
      generate::Generate({.children = options.children,
                          .first_year = options.first_year,
                          .years = options.years,
                          .seed = options.seed},
                         session.out, [&progress](std::uint64_t done) { progress.Show(done); });
  progress.Clear();
  session.err << sum.children << " children, " << sum.facts << " facts\n";
  return kExitOk;
}

}  // namespace mlup::cli
