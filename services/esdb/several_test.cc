// Appends to several streams at once.
#include "services/esdb/several.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "services/esdb/esdb_test_world.h"
#include "services/esdb/records.h"

namespace mlup::esdb {
namespace {

using Kind = Expected::Kind;
using testing::ElementsAre;

class SeveralTest : public EsdbTest {
 protected:
  using Part = SeveralAppends::Part;
  using Check = SeveralAppends::Check;

  Part To(std::string_view stream, int count = 1) { return {NameOf(stream), MakeEvents(count)}; }
  static Check That(std::string_view stream, Expected expected) {
    return {NameOf(stream), expected};
  }
  // `a@1 b@0`, or `violated 0 2`, or why not.
  std::string Run(SeveralAppends::Order order) {
    const auto result = several_.Append(order);
    if (!result.ok()) {
      const std::string exception = ExceptionOf(result.status());
      return exception.empty() ? ErrorReason(result.status()) : exception;
    }
    if (result->tombstoned.has_value()) return "tombstoned " + *result->tombstoned;
    std::string text;
    for (const auto& violation : result->violations) {
      absl::StrAppend(&text, text.empty() ? "violated " : " ", violation.check);
    }
    for (const auto& stream : result->streams) {
      absl::StrAppend(&text, text.empty() ? "" : " ", stream.client, "@", stream.last_revision);
    }
    return text;
  }
  std::string Run(std::vector<Part> parts, std::vector<Check> checks = {}) {
    return Run({author_, std::move(parts), std::move(checks)});
  }

  SeveralAppends several_{log_, esdb_log_, clock_, random_};
};

TEST_F(SeveralTest, AllOrNothing) {
  EXPECT_EQ(Run({To("a", 2), To("b")}), "a@1 b@0");
  EXPECT_EQ(Run({To("a"), To("b")}, {That("a", At(1)), That("b", At(7))}), "violated 1");
  EXPECT_EQ(Run({To("a"), To("person-1")}), "access-denied");
  EXPECT_EQ(Run({To("a", 0)}), "EVENTS_MISSING");
  EXPECT_EQ(log_.Head()->value, 3u);
}

TEST_F(SeveralTest, StreamsMayTakeTurns) {
  EXPECT_EQ(Run({To("a"), To("b"), To("a"), To("b"), To("a")}), "b@1 a@2");
  EXPECT_THAT(Read(ReadStream("a")), ElementsAre("0", "0", "0"));
}

TEST_F(SeveralTest, TheSameOnceMoreIsAnsweredAsTheFirstTime) {
  const SeveralAppends::Order order{author_, {To("a", 2), To("b")}, {That("a", {Kind::kNoStream})}};
  EXPECT_EQ(Run(order), "a@1 b@0");
  EXPECT_EQ(Run({To("a")}), "a@2");
  EXPECT_EQ(Run(order), "a@1 b@0");
  EXPECT_EQ(log_.Head()->value, 4u);
}

TEST_F(SeveralTest, AnIdIsOfAStream) {
  const Part first = To("a");
  const Part again{NameOf("b"), first.events};
  EXPECT_EQ(Run({first, again}), "a@0 b@0");
  EXPECT_EQ(Run({{NameOf("c"), first.events}}), "c@0");
  EXPECT_EQ(Run({{NameOf("c"), first.events}}), "c@0");
  EXPECT_EQ(log_.Head()->value, 3u);
  std::set<std::string> ids;
  const auto page = log_.ReadAll({});
  ASSERT_EQ(page->records_size(), 3);
  for (const log::pb::Record& record : page->records()) {
    EXPECT_EQ(ClientId(record.event()), first.events[0].event_id());
    EXPECT_TRUE(ids.insert(record.event().event_id()).second);
  }
}

TEST_F(SeveralTest, ChecksLookAtWhatIsShown) {
  EXPECT_EQ(Run({To("there", 3), To("gone"), To("closed")}), "there@2 gone@0 closed@0");
  ASSERT_TRUE(esdb_log_.Delete(author_, NameOf("gone"), {}).ok());
  ASSERT_TRUE(esdb_log_.Tombstone(author_, NameOf("closed"), {}).ok());
  EXPECT_EQ(Run({To("w")}, {That("there", At(2)), That("none", {Kind::kNoStream}),
                            That("gone", {Kind::kNoStream}), That("closed", {Kind::kNoStream})}),
            "w@0");
  EXPECT_EQ(Run({To("w")},
                {That("there", {Kind::kNoStream}), That("none", {Kind::kStreamExists}),
                 That("gone", At(0)), That("closed", {Kind::kStreamExists}), That("there", At(2))}),
            "violated 0 1 2 3");
  EXPECT_EQ(Run({To("closed")}), "tombstoned closed");
  EXPECT_EQ(Run({To("gone")}, {That("gone", {Kind::kNoStream})}), "gone@1");
  EXPECT_EQ(Read(ReadStream("gone")).size(), 1u);
}

TEST_F(SeveralTest, AnothersStreamIsNeitherWrittenNorLookedAt) {
  ASSERT_TRUE(Append("mine", MakeEvents(1)).ok());
  const Author other{"other", "ngo", "other"};
  EXPECT_EQ(Run({other, {To("mine")}, {}}), "access-denied");
  for (const Expected& expected : {Expected{Kind::kNoStream}, At(0), At(9)}) {
    EXPECT_EQ(Run({other, {To("theirs")}, {That("mine", expected)}}), "access-denied");
    EXPECT_EQ(Run({other, {To("theirs")}, {That("case-7", expected)}}), "access-denied");
  }
}

TEST(RecordsTest, ARecordIsAnEventOfTheFirstVersion) {
  v2::AppendRecord record;
  record.mutable_schema()->set_name("Paid");
  record.mutable_schema()->set_format(v2::SCHEMA_FORMAT_JSON);
  (*record.mutable_properties())["by"].set_string_value("till");
  record.set_data("{}");
  auto message = ToProposed(record, "018f3c6e-7d4b-7a01-8f3c-6e7d4b7a0001");
  ASSERT_TRUE(message.ok());
  EXPECT_EQ(message->id().string(), "018f3c6e-7d4b-7a01-8f3c-6e7d4b7a0001");
  EXPECT_EQ(message->metadata().at("type"), "Paid");
  EXPECT_EQ(message->metadata().at("content-type"), "application/json");
  EXPECT_EQ(message->custom_metadata(),
            R"({"$schema.format":"Json","$schema.name":"Paid","by":"till"})");
  record.set_record_id("018F3C6E7D4B7A018F3C6E7D4B7A0002");
  EXPECT_EQ(ToProposed(record, "")->id().string(), record.record_id());
  record.mutable_schema()->clear_name();
  EXPECT_EQ(ExceptionOf(ToProposed(record, "").status()), "missing-required-metadata-property");
  EXPECT_EQ(ExpectedOf(-1)->kind, Kind::kNoStream);
  EXPECT_EQ(ExpectedOf(-2)->kind, Kind::kAny);
  EXPECT_EQ(ExpectedOf(-4)->kind, Kind::kStreamExists);
  EXPECT_EQ(ExpectedOf(7)->revision, 7u);
  EXPECT_EQ(ErrorReason(ExpectedOf(-3).status()), "REVISION_INVALID");
}

}  // namespace
}  // namespace mlup::esdb
