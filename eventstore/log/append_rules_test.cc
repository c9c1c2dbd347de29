#include "eventstore/log/append_rules.h"

#include "gtest/gtest.h"

#include "eventstore/log/keys.h"
#include "eventstore/log/timestamp.h"

namespace mlup::log {
namespace {

TEST(StreamNameTest, ACategoryAndAUuidMakeAName) {
  const std::string id = "018f0000-0000-7000-8000-000000000001";
  for (const char* category : {"person", "case", "case_group", "community_group", "erasure"}) {
    EXPECT_TRUE(IsStreamName(std::string(category) + "/" + id)) << category;
    EXPECT_EQ(CategoryOf(std::string(category) + "/" + id), category);
  }
  EXPECT_TRUE(IsStreamName("system/map"));
  EXPECT_TRUE(IsStreamName("ext/orders-1/2 គ្រួសារ"));
  const std::string bad[] = {
      "",           "/",    "case",     "case/",     "/" + id, "cases/" + id, "case/" + id + "0",
      "person/sok", "ext/", "ext/a\nb", "Case/" + id};
  for (const std::string& name : bad) EXPECT_FALSE(IsStreamName(name)) << name;
}

TEST(KeysTest, KeysSortAsTheirNumbers) {
  EXPECT_LT(PositionKey({255}), PositionKey({256}));
  EXPECT_LT(RunKey("ext/a", {UINT64_MAX}), RunKey("ext/ab", {1}));
  EXPECT_EQ(NumberOf(BigEndian(0x0102030405060708)), 0x0102030405060708u);
  EXPECT_EQ(NumberOf("short"), 0u);
}

TEST(KeysTest, RequestKeysOfTwoOrganisationsNeverMeet) {
  v1::RequestKey a;
  a.set_organisation_id("ab");
  a.set_request_id("c");
  v1::RequestKey b;
  b.set_organisation_id("a");
  b.set_request_id("bc");
  EXPECT_NE(RequestKeyBytes(a), RequestKeyBytes(b));
  EXPECT_NE(RequestIndexKey(RequestKeyBytes(a)), RequestIndexKey(RequestKeyBytes(b)));
}

TEST(TimestampTest, TimesBeforeTheEpochKeepPositiveNanos) {
  const absl::Time time = absl::FromUnixMillis(-1500);
  EXPECT_EQ(ToTimestamp(time).seconds(), -2);
  EXPECT_EQ(ToTimestamp(time).nanos(), 500'000'000);
  EXPECT_EQ(FromTimestamp(ToTimestamp(time)), time);
}

}  // namespace
}  // namespace mlup::log
