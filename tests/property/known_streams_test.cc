// Random commands of two processes on one log: what they know of streams, all of it, a little or
// nothing, changes no answer and no record.
#include "gtest/gtest.h"

#include "services/command/test_world.h"
#include "tests/property/random_requests.h"
#include "tests/property/words.h"

namespace mlup::property::known_streams_test {
namespace {

using command::TestWorld;
using google::protobuf::Message;

constexpr int kRounds = 120;

// One round: a process records some requests, together or one by one.
enum class How { kOneByOne, kLater, kTogether };
struct Round {
  bool others = false;
  How how = How::kOneByOne;
  std::vector<std::unique_ptr<Message>> requests;
};

std::vector<Round> RandomRounds(unsigned seed) {
  RandomRequests random(seed);
  std::vector<Round> rounds(kRounds);
  for (Round& round : rounds) {
    round.others = random.Below(3) == 0;
    round.how = static_cast<How>(random.Below(3));
    for (int size = 1 + random.Below(6); size > 0; --size) {
      round.requests.push_back(random.Next());
      if (random.Below(12) > 0) continue;
      Message& request = *round.requests.back();
      request.GetReflection()->SetBool(
          &request, request.GetDescriptor()->FindFieldByName("validate_only"), true);
    }
  }
  return rounds;
}

std::vector<std::string> Answers(TestWorld& world, const Round& round) {
  command::CommandHandler& handler = round.others ? world.others() : world.commands();
  std::vector<std::string> answers;
  std::vector<const Message*> requests;
  for (const auto& request : round.requests) requests.push_back(request.get());
  if (round.how == How::kTogether) {
    for (const Result& result : handler.RecordEach(requests)) answers.push_back(Words(result));
    return answers;
  }
  for (const Message* const request : requests) {
    if (round.how == How::kOneByOne) {
      answers.push_back(Words(handler.Record(*request)));
      continue;
    }
    // Its end waits for what it runs.
    Executor executor({.thread_name = "again", .threads = 1});
    handler.RecordLater(*request, executor,
                        [&](const Result& result) { answers.push_back(Words(result)); });
  }
  return answers;
}

class KnownStreamsPropertyTest : public testing::TestWithParam<unsigned> {};

TEST_P(KnownStreamsPropertyTest, NoAnswerDependsOnWhatIsKnown) {
  TestWorld everything;
  TestWorld little({.streams_max = 2, .bytes_max = 16 << 10});
  TestWorld nothing({.streams_max = 0, .bytes_max = 0});
  int number = 0;
  for (const Round& round : RandomRounds(GetParam())) {
    const std::vector<std::string> expected = Answers(nothing, round);
    ASSERT_EQ(Answers(everything, round), expected) << "seed " << GetParam() << " round " << number;
    ASSERT_EQ(Answers(little, round), expected) << "seed " << GetParam() << " round " << number;
    ++number;
  }
  const auto expected = nothing.Records();
  EXPECT_GT(expected.size(), kRounds / 4u);
  for (TestWorld* const world : {&everything, &little}) {
    const auto records = world->Records();
    ASSERT_EQ(records.size(), expected.size());
    for (std::size_t i = 0; i < records.size(); ++i) {
      ASSERT_EQ(Words(records[i]), Words(expected[i])) << "seed " << GetParam();
    }
  }
}

// What is known, against the stream read from its beginning: each event, and each state by what a
// rule says.
TEST_P(KnownStreamsPropertyTest, WhatIsKnownIsWhatTheStreamHolds) {
  TestWorld world;
  std::set<std::string> streams;
  for (const Round& round : RandomRounds(GetParam())) {
    Answers(world, round);
    for (const auto& record : world.Records()) streams.insert(record.stream());
    command::KnownStreams anew(world.log());
    for (const std::string& stream : streams) {
      const auto known = world.commands().known().Find(stream);
      if (known == nullptr) continue;
      const auto read = *anew.Read(stream);
      ASSERT_LE(known->size(), read->size());
      if (known->size() < read->size()) continue;
      for (std::size_t i = 0; i < read->size(); ++i) {
        const domain::LiveEvent& one = known->At(i);
        const domain::LiveEvent& other = read->At(i);
        ASSERT_EQ(one.info.event_id, other.info.event_id) << "seed " << GetParam() << stream;
        EXPECT_EQ(one.info.actor_id, other.info.actor_id);
        EXPECT_EQ(one.info.occurred, other.info.occurred);
        EXPECT_EQ(one.type, other.type);
        EXPECT_EQ(one.known_at, other.known_at);
        EXPECT_EQ(one.voided, other.voided);
        ASSERT_EQ(one.message == nullptr, other.message == nullptr);
        if (one.message == nullptr) continue;
        EXPECT_EQ(one.message->DebugString(), other.message->DebugString());
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, KnownStreamsPropertyTest, testing::Range(1u, 13u));

}  // namespace
}  // namespace mlup::property::known_streams_test
