// Power cuts at any operation of journal and RocksDB together lose nothing that was acknowledged.
#include "gtest/gtest.h"

#include "eventstore/base/random.h"
#include "eventstore/log/rocks_test_world.h"

namespace mlup::log {
namespace {

// Goal: no acknowledged event is lost, no position is skipped or given twice, what a reader saw
// stays, and no honest cut is refused. Method: a log with its journal on one simulated disk; the
// power is cut at a random operation of appending, closing or, often, starting.
class PowerCutTest : public testing::TestWithParam<int> {};

TEST_P(PowerCutTest, NothingAcknowledgedIsLost) {
  constexpr int kWorlds = 6;
  constexpr int kCuts = 6;
  for (int world_number = 0; world_number < kWorlds && !HasFailure(); ++world_number) {
    const auto seed = static_cast<std::uint64_t>(GetParam() * kWorlds + world_number);
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRandom random(seed);
    LogWorld world;
    world.options_.wait_for_both_copies = random.Next() % 4 == 0;
    for (int cut = 0; cut < kCuts; ++cut) {
      const bool while_starting = random.Next() % 3 == 0;
      if (while_starting) world.files_.CutAfter(1 + random.Next() % 120);
      const absl::Status opened = world.Open();
      if (opened.ok()) {
        if (!while_starting) world.files_.CutAfter(1 + random.Next() % 150);
        // Large ones now and then, so that segments are made too.
        while (world
                   .Append(1, 1 + static_cast<int>(random.Next() % 3),
                           random.Next() % 4 == 0 ? 120'000 : 16)
                   .ok()) {
          world.clock_.Advance(absl::Milliseconds(static_cast<std::int64_t>(random.Next() % 60)));
        }
      } else {
        ASSERT_TRUE(while_starting) << opened;
      }
      world.CutPower(random.Next());
      const absl::Status after = world.Open();
      ASSERT_TRUE(after.ok()) << after;
      world.ExpectEverything();
      if (HasFailure()) return;
      if (random.Next() % 2 == 0) world.CutPower(random.Next());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, PowerCutTest, testing::Range(0, 6));

}  // namespace
}  // namespace mlup::log
