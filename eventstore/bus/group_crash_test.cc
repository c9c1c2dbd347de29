// Groups through power cuts, and on their own threads.
#include <set>

#include "eventstore/base/random.h"
#include "eventstore/bus/group_test_world.h"

namespace mlup::log {
namespace {

// Goal: at least once and in order per stream whatever crashes. Method: power cuts at random
// moments, consumers that acknowledge, refuse or forget; in the end every event has been
// acknowledged by somebody.
TEST_F(GroupHostTest, NothingIsLostThroughPowerCuts) {
  SeededRandom random(11);
  GroupDefinition definition = Named("g");
  definition.settings.rules.retries_max = 1000;
  ASSERT_TRUE(host_->Create(definition).ok());
  std::vector<std::string> streams;
  streams.reserve(4);
  for (int i = 0; i < 4; ++i) streams.push_back(appends_.Stream());
  std::set<std::uint64_t> acknowledged;
  constexpr std::uint64_t kEvents = 400;
  Seen seen;
  std::unique_ptr<GroupConsumer> consumer;
  std::uint64_t appended = 0;
  for (int round = 0; acknowledged.size() < kEvents; ++round) {
    ASSERT_LT(round, 5000);
    if (appended < kEvents) {
      Append(streams[random.Next() % streams.size()]);
      ++appended;
    }
    if (consumer == nullptr) consumer = Connect("g", seen.Options(1 + random.Next() % 8));
    Pass(absl::Milliseconds(static_cast<double>(random.Next() % 90)));
    for (const Position position : seen.Take()) {
      const std::uint64_t choice = random.Next() % 10;
      if (choice < 7 && consumer->Ack({position}) == 1) acknowledged.insert(position.value);
      if (choice == 7) consumer->Nack({position}, NackAction::kRetry, "again");
    }
    if (random.Next() % 20 == 0) {
      consumer.reset();
      Crash(random.Next());
      seen.Take();
    } else if (random.Next() % 10 == 0) {
      consumer.reset();
    }
    if (round % 50 == 0) Pass(absl::Minutes(1));
  }
  consumer.reset();
  EXPECT_EQ(*acknowledged.rbegin(), kEvents);
}

TEST(GroupHostThreadsTest, EventsReachAConsumerWithoutBeingAskedFor) {
  ManualClock clock(absl::FromUnixSeconds(1'700'000'000));
  SimulatedFiles files;
  ASSERT_TRUE(files.MakeFolder("/data").ok());
  MemoryEventLog log(clock);
  Appends appends(9);
  auto host = *GroupHost::Open({log, files, clock}, {.folder = "/data/groups"});
  GroupDefinition definition;
  definition.name = "g";
  ASSERT_TRUE(host->Create(definition).ok());
  Mutex mutex;
  Condition changed;
  std::size_t delivered = 0;
  std::unique_ptr<GroupConsumer> consumer;
  ConsumerOptions options;
  options.deliver = [&](const std::vector<GroupDelivery>& deliveries) {
    std::vector<Position> positions;
    positions.reserve(deliveries.size());
    for (const GroupDelivery& delivery : deliveries)
      positions.push_back({delivery.record.position()});
    MutexLock lock(mutex);
    consumer->Ack(positions);
    delivered += positions.size();
    changed.NotifyAll();
    return true;
  };
  {
    MutexLock lock(mutex);
    consumer = *host->Connect("g", options);
  }
  const std::string stream = appends.Stream();
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(log.Append(appends.To(stream)).ok());
  {
    MutexLock lock(mutex);
    while (delivered < 500) changed.Wait(mutex);
  }
  EXPECT_EQ(host->Get("g")->lag, 0u);
  host->Close();
  consumer.reset();
}

}  // namespace
}  // namespace mlup::log
