// Persistent subscriptions as clients ask for them and see them.
#include "services/esdb/groups.h"

#include <cstdint>
#include <limits>
#include <memory>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <unistd.h>

#include "eventstore/base/files.h"
#include "services/esdb/esdb_test_world.h"
#include "services/esdb/group_info.h"
#include "services/esdb/group_settings.h"

namespace mlup::esdb {
namespace {

using persistent::CreateReq;
using testing::SizeIs;

class GroupsTest : public EsdbTest {
 protected:
  GroupsTest() {
    auto host =
        log::GroupHost::Open({log_, SystemFiles(), clock_}, {.folder = folder_, .threads = false});
    EXPECT_TRUE(host.ok()) << host.status();
    host_ = *std::move(host);
    groups_ = std::make_unique<Groups>(*host_, parts_);
  }
  ~GroupsTest() override {
    host_.reset();
    SystemFiles().RemoveTree(folder_).IgnoreError();
  }

  // As older clients ask.
  static CreateReq::Options Older(const std::string& stream, std::uint64_t revision) {
    CreateReq::Options options;
    options.mutable_stream_identifier()->set_stream_name(stream);
    options.set_group_name("g");
    options.mutable_settings()->set_revision(revision);
    options.mutable_settings()->set_named_consumer_strategy(persistent::Settings::Pinned);
    options.mutable_settings()->set_message_timeout_ticks(30'000'000);
    return options;
  }

  const std::string folder_ = absl::StrCat(testing::TempDir(), "/esdb-groups-", getpid());
  std::unique_ptr<log::GroupHost> host_;
  std::unique_ptr<Groups> groups_;
};

TEST_F(GroupsTest, OlderClientsSayTheSameElsewhere) {
  ASSERT_TRUE(groups_->Create("esdb", Older("a", 3)).ok());
  auto info = groups_->Info("esdb", {"a", "g"});
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(info->start_from(), "3");
  EXPECT_EQ(info->named_consumer_strategy(), "Pinned");
  EXPECT_EQ(info->message_timeout_milliseconds(), 3000);
  EXPECT_EQ(info->last_known_event_position(), "");
  EXPECT_EQ(host_->Get("a::g")->definition.start.revision, Revision{4});
  EXPECT_EQ(host_->Get("a::g")->definition.target.stream, "ext/a");

  ASSERT_TRUE(groups_->Create("esdb", Older("b", std::numeric_limits<std::uint64_t>::max())).ok());
  EXPECT_EQ(groups_->Info("esdb", {"b", "g"})->start_from(), "-1");
  EXPECT_TRUE(host_->Get("b::g")->definition.start.from_end);
}

TEST_F(GroupsTest, PositionsAreInTheFormThatClientsParse) {
  ASSERT_TRUE(Append("a", MakeEvents(9)).ok());
  CreateReq::Options options;
  options.set_group_name("g");
  options.mutable_all()->mutable_position()->set_commit_position(7);
  ASSERT_TRUE(groups_->Create("esdb", options).ok());
  EXPECT_EQ(groups_->Info("esdb", {"$all", "g"})->start_from(), "C:7/P:7");
  EXPECT_EQ(host_->Get("$all::g")->definition.start.after, Position{6});
  options.set_group_name("h");
  options.mutable_all()->mutable_end();
  ASSERT_TRUE(groups_->Create("esdb", options).ok());
  EXPECT_EQ(groups_->Info("esdb", {"$all", "h"})->start_from(), "C:-1/P:-1");
}

TEST_F(GroupsTest, AGroupIsSeenByItsSubscriberOnly) {
  ASSERT_TRUE(groups_->Create("esdb", Older("a", 0)).ok());
  EXPECT_EQ(ExceptionOf(groups_->Info("other", {"a", "g"}).status()),
            "persistent-subscription-does-not-exist");
  EXPECT_EQ(ExceptionOf(groups_->Delete("other", {"a", "g"})),
            "persistent-subscription-does-not-exist");
  EXPECT_THAT(*groups_->List("other", ""), SizeIs(0));
  EXPECT_THAT(*groups_->List("esdb", "a"), SizeIs(1));
  EXPECT_EQ(ExceptionOf(groups_->List("esdb", "b").status()),
            "persistent-subscription-does-not-exist");
  // Made elsewhere.
  log::GroupDefinition definition;
  definition.name = "x::y";
  definition.owner = "esdb";
  definition.target.stream = "ext/x";
  ASSERT_TRUE(host_->Create(definition).ok());
  EXPECT_THAT(*groups_->List("esdb", ""), SizeIs(1));
}

TEST_F(GroupsTest, FaultsAreTyped) {
  EXPECT_EQ(ExceptionOf(groups_->Create("esdb", Older("$settings", 0))), "access-denied");
  EXPECT_EQ(ErrorReason(groups_->Create("esdb", Older("", 0))), "STREAM_NAME_INVALID");
  ASSERT_TRUE(groups_->Create("esdb", Older("a", 0)).ok());
  EXPECT_EQ(ExceptionOf(groups_->Create("esdb", Older("a", 0))), "persistent-subscription-exists");
  auto options = Older("c", 0);
  options.mutable_settings()->set_consumer_strategy("Fairest");
  EXPECT_EQ(ExceptionOf(groups_->Create("esdb", options)), "persistent-subscription-failed");
  options.set_group_name("");
  EXPECT_EQ(ErrorReason(groups_->Create("esdb", options)), "GROUP_NAME_INVALID");
}

TEST_F(GroupsTest, AMissingGroupIsNamedInTheWordsThatClientsShow) {
  EXPECT_EQ(groups_->Info("esdb", {"a", "g"}).status().message(),
            "Subscription group g on stream a does not exist.");
}

TEST_F(GroupsTest, RetriesDoNotWaitAndCorrelationsMayBePinned) {
  auto options = Older("a", 0);
  options.mutable_settings()->set_named_consumer_strategy(
      persistent::Settings::PinnedByCorrelation);
  ASSERT_TRUE(groups_->Create("esdb", options).ok());
  EXPECT_EQ(groups_->Info("esdb", {"a", "g"})->named_consumer_strategy(), "PinnedByCorrelation");
  const log::GroupRules rules = host_->Get("a::g")->definition.settings.rules;
  EXPECT_EQ(rules.strategy, log::Strategy::kPinnedByCorrelation);
  EXPECT_EQ(rules.retry_delay_max, absl::ZeroDuration());
}

TEST_F(GroupsTest, ConsumersAreToldWithTheNameTheyCalledWith) {
  log::GroupStatus status;
  status.consumers.resize(2);
  status.consumers[0].name = ConsumerName("ipv4:127.0.0.1:7", "till-3", "the first till");
  status.consumers[1].name = "made elsewhere";
  const auto info = InfoOf(status, Older("a", 0), {});
  EXPECT_EQ(info.connections(0).from(), "ipv4:127.0.0.1:7");
  EXPECT_EQ(info.connections(0).username(), "till-3");
  EXPECT_EQ(info.connections(0).connection_name(), "the first till");
  EXPECT_EQ(info.connections(1).from(), "made");
}

TEST_F(GroupsTest, AnUpdateKeepsTheFilter) {
  CreateReq::Options options;
  options.set_group_name("g");
  options.mutable_all()->mutable_start();
  options.mutable_all()->mutable_filter()->mutable_event_type()->add_prefix("Re");
  ASSERT_TRUE(groups_->Create("esdb", options).ok());
  options.mutable_all()->clear_filter();
  options.mutable_settings()->set_max_retry_count(9);
  ASSERT_TRUE(groups_->Update("esdb", options).ok());
  EXPECT_EQ(groups_->Info("esdb", {"$all", "g"})->max_retry_count(), 9);
  const auto reads = groups_->Reads("esdb", {"$all", "g"});
  ASSERT_TRUE(reads.ok());
  EXPECT_TRUE(reads->Matches({"a", "Red", 0}));
  EXPECT_FALSE(reads->Matches({"a", "Blue", 0}));
  EXPECT_FALSE(reads->Matches({"", "Red", 0}));
}

TEST_F(GroupsTest, ACategoryBeginsAtALink) {
  ASSERT_TRUE(Append("order-1", MakeEvents(5)).ok());
  ASSERT_TRUE(groups_->Create("esdb", Older("$ce-order", 3)).ok());
  EXPECT_EQ(host_->Get("$ce-order::g")->definition.start.after, Position{3});
  EXPECT_TRUE(groups_->Reads("esdb", {"$ce-order", "g"})->links);
}

}  // namespace
}  // namespace mlup::esdb
