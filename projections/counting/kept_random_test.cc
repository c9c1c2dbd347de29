// Whatever is recorded between whatever questions: kept cells are those that are counted afresh.
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "absl/strings/numbers.h"

#include "projections/counting/counting_test_log.h"
#include "projections/counting/random_log.h"

namespace mlup::counting::kept_random_test {
namespace {

constexpr int kLogs = 80;
constexpr int kQuestions = 60;

int Logs() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing sets it.
  const char* const text = std::getenv("MLUP_CASES");
  int logs = 0;
  return text != nullptr && absl::SimpleAtoi(text, &logs) ? logs : kLogs;
}

const Definitions& OfTheReports() {
  static const Definitions& definitions = *[] {
    std::ifstream file(MLUP_INDICATORS_FILE);
    std::stringstream text;
    text << file.rdbuf();
    auto parsed = Definitions::Parse(text.str());
    EXPECT_TRUE(parsed.ok()) << parsed.status();
    return new Definitions(*std::move(parsed));
  }();
  return definitions;
}

// Mostly what is known now, of few periods, so that most was asked for before.
Scope SomeScope(RandomLog& log) {
  constexpr const char* kPeriods[] = {"2021-Q1", "2021-Q2", "2021-02", "2021"};
  Scope scope{*ParsePeriod(kPeriods[log.Below(4)]), {{log.size()}, std::nullopt}};
  if (log.Below(10) == 0) scope.period = {*ParseDay("2021-03-30"), *ParseDay("2021-04-02")};
  if (log.Below(4) == 0) scope.cut.position = {1 + log.Below(log.size())};
  if (log.Below(2) == 0) {
    scope.cut.day = Day{ParseDay("2021-01-15")->value + 30 * static_cast<int>(log.Below(6))};
  }
  if (log.Below(20) == 0) {
    scope.compared = Cut{{1 + log.Below(scope.cut.position.value)}, std::nullopt};
  }
  return scope;
}

std::string FirstDifference(const reports::v1::GetReportResponse& kept,
                            const reports::v1::GetReportResponse& fresh) {
  for (int i = 0; i < std::min(kept.rows_size(), fresh.rows_size()); ++i) {
    if (kept.rows(i).SerializeAsString() == fresh.rows(i).SerializeAsString()) continue;
    return absl::StrCat("kept:\n", kept.rows(i).DebugString(), "afresh:\n",
                        fresh.rows(i).DebugString());
  }
  return absl::StrCat(kept.rows_size(), " rows and ", kept.notes_size(), " notes kept, ",
                      fresh.rows_size(), " and ", fresh.notes_size(), " afresh");
}

class KeptRandomTest : public testing::TestWithParam<int> {};

TEST_P(KeptRandomTest, KeptCellsAreThoseCountedAfresh) {
  const int part = GetParam();
  KeptCells::Counts counts;
  for (int seed = part; seed < Logs(); seed += 4) {
    RandomLog log(static_cast<std::uint64_t>(seed), OfTheReports());
    // With little room what was kept goes again.
    const CountedFacts kept(log.facts(), OfTheReports(),
                            seed % 3 == 0 ? std::size_t{300'000} : kKeptBytesMax);
    while (log.size() < 40) log.Add();
    for (int question = 0; question < kQuestions; ++question) {
      for (std::size_t more = log.Below(4); more > 0; --more) log.Add();
      const Scope scope = SomeScope(log);
      const auto found = ComputeReport(kept, scope);
      const CountedFacts afresh(log.facts(), OfTheReports());
      const auto expected = ComputeReport(afresh, scope);
      ASSERT_TRUE(found.ok() && expected.ok()) << found.status() << expected.status();
      ASSERT_TRUE(found->SerializeAsString() == expected->SerializeAsString())
          << "seed " << seed << ", question " << question << ", position "
          << scope.cut.position.value << " of " << log.size() << ", "
          << FormatDay(scope.period.first) << ", known "
          << (scope.cut.day ? FormatDay(*scope.cut.day) : "now") << "\n"
          << FirstDifference(*found, *expected);
    }
    const KeptCells::Counts of_log = kept.kept().counts();
    counts.answered += of_log.answered;
    counts.counted += of_log.counted;
  }
  // Else nothing was shown.
  EXPECT_GT(4 * counts.answered, counts.counted);
}

INSTANTIATE_TEST_SUITE_P(Parts, KeptRandomTest, testing::Range(0, 4));

}  // namespace
}  // namespace mlup::counting::kept_random_test
