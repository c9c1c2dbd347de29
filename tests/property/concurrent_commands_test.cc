// Many threads write to one stream: every command takes effect once, none is lost, revisions have
// no gap.
#include <set>
#include <thread>

#include "gtest/gtest.h"

#include "services/command/test_requests.h"
#include "services/command/test_world.h"

namespace mlup::property::concurrent_commands_test {
namespace {

using command::kSok;

constexpr int kThreads = 4;
constexpr int kCommands = 25;

TEST(ConcurrentCommandsTest, EveryCommandTakesEffectOnce) {
  command::TestWorld world;
  ASSERT_TRUE(
      world.commands().Record(command::CaseRequest("register", {command::Registered(kSok)})).ok());
  const auto send = [&](int thread) {
    for (int i = 0; i < kCommands; ++i) {
      const auto note =
          command::CaseRequest(absl::StrCat("r-", thread, "-", i), {command::Note(kSok)});
      // The handler gives up after some tries; a caller sends the same request again, as here.
      auto result = world.commands().Record(note);
      while (absl::IsAborted(result.status())) result = world.commands().Record(note);
      EXPECT_TRUE(result.ok()) << result.status();
    }
  };
  {
    std::vector<std::jthread> threads;
    threads.reserve(kThreads);
    for (int t = 0; t < kThreads; ++t) threads.emplace_back(send, t);
  }
  std::set<std::string> requests;
  std::uint64_t revision = 0;
  for (const auto& record : world.Records()) {
    EXPECT_EQ(record.revision(), ++revision);
    EXPECT_TRUE(requests.insert(record.event().request_id()).second);
  }
  EXPECT_EQ(requests.size(), 1u + kThreads * kCommands);
}

}  // namespace
}  // namespace mlup::property::concurrent_commands_test
