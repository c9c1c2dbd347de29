// A relay's state over ends of the process and of the power.
#include "services/relay/relay_state.h"

#include <gtest/gtest.h>

#include "eventstore/base/simulated_files.h"
#include "eventstore/base/status.h"

namespace mlup::relay {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);
constexpr char kFolder[] = "/relays/partner";

std::unique_ptr<RelayState> Open(Files& files, Position begin_after = {}) {
  auto state = RelayState::Open(files, kFolder, begin_after, {.tries_max = 1});
  EXPECT_TRUE(state.ok()) << state.status();
  return state.ok() ? *std::move(state) : nullptr;
}

Failure Refusal(std::string event_id) {
  return {.at = kNow,
          .delay = {},
          .refused = true,
          .because = "answered 400",
          .event_id = std::move(event_id),
          .type = "t"};
}

TEST(RelayStateTest, BeginsWhereItIsToldAndRemembersWhereItIs) {
  SimulatedFiles files;
  EXPECT_EQ(Open(files, {7})->position(), Position{7});
  {
    const auto state = Open(files, {99});
    EXPECT_EQ(state->position(), Position{7});
    ASSERT_TRUE(state->Read({12}, 5, {{{9}, "case/a"}, {{10}, "case/a"}, {{12}, "case/b"}}).ok());
    EXPECT_EQ(state->Begin(kNow), Position{9});
    state->Delivered({9}, kNow);
  }
  const auto state = Open(files);
  EXPECT_EQ(state->position(), Position{12});
  EXPECT_EQ(state->history(), 5U);
  EXPECT_EQ(state->Begin(kNow), Position{10});
  EXPECT_EQ(state->Begin(kNow), Position{12});
}

TEST(RelayStateTest, DeadAndSkippedLettersSurvive) {
  SimulatedFiles files;
  {
    const auto state = Open(files);
    ASSERT_TRUE(state->Read({3}, 5, {{{1}, "case/a"}, {{2}, "case/a"}, {{3}, "case/b"}}).ok());
    state->Begin(kNow);
    EXPECT_TRUE(state->Fail({1}, Refusal("event-1")));
    state->Begin(kNow);
    state->SetAside({3}, Refusal("event-3"));
  }
  files.PowerCut(1);
  {
    const auto state = Open(files);
    EXPECT_EQ(state->queue().dead(), 2U);
    EXPECT_EQ(ErrorReason(state->Skip("event-2", {})), "LETTER_UNKNOWN");
    v1::Skip skip;
    skip.set_actor_id("staff-mel-1");
    ASSERT_TRUE(state->Skip("event-1", skip).ok());
    EXPECT_EQ(*state->Revive({}), 1U);
  }
  files.PowerCut(2);
  const auto state = Open(files);
  ASSERT_EQ(state->skipped().size(), 1U);
  EXPECT_EQ(state->skipped()[0].skip().actor_id(), "staff-mel-1");
  EXPECT_EQ(state->queue().dead(), 0U);
  EXPECT_EQ(state->Begin(kNow), Position{2});
  EXPECT_EQ(state->Begin(kNow), Position{3});
}

TEST(RelayStateTest, RewindingKeepsOlderLetters) {
  SimulatedFiles files;
  {
    const auto state = Open(files);
    ASSERT_TRUE(state->Read({6}, 5, {{{2}, "case/a"}, {{5}, "case/a"}, {{6}, "case/b"}}).ok());
    state->Begin(kNow);
    state->Fail({2}, Refusal("event-2"));
    EXPECT_EQ(ErrorReason(state->Rewind({7})), "POSITION_AHEAD");
    ASSERT_TRUE(state->Rewind({4}).ok());
  }
  const auto state = Open(files);
  EXPECT_EQ(state->position(), Position{4});
  EXPECT_EQ(state->history(), 0U);
  EXPECT_EQ(state->queue().size(), 1U);
}

TEST(RelayStateTest, ReplayFromTheBeginningIsRemembered) {
  SimulatedFiles files;
  {
    const auto state = Open(files);
    ASSERT_TRUE(state->Read({6}, 5, {}).ok());
    ASSERT_TRUE(state->Rewind({0}).ok());
  }
  EXPECT_EQ(Open(files)->position(), Position{0});
}

TEST(RelayStateTest, OneProcessAtATime) {
  SimulatedFiles files;
  const auto state = Open(files);
  EXPECT_EQ(ErrorReason(RelayState::Open(files, kFolder, {}, {}).status()), "FILE_LOCKED");
}

TEST(RelayStateTest, AStateThatIsNoneIsNotTakenForAnEmptyOne) {
  SimulatedFiles files;
  Open(files).reset();
  ASSERT_TRUE(files.Replace(std::string(kFolder) + "/state", "something else").ok());
  EXPECT_EQ(ErrorReason(RelayState::Open(files, kFolder, {}, {}).status()), "RELAY_STATE_DAMAGED");
}

TEST(RelayStateTest, ItIsRewrittenWhenItHasGrown) {
  SimulatedFiles files;
  const auto state = Open(files);
  const std::string stream = "case/" + std::string(100, 'a');
  std::uint64_t largest = 0;
  for (std::uint64_t i = 1; i <= 60'000; ++i) {
    ASSERT_TRUE(state->Read({i}, 5, {{{i}, stream}}).ok());
    state->Begin(kNow);
    state->Delivered({i}, kNow);
    if (i % 1000 == 0)
      largest =
          std::max<std::uint64_t>(largest, files.ReadAll(std::string(kFolder) + "/state")->size());
  }
  EXPECT_GT(largest, 2U << 20);
  EXPECT_LT(largest, 5U << 20);
}

// Goal: nothing that was read is lost, whatever is cut off. Method: a script of steps, the power
// cut after every number of disk operations, and the rest of the script after that; in the end each
// position must have been delivered.
TEST(RelayStateTest, NoCutLosesAnEvent) {
  for (std::uint64_t cut = 1; cut < 60; ++cut) {
    SimulatedFiles files;
    std::set<std::uint64_t> delivered;
    bool is_cut = false;
    for (int life = 0; life < 2; ++life) {
      auto state = RelayState::Open(files, kFolder, {}, {.tries_max = 3});
      if (!state.ok()) {
        ASSERT_EQ(life, 0) << state.status();
        files.PowerCut(cut);
        is_cut = true;
        continue;
      }
      if (!is_cut) files.CutAfter(cut);
      while ((*state)->position().value < 20) {
        const std::uint64_t at = (*state)->position().value + 1;
        const absl::Status read = (*state)->Read(
            {at + 1}, 5, {{{at}, "case/a"}, {{at + 1}, at % 3 == 0 ? "case/a" : "case/b"}});
        if (!read.ok()) break;
        while (const auto position = (*state)->Begin(kNow)) {
          if (position->value % 5 == 0 && (*state)->queue().Tries(*position) == 0) {
            (*state)->Fail(*position, Refusal("e"));
            continue;
          }
          delivered.insert(position->value);
          (*state)->Delivered(*position, kNow);
        }
      }
      state->reset();
      if (life == 0) {
        files.PowerCut(cut);
        is_cut = true;
      }
    }
    EXPECT_EQ(delivered.size(), 20U) << "cut after " << cut;
  }
}

}  // namespace
}  // namespace mlup::relay
