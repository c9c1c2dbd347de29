// What followers are told of a record that cannot be read.
#include "eventstore/bus/tail.h"

#include <string>

#include "gtest/gtest.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/status.h"
#include "eventstore/bus/subscription.h"
#include "eventstore/log/forwarding_event_log.h"
#include "eventstore/log/memory_event_log.h"
#include "eventstore/log/test_appends.h"

namespace mlup::log {
namespace {

// Gives the second of its records as bytes that are none.
class Damaged final : public ForwardingEventLog {
 public:
  using ForwardingEventLog::ForwardingEventLog;

  absl::StatusOr<StoredStream> ReadStreamStored(const pb::ReadStreamRequest& request) override {
    ASSIGN_OR_RETURN(StoredStream page, log().ReadStreamStored(request));
    static_cast<StoredRecords&>(page) = Spoiled(page);
    return page;
  }
  absl::StatusOr<StoredPage> ReadStored(const pb::ReadAllRequest& request,
                                        bool with_system) override {
    ASSIGN_OR_RETURN(StoredPage page, log().ReadStored(request, with_system));
    static_cast<StoredRecords&>(page) = Spoiled(page);
    return page;
  }

 private:
  static StoredRecords Spoiled(const StoredRecords& records) {
    StoredRecords spoiled;
    RecordWalk walk(records.records);
    while (const auto bytes = walk.Next()) {
      spoiled.Add(records.last, spoiled.count == 1 ? "\xff\xff" : *bytes);
    }
    return spoiled;
  }
};

class TailTest : public testing::Test {
 protected:
  TailTest() { EXPECT_TRUE(memory_.Append(appends_.To(stream_, 3)).ok()); }

  ManualClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  Appends appends_{7};
  const std::string stream_ = appends_.Stream();
  MemoryEventLog memory_{clock_};
  Damaged damaged_{memory_};
  Tail tail_{damaged_};
};

TEST_F(TailTest, KeepsNothingThatCannotBeRead) {
  EXPECT_TRUE(tail_.Refresh({0}, {3}).empty());
  EXPECT_FALSE(tail_.Keeps({1}));
  EXPECT_FALSE(tail_.Keeps({3}));
  EXPECT_EQ(tail_.Refresh({0}, {1}).size(), 1u);
  EXPECT_TRUE(tail_.Keeps({1}));
}

TEST_F(TailTest, ASubscriberIsToldOfARecordThatCannotBeRead) {
  pb::SubscribeRequest request;
  Subscription all(tail_, request);
  EXPECT_EQ(ErrorReason(all.Next(absl::ZeroDuration()).status()), "RECORD_DAMAGED");
  request.mutable_filter()->add_stream_prefixes(stream_);
  Subscription one(tail_, request);
  EXPECT_EQ(ErrorReason(one.NextStored(absl::ZeroDuration()).status()), "RECORD_DAMAGED");
}

}  // namespace
}  // namespace mlup::log
