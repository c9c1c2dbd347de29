// An invented organisation is the same wherever it is invented.
#include "services/mlup/generate/generate.h"

#include <sstream>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

#include "eventstore/base/blake2b.h"

namespace mlup::cli::generate {
namespace {

std::string Invented(const Options& options) {
  std::ostringstream out;
  Generate(options, out, [](std::uint64_t) {});
  return out.str();
}

TEST(GenerateTest, TheSameOptionsGiveTheSameLinesUnderEveryCompiler) {
  const Options options = {.children = 60, .first_year = 2019, .years = 2, .seed = 5};
  const std::string lines = Invented(options);
  EXPECT_EQ(lines, Invented(options));
  EXPECT_EQ(absl::BytesToHexString(Blake2b(lines, 16)), "c79135e800f7ed5a7058572c8115a63a");
}

TEST(GenerateTest, AnotherSeedGivesOthers) {
  EXPECT_NE(Invented({.children = 5, .first_year = 2019, .years = 1, .seed = 1}),
            Invented({.children = 5, .first_year = 2019, .years = 1, .seed = 2}));
}

}  // namespace
}  // namespace mlup::cli::generate
