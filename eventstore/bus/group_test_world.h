// A host of consumer groups on a disk in memory, for tests.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "eventstore/base/simulated_files.h"
#include "eventstore/bus/group_host.h"
#include "eventstore/log/memory_event_log.h"
#include "eventstore/log/test_appends.h"

namespace mlup::log {

// A consumer that notes what it gets.
struct Seen {
  std::vector<std::uint64_t> positions;
  std::vector<std::uint32_t> tries;
  absl::Status ended;
  bool reads = true;

  ConsumerOptions Options(std::size_t credits = 100) {
    return {.name = "test",
            .credits = credits,
            .deliver =
                [this](const std::vector<GroupDelivery>& deliveries) {
                  for (const GroupDelivery& delivery : deliveries) {
                    positions.push_back(delivery.record.position());
                    tries.push_back(delivery.tries);
                  }
                  return reads;
                },
            .ended = [this](const absl::Status& why) { ended = why; },
            .admit = {}};
  }
  std::vector<Position> Take() {
    std::vector<Position> taken;
    for (const std::uint64_t position : positions) taken.push_back({position});
    positions.clear();
    return taken;
  }
};

class GroupHostTest : public testing::Test {
 protected:
  GroupHostTest() {
    EXPECT_TRUE(files_.MakeFolder("/data").ok());
    EXPECT_TRUE(files_.SyncFolder("/").ok());
    Open();
  }
  ~GroupHostTest() override { host_.reset(); }

  void Open() {
    auto host =
        GroupHost::Open({log_, files_, clock_}, {.folder = "/data/groups", .threads = false});
    ASSERT_TRUE(host.ok()) << host.status();
    host_ = *std::move(host);
  }
  // As a process that dies: what was not saved is gone.
  void Crash(std::uint64_t seed = 1) {
    files_.CutAfter(1);
    host_.reset();
    files_.CutAfter(UINT64_MAX - files_.operations());
    files_.PowerCut(seed);
    Open();
  }
  void Append(const std::string& stream, int count = 1) {
    ASSERT_TRUE(log_.Append(appends_.To(stream, count)).ok());
  }
  void Run() {
    while (host_->RunOnce()) {
    }
  }
  void Pass(absl::Duration time) {
    clock_.Advance(time);
    Run();
  }
  static GroupDefinition Named(const std::string& name) {
    GroupDefinition definition;
    definition.name = name;
    return definition;
  }
  std::unique_ptr<GroupConsumer> Connect(const std::string& group, ConsumerOptions options) {
    auto consumer = host_->Connect(group, std::move(options));
    EXPECT_TRUE(consumer.ok()) << consumer.status();
    return *std::move(consumer);
  }

  ManualClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  SimulatedFiles files_;
  Appends appends_{5};
  MemoryEventLog log_{clock_};
  std::unique_ptr<GroupHost> host_;
};

}  // namespace mlup::log
