// The same file from several importers at once, over every way in: each request is recorded once,
// and whoever repeats it is told the same.
#include <algorithm>
#include <atomic>
#include <future>
#include <random>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

#include "eventstore/base/executor.h"
#include "services/command/test_world.h"
#include "tests/property/random_requests.h"
#include "tests/property/words.h"

namespace mlup::property::repetitions_test {
namespace {

using command::CommandHandler;
using command::TestWorld;
using google::protobuf::Message;

constexpr int kRequests = 1500;
constexpr int kImporters = 4;

// Requests that are all recorded when they come one after the other.
std::vector<std::unique_ptr<Message>> File(unsigned seed) {
  TestWorld world;
  RandomRequests random(seed);
  std::vector<std::unique_ptr<Message>> file;
  for (int i = 0; i < kRequests; ++i) {
    std::unique_ptr<Message> request = random.Next();
    const Result result = world.commands().Record(*request);
    if (result.ok() && !result->replayed()) file.push_back(std::move(request));
  }
  return file;
}

// Sends the file in calls of a random size and kind; the answers in its order.
std::vector<Result> Import(const std::vector<std::unique_ptr<Message>>& file, unsigned seed,
                           CommandHandler& handler) {
  std::mt19937 engine(seed);
  const auto below = [&engine](std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(engine);
  };
  Executor executor({.thread_name = "anew", .threads = 1});
  std::vector<Result> results;
  while (results.size() < file.size()) {
    const std::size_t size = std::min(1 + below(20), file.size() - results.size());
    std::vector<const Message*> requests;
    for (std::size_t i = 0; i < size; ++i) requests.push_back(file[results.size() + i].get());
    const std::size_t kind = below(3);
    if (kind == 0) {
      for (Result& result : handler.RecordEach(requests)) results.push_back(std::move(result));
      continue;
    }
    for (const Message* request : requests) {
      if (kind == 1) {
        results.push_back(handler.Record(*request));
        continue;
      }
      std::promise<Result> answer;
      handler.RecordLater(*request, executor,
                          [&](Result result) { answer.set_value(std::move(result)); });
      results.push_back(answer.get_future().get());
    }
  }
  return results;
}

class RepetitionsTest : public testing::TestWithParam<unsigned> {};

TEST_P(RepetitionsTest, EachImporterIsToldTheSame) {
  const auto file = File(GetParam());
  ASSERT_GT(file.size(), 20u);
  TestWorld world;
  std::atomic<unsigned> asked = GetParam();
  world.log().pause = [&asked] {
    for (unsigned yields = asked++ * 2654435761U % 7; yields > 0; --yields) {
      std::this_thread::yield();
    }
  };
  std::vector<std::vector<Result>> told(kImporters);
  {
    std::vector<std::jthread> importers;
    importers.reserve(kImporters);
    for (unsigned i = 0; i < kImporters; ++i) {
      importers.emplace_back([&, i] {
        told[i] =
            Import(file, GetParam() * 100 + i, i % 2 == 0 ? world.commands() : world.others());
      });
    }
  }
  for (std::size_t line = 0; line < file.size(); ++line) {
    int recorded = 0;
    for (const std::vector<Result>& results : told) {
      ASSERT_TRUE(results[line].ok()) << "line " << line << ": " << results[line].status() << "\n"
                                      << file[line]->DebugString();
      recorded += results[line]->replayed() ? 0 : 1;
      EXPECT_EQ(results[line]->first_position(), told[0][line]->first_position());
      EXPECT_EQ(results[line]->last_position(), told[0][line]->last_position());
    }
    EXPECT_EQ(recorded, 1) << "line " << line;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RepetitionsTest, testing::Range(1u, 17u));

}  // namespace
}  // namespace mlup::property::repetitions_test
