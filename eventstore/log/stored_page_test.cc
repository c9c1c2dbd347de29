// Pages as bytes and as messages are the same.
#include "eventstore/log/stored_page.h"

#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

namespace mlup::log {
namespace {

using Pieces = std::vector<std::string_view>;

v1::Record RecordAt(std::uint64_t position, const std::string& stream) {
  v1::Record record;
  record.set_position(position);
  record.set_stream(stream);
  record.mutable_event()->set_type("mlup.test.v1.Noted");
  return record;
}

v1::ReadAllResponse Response() {
  v1::ReadAllResponse response;
  *response.add_records() = RecordAt(4, "system/map");
  *response.add_records() = RecordAt(5, "case/1");
  *response.add_records() = RecordAt(6, "system/map");
  *response.add_records() = RecordAt(7, "case/2");
  *response.add_records() = RecordAt(8, "system/map");
  response.set_next_position(9);
  response.set_head(400);
  return response;
}

TEST(StoredPageTest, BytesOfAPageAreThoseOfItsMessage) {
  const v1::ReadAllResponse response = Response();
  const auto page = ParsePage(response.SerializeAsString(), true);
  ASSERT_TRUE(page.has_value());
  EXPECT_EQ(page->count, 5u);
  EXPECT_EQ(page->last, Position{8});
  EXPECT_EQ(page->last_record(), response.records(4).SerializeAsString());
  EXPECT_EQ(page->records + BytesAfterRecords(*page), response.SerializeAsString());
  v1::ReadAllResponse again;
  ASSERT_TRUE(ParseInto(*page, again));
  EXPECT_EQ(again.SerializeAsString(), response.SerializeAsString());
}

TEST(StoredPageTest, TheLogsOwnEventsAreLeftOut) {
  const v1::ReadAllResponse response = Response();
  const auto page = ParsePage(response.SerializeAsString(), false);
  ASSERT_TRUE(page.has_value());
  EXPECT_EQ(page->count, 2u);
  EXPECT_EQ(page->last_record(), response.records(3).SerializeAsString());
  RecordWalk walk(page->records);
  EXPECT_EQ(walk.Next(), response.records(1).SerializeAsString());
  EXPECT_EQ(walk.Next(), response.records(3).SerializeAsString());
  EXPECT_EQ(walk.Next(), std::nullopt);
  EXPECT_EQ(page->head, Position{400});
}

TEST(StoredPageTest, FieldsMayStandInAnyOrder) {
  v1::ReadAllResponse first = Response();
  v1::ReadAllResponse second;
  *second.add_records() = RecordAt(9, "case/3");
  second.set_next_position(10);
  const auto page = ParsePage(first.SerializeAsString() + second.SerializeAsString(), true);
  ASSERT_TRUE(page.has_value());
  first.MergeFrom(second);
  EXPECT_EQ(page->records + BytesAfterRecords(*page), first.SerializeAsString());
  EXPECT_EQ(page->last, Position{9});
}

TEST(StoredPageTest, APageThatIsCutOffIsNone) {
  const std::string whole = Response().SerializeAsString();
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    v1::ReadAllResponse response;
    const std::string part = whole.substr(0, bytes);
    EXPECT_EQ(ParsePage(part, true).has_value(), response.ParseFromString(part)) << bytes;
  }
}

TEST(StoredPageTest, ADeliveryIsThatOfItsMessage) {
  v1::SubscribeResponse message;
  *message.mutable_batch()->mutable_records() = Response().records();
  message.set_history(77);
  const std::string whole = message.SerializeAsString();
  StoredDelivery delivery;
  // However it is cut.
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    const std::vector<std::string_view> pieces = {std::string_view(whole).substr(0, cut),
                                                  std::string_view(whole).substr(cut)};
    ASSERT_TRUE(ParseDelivery(pieces, delivery));
    EXPECT_EQ(delivery.batch.records, message.batch().SerializeAsString());
    EXPECT_EQ(delivery.batch.count, 5u);
    EXPECT_EQ(delivery.batch.last, Position{8});
    EXPECT_EQ(delivery.batch.last_record(), message.batch().records(4).SerializeAsString());
    EXPECT_EQ(delivery.message.history(), 77u);
  }
  EXPECT_FALSE(ParseDelivery(Pieces{std::string_view(whole).substr(0, 40)}, delivery));
  EXPECT_FALSE(ParseDelivery(Pieces{whole, whole}, delivery));

  message.mutable_caught_up()->set_position(8);
  const std::string mark = message.SerializeAsString();
  ASSERT_TRUE(ParseDelivery(Pieces{mark}, delivery));
  EXPECT_FALSE(delivery.has_batch());
  EXPECT_FALSE(delivery.is_silent());
  EXPECT_EQ(delivery.message.SerializeAsString(), mark);
  EXPECT_TRUE(ParseDelivery({}, delivery));
  EXPECT_TRUE(delivery.is_silent());
}

}  // namespace
}  // namespace mlup::log
