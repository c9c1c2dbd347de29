// Reads and subscriptions, message by message.
#include "services/esdb/reader.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/esdb/esdb_test_world.h"

namespace mlup::esdb {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

using Options = pb::streams::ReadReq::Options;

class ReaderTest : public EsdbTest {
 protected:
  void Put(std::string_view stream, const std::vector<std::string>& words,
           std::string_view type = "T") {
    for (const std::string& word : words) {
      ASSERT_TRUE(Append(stream, {MakeEvent(type, word)}).ok());
    }
  }
  static pb::streams::ReadReq Backwards(pb::streams::ReadReq request) {
    request.mutable_options()->set_read_direction(Options::Backwards);
    if (request.options().has_all()) request.mutable_options()->mutable_all()->mutable_end();
    if (request.options().has_stream()) request.mutable_options()->mutable_stream()->mutable_end();
    return request;
  }
  static pb::streams::ReadReq From(pb::streams::ReadReq request, std::uint64_t number) {
    if (request.options().has_stream()) {
      request.mutable_options()->mutable_stream()->set_revision(number);
    } else {
      request.mutable_options()->mutable_all()->mutable_position()->set_commit_position(number);
    }
    return request;
  }
  static pb::streams::ReadReq Resolving(pb::streams::ReadReq request) {
    request.mutable_options()->set_resolve_links(true);
    return request;
  }
};

TEST_F(ReaderTest, StreamsAreReadBothWaysFromAnyRevision) {
  Put("a", {"0", "1", "2", "3"});
  EXPECT_THAT(Read(ReadStream("a")), ElementsAre("0", "1", "2", "3"));
  EXPECT_THAT(Read(From(ReadStream("a"), 2)), ElementsAre("2", "3"));
  EXPECT_THAT(Read(From(ReadStream("a"), 4)), IsEmpty());
  EXPECT_THAT(Read(From(ReadStream("a"), ~std::uint64_t{0})), IsEmpty());
  EXPECT_THAT(Read(Backwards(ReadStream("a"))), ElementsAre("3", "2", "1", "0"));
  EXPECT_THAT(Read(From(Backwards(ReadStream("a")), 1)), ElementsAre("1", "0"));
  EXPECT_THAT(Read(From(Backwards(ReadStream("a")), 99)), ElementsAre("3", "2", "1", "0"));
  EXPECT_EQ(feeds_.asked, log::pb::DIRECTION_BACKWARD);
  auto three = ReadStream("a");
  three.mutable_options()->set_count(3);
  EXPECT_THAT(Read(three), ElementsAre("0", "1", "2"));
  EXPECT_EQ(feeds_.asked, log::pb::DIRECTION_FORWARD);
  EXPECT_THAT(Read(ReadStream("b")), ElementsAre("not-found"));
  EXPECT_THAT(Read(ReadStream("$settings")), ElementsAre("not-found"));
}

TEST_F(ReaderTest, TheLogForwardIncludesThePositionBackwardNot) {
  Put("a", {"0", "1"});
  Put("b", {"2", "3"});
  EXPECT_THAT(Read(ReadAll()), ElementsAre("0", "1", "2", "3"));
  EXPECT_THAT(Read(From(ReadAll(), 3)), ElementsAre("2", "3"));
  EXPECT_THAT(Read(Backwards(ReadAll())), ElementsAre("3", "2", "1", "0"));
  EXPECT_THAT(Read(From(Backwards(ReadAll()), 3)), ElementsAre("1", "0"));
  EXPECT_THAT(Read(From(Backwards(ReadAll()), 1)), IsEmpty());
  EXPECT_THAT(Read(From(Backwards(ReadAll()), 0)), IsEmpty());
}

TEST_F(ReaderTest, ASubscriptionConfirmsCatchesUpAndFollows) {
  Put("a", {"0", "1"});
  const auto reader = Open(Following(ReadStream("a")));
  EXPECT_THAT(Words(Drain(*reader)), ElementsAre("confirmed", "0", "1", "caught-up"));
  EXPECT_EQ(reader->position(), *log_.Head());
  Put("b", {"x"});
  EXPECT_THAT(Words(Drain(*reader)), IsEmpty());
  Put("a", {"2"});
  EXPECT_THAT(Words(Drain(*reader)), ElementsAre("2"));
  EXPECT_FALSE(reader->finished());
}

TEST_F(ReaderTest, ASubscriptionBeginsAfterWhatItNames) {
  Put("a", {"0", "1", "2"});
  EXPECT_THAT(Read(From(Following(ReadStream("a")), 1)),
              ElementsAre("confirmed", "2", "caught-up"));
  EXPECT_THAT(Read(From(Following(ReadAll()), 2)), ElementsAre("confirmed", "2", "caught-up"));
  auto end = Following(ReadStream("a"));
  end.mutable_options()->mutable_stream()->mutable_end();
  const auto reader = Open(end);
  EXPECT_THAT(Words(Drain(*reader)), ElementsAre("confirmed", "caught-up"));
  Put("a", {"3"});
  EXPECT_THAT(Words(Drain(*reader)), ElementsAre("3"));
}

TEST_F(ReaderTest, ASubscriptionSeesDeletionComebackAndTombstone) {
  Put("a", {"0"});
  const auto reader = Open(Following(ReadStream("a")));
  EXPECT_THAT(Words(Drain(*reader)), ElementsAre("confirmed", "0", "caught-up"));
  ASSERT_TRUE(esdb_log_.Delete(author_, NameOf("a"), {}).ok());
  EXPECT_THAT(Words(Drain(*reader)), IsEmpty());
  Put("a", {"1"});
  EXPECT_THAT(Words(Drain(*reader)), ElementsAre("1"));
  ASSERT_TRUE(esdb_log_.Tombstone(author_, NameOf("a"), {}).ok());
  EXPECT_THAT(Words(Drain(*reader)), ElementsAre("stream-deleted"));
}

TEST_F(ReaderTest, FiltersPassOverAndTellHowFar) {
  Put("a", {"0"}, "Red");
  Put("b", {"1"}, "Green");
  ASSERT_TRUE(Append("$$b", {MakeEvent("$metadata", "{}")}).ok());
  auto red = Following(ReadAll());
  auto& filter = *red.mutable_options()->mutable_filter();
  filter.mutable_event_type()->add_prefix("Re");
  filter.set_checkpoint_interval_multiplier(1);
  const auto reader = Open(red);
  EXPECT_THAT(Words(Drain(*reader)), ElementsAre("confirmed", "0", "checkpoint@3", "caught-up"));
  Put("b", {"2"}, "Blue");
  EXPECT_THAT(Words(Drain(*reader)), ElementsAre("checkpoint@4"));

  filter.mutable_event_type()->clear_prefix();
  filter.mutable_event_type()->set_regex("^[^$].*");
  EXPECT_THAT(Read(red), ElementsAre("confirmed", "0", "1", "2", "caught-up"));
  filter.mutable_event_type()->set_regex("(Red|Blue)");
  EXPECT_THAT(Read(red), ElementsAre("confirmed", "0", "2", "caught-up"));
  filter.mutable_stream_identifier()->add_prefix("$$");
  EXPECT_THAT(Read(red), ElementsAre("confirmed", "{}", "checkpoint@4", "caught-up"));
  filter.mutable_stream_identifier()->set_regex("(");
  EXPECT_EQ(ErrorReason(Reader::Open(parts_, red, {}, "s").status()), "FILTER_INVALID");
}

TEST_F(ReaderTest, CheckpointsComeAtTheirIntervalWhateverMatches) {
  for (int i = 0; i < 40; ++i) Put("a", std::vector<std::string>(50, "1"), "Red");
  for (const std::string prefix : {"Red", "Blue", ""}) {
    for (const std::uint32_t window : {1u, 32u, 100u}) {
      auto request = Following(ReadAll());
      auto& filter = *request.mutable_options()->mutable_filter();
      if (!prefix.empty()) filter.mutable_event_type()->add_prefix(prefix);
      filter.set_max(window);
      filter.set_checkpoint_interval_multiplier(1);
      const auto messages = Drain(*Open(request));
      ASSERT_TRUE(messages.ok());
      std::vector<std::uint64_t> told;
      std::uint64_t seen = 0;
      for (const Message& message : *messages) {
        if (message.has_event()) {
          EXPECT_GT(message.event().commit_position(), seen);
          seen = message.event().commit_position();
        } else if (message.has_checkpoint()) {
          // Not before what is told with it, not behind what comes.
          EXPECT_GE(message.checkpoint().commit_position(), seen);
          seen = std::max(seen, message.checkpoint().commit_position());
          told.push_back(message.checkpoint().commit_position());
        }
      }
      ASSERT_GE(told.size(), 2000 / window) << prefix << " " << window;
      for (std::size_t i = 0; i < 2000 / window; ++i) EXPECT_EQ(told[i], window * (i + 1));
    }
  }
}

TEST_F(ReaderTest, EventsOfAStreamSayWhereTheyStandInTheLog) {
  Put("b", {"0", "1"});
  Put("a", {"0"});
  for (const char* const stream : {"a", "$ce-a"}) {
    const auto messages = Drain(*Open(ReadStream(stream)));
    ASSERT_TRUE(messages.ok());
    if (messages->front().has_event()) {
      EXPECT_EQ(messages->front().event().commit_position(), 3u);
    }
  }
}

TEST_F(ReaderTest, ManyEventsNeedManyPagesAndMissNone) {
  std::vector<log::pb::Event> events = MakeEvents(1000);
  ASSERT_TRUE(Append("big-1", events).ok());
  EXPECT_THAT(Read(ReadStream("big-1")), SizeIs(1000));
  EXPECT_THAT(Read(Following(ReadAll())), SizeIs(1002));
  const auto links = Read(From(Resolving(ReadStream("$ce-big")), 700));
  ASSERT_THAT(links, SizeIs(300));
  EXPECT_EQ(links.front(), "700>700");
  EXPECT_EQ(links.back(), "999>999");
  const auto back = Read(From(Backwards(Resolving(ReadStream("$ce-big"))), 600));
  ASSERT_THAT(back, SizeIs(601));
  EXPECT_EQ(back.front(), "600>600");
  LinkNumbers::Place near;
  for (const std::uint64_t position : {10u, 11u, 600u, 5u, 1000u}) {
    EXPECT_EQ(*links_.NumberOf(NameOf("$ce-big"), {position}, near), position - 1);
  }
}

TEST_F(ReaderTest, ACategoryOfALongLogIsFoundOrNot) {
  // More than the log looks at for one page.
  for (int i = 0; i < 66; ++i) ASSERT_TRUE(Append("long", MakeEvents(1000)).ok());
  EXPECT_THAT(Read(ReadStream("$ce-order")), ElementsAre("not-found"));
  EXPECT_THAT(Read(Backwards(ReadStream("$ce-order"))), ElementsAre("not-found"));
  Put("order-1", {"0"});
  EXPECT_THAT(Read(Resolving(ReadStream("$ce-order"))), ElementsAre("0>0"));
  EXPECT_THAT(Read(Resolving(Backwards(ReadStream("$ce-order")))), ElementsAre("0>0"));
}

TEST_F(ReaderTest, CategoriesAndTypesAreLinked) {
  Put("order-1", {"0"}, "Placed");
  Put("orders", {"x"}, "Placed");
  Put("order-2", {"1"}, "Paid");
  EXPECT_THAT(Read(Resolving(ReadStream("$ce-order"))), ElementsAre("0>0", "1>1"));
  EXPECT_THAT(Read(Resolving(ReadStream("$et-Placed"))), ElementsAre("0>0", "1>x"));
  EXPECT_THAT(Read(ReadStream("$ce-order")), ElementsAre("0@order-1", "0@order-2"));
  EXPECT_THAT(Read(ReadStream("$ce-nobody")), ElementsAre("not-found"));
  ASSERT_TRUE(esdb_log_.Delete(author_, NameOf("order-1"), {}).ok());
  EXPECT_THAT(Read(Resolving(ReadStream("$ce-order"))), ElementsAre("0>-", "1>1"));
  const auto reader = Open(From(Resolving(Following(ReadStream("$ce-order"))), 0));
  EXPECT_THAT(Words(Drain(*reader)), ElementsAre("confirmed", "1>1", "caught-up"));
  Put("order-3", {"2"}, "Placed");
  EXPECT_THAT(Words(Drain(*reader)), ElementsAre("2>2"));
}

TEST_F(ReaderTest, WrittenLinksAreResolved) {
  Put("a", {"0", "1"});
  Put("links", {"1@a", "9@a", "0@links", "0@$ce-x", "nothing"}, "$>");
  EXPECT_THAT(Read(Resolving(ReadStream("links"))),
              ElementsAre("0>1", "1>-", "2>1@a", "3>-", "4>-"));
  EXPECT_THAT(Read(ReadStream("links")),
              ElementsAre("1@a", "9@a", "0@links", "0@$ce-x", "nothing"));
}

TEST_F(ReaderTest, WhatMayNotBeSeenIsNotThere) {
  Put("a", {"0"});
  Put("b", {"1"});
  Put("links", {"0@a", "0@b"}, "$>");
  feeds_.admits = [](const auto& record) { return record.stream() != "ext/a"; };
  EXPECT_THAT(Read(ReadStream("a")), ElementsAre("not-found"));
  EXPECT_THAT(Read(Following(ReadStream("a"))), ElementsAre("confirmed", "caught-up"));
  EXPECT_THAT(Read(Resolving(ReadStream("links"))), ElementsAre("0>-", "1>1"));
  EXPECT_THAT(Read(ReadAll()), ElementsAre("1", "0@a", "0@b"));
  EXPECT_THAT(Read(Resolving(ReadStream("$et-T"))), ElementsAre("1>1"));
}

TEST_F(ReaderTest, TheLogsOwnStreamsAreNeverShown) {
  log::pb::AppendRequest request;
  auto& write = *request.add_writes();
  write.set_stream("system/map");
  auto& event = *write.add_events();
  event.set_event_id(NewId());
  event.set_type("mlup.log.v1.MapRootRecorded");
  request.mutable_key()->set_organisation_id("mlup");
  request.mutable_key()->set_request_id("r-1");
  request.set_request_digest(std::string(32, 'd'));
  ASSERT_TRUE(log_.Append(request).ok());
  EXPECT_THAT(Read(ReadAll()), IsEmpty());
  EXPECT_THAT(Read(ReadStream("system-map")), ElementsAre("not-found"));
}

TEST_F(ReaderTest, AReadThatSaysTooLittleIsRefused) {
  pb::streams::ReadReq request;
  EXPECT_EQ(ErrorReason(Reader::Open(parts_, request, {}, "s").status()), "READ_INCOMPLETE");
  EXPECT_EQ(ErrorReason(Reader::Open(parts_, ReadStream("a\n"), {}, "s").status()),
            "STREAM_NAME_INVALID");
}

}  // namespace
}  // namespace mlup::esdb
