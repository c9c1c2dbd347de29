// Power cuts at any operation of journal and RocksDB together lose nothing that was acknowledged.
#include <cstdlib>

#include "absl/strings/numbers.h"
#include "gtest/gtest.h"

#include "eventstore/base/random.h"
#include "eventstore/log/rocks_test_world.h"

namespace mlup::log {
namespace {

// Goal: no acknowledged event is lost, no position is skipped or given twice, what a reader saw
// stays, and no honest cut is refused. Method: a log with its journal on one simulated disk; the
// power is cut at a random operation of appending, closing or, often, starting.
class PowerCutTest : public testing::TestWithParam<int> {
 protected:
  static constexpr int kSeeds = 6;
  static constexpr int kCuts = 6;  // of one log

  // Logs of one seed: so many that all cuts are MLUP_CASES, or a few.
  static std::uint64_t Worlds() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing sets it.
    const char* text = std::getenv("MLUP_CASES");
    std::uint64_t cases = 0;
    if (text == nullptr || !absl::SimpleAtoi(text, &cases)) return 6;
    constexpr std::uint64_t kOfASeed = std::uint64_t{kSeeds} * kCuts;
    return (cases + kOfASeed - 1) / kOfASeed;
  }
};

TEST_P(PowerCutTest, NothingAcknowledgedIsLost) {
  const std::uint64_t worlds = Worlds();
  int cuts = 0;
  std::uint64_t events = 0;
  std::uint64_t acknowledged = 0;
  for (std::uint64_t world_number = 0; world_number < worlds && !HasFailure(); ++world_number) {
    const auto seed = static_cast<std::uint64_t>(GetParam()) * worlds + world_number;
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRandom random(seed);
    LogWorld world;
    world.log_options.wait_for_both_copies = random.Next() % 4 == 0;
    for (int cut = 0; cut < kCuts; ++cut) {
      const bool while_starting = random.Next() % 3 == 0;
      if (while_starting) world.disk.CutAfter(1 + random.Next() % 120);
      const absl::Status opened = world.Open();
      if (opened.ok()) {
        if (!while_starting) world.disk.CutAfter(1 + random.Next() % 150);
        // Large ones now and then, so that segments are made too.
        while (world
                   .Append(1, 1 + static_cast<int>(random.Next() % 3),
                           random.Next() % 4 == 0 ? 120'000 : 16)
                   .ok()) {
          world.clock.Advance(absl::Milliseconds(static_cast<std::int64_t>(random.Next() % 60)));
        }
      } else {
        ASSERT_TRUE(while_starting) << opened;
      }
      world.CutPower(random.Next());
      const absl::Status after = world.Open();
      ASSERT_TRUE(after.ok()) << after;
      world.ExpectEverything();
      if (HasFailure()) return;
      ++cuts;
      acknowledged = world.acknowledged();
      if (random.Next() % 2 == 0) world.CutPower(random.Next());
    }
    events += acknowledged;
  }
  RecordProperty("cases", cuts);
  RecordProperty("events", static_cast<int>(events));
}

// Goal: one failed operation, whichever it is, loses nothing and needs nobody at the next start.
// Method: a script of a start, appends, a second start and a close, run once for every operation
// with each fault, which is over at once or stays until the next start.
struct FaultCase {
  SimulatedFiles::Fault fault;
  bool stays;
  bool all = false;
};
class FaultTest : public testing::TestWithParam<FaultCase> {};

TEST_P(FaultTest, AFailureOfAnyOperationLosesNothing) {
  int runs = 0;
  // Every operation with the faults that differ most; with the others every seventh, and every one
  // where MLUP_CASES is set.
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing sets it.
  const bool all = std::getenv("MLUP_CASES") != nullptr || GetParam().all;
  for (std::uint64_t k = 1;; k += all ? 1 : 7) {
    SCOPED_TRACE("operation " + std::to_string(k));
    LogWorld world;
    const std::uint64_t begin = world.disk.operations();
    world.disk.FailAfter(k, GetParam().fault, GetParam().stays);
    for (int life = 0; life < 2; ++life) {
      if (!world.Open().ok()) continue;
      for (int i = 0; i < 5; ++i) {
        // A refused append may be sent again, or not.
        if (!world.Append(1, 2, i == 3 ? 400'000 : 16).ok()) continue;
      }
    }
    world.Close();
    const bool is_over = world.disk.operations() < begin + k;
    world.disk.CutAfter(UINT64_MAX - world.disk.operations());
    if (k % 2 == 0) world.CutPower(k);
    const absl::Status status = world.Open();
    ASSERT_TRUE(status.ok()) << status;
    world.ExpectEverything();
    if (HasFailure()) return;
    RecordProperty("cases", ++runs);
    if (is_over) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Faults, FaultTest,
                         testing::Values(FaultCase{SimulatedFiles::Fault::kError, false, true},
                                         FaultCase{SimulatedFiles::Fault::kError, true},
                                         FaultCase{SimulatedFiles::Fault::kDiskFull, false, true},
                                         FaultCase{SimulatedFiles::Fault::kDiskFull, true},
                                         FaultCase{SimulatedFiles::Fault::kShortWrite, false},
                                         FaultCase{SimulatedFiles::Fault::kShortWrite, true}));

INSTANTIATE_TEST_SUITE_P(Seeds, PowerCutTest, testing::Range(0, 6));

}  // namespace
}  // namespace mlup::log
