// Appends and deletions as EventStoreDB clients know them.
#include "services/esdb/esdb_log.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "eventstore/base/limits.h"
#include "mlup/ext/v1/external_events.pb.h"
#include "services/esdb/esdb_test_world.h"

namespace mlup::esdb {
namespace {

using Kind = Expected::Kind;
using testing::ElementsAre;

class EsdbLogTest : public EsdbTest {
 protected:
  // `ok@<last revision>`, `at <last revision>` where it was not as expected, or the exception.
  static std::string Word(const absl::StatusOr<Result>& result) {
    if (!result.ok()) {
      const std::string exception = ExceptionOf(result.status());
      return exception.empty() ? ErrorReason(result.status()) : exception;
    }
    return absl::StrCat(
        result->as_expected ? "ok@" : "at ",
        result->last_revision.has_value() ? absl::StrCat(*result->last_revision) : "none");
  }
  std::string Try(std::string_view stream, Expected expected, int count = 1) {
    return Word(Append(stream, MakeEvents(count), expected));
  }
  std::string Delete(std::string_view stream, Expected expected = {}) {
    return Word(esdb_log_.Delete(author_, NameOf(stream), expected));
  }
  std::string Tombstone(std::string_view stream, Expected expected = {}) {
    return Word(esdb_log_.Tombstone(author_, NameOf(stream), expected));
  }
  std::string SetMetadata(std::string_view stream, std::string_view json, Expected expected = {}) {
    return Word(
        Append(absl::StrCat("$$", ToAbsl(stream)), {MakeEvent("$metadata", json)}, expected));
  }
};

TEST_F(EsdbLogTest, WhatIsExpectedDecides) {
  EXPECT_EQ(Try("a", {Kind::kStreamExists}), "at none");
  EXPECT_EQ(Try("a", At(0)), "at none");
  EXPECT_EQ(Try("a", {Kind::kNoStream}, 2), "ok@1");
  EXPECT_EQ(Try("a", {Kind::kNoStream}), "at 1");
  EXPECT_EQ(Try("a", At(0)), "at 1");
  EXPECT_EQ(Try("a", At(1)), "ok@2");
  EXPECT_EQ(Try("a", {Kind::kStreamExists}), "ok@3");
  EXPECT_EQ(Try("a", {}), "ok@4");
  EXPECT_EQ(Try("a", At(kDeletedRevision - 1)), "at 4");
}

TEST_F(EsdbLogTest, AnAppendOfNothingTellsWhereTheStreamIs) {
  EXPECT_EQ(Word(Append("a", {}, {Kind::kNoStream})), "ok@none");
  EXPECT_EQ(Try("a", {}, 2), "ok@1");
  EXPECT_EQ(Word(Append("a", {}, {})), "ok@1");
  EXPECT_EQ(Word(Append("a", {}, At(7))), "at 1");
}

TEST_F(EsdbLogTest, TheSameEventIdsAreTheSameAppend) {
  const auto events = MakeEvents(3);
  EXPECT_EQ(Word(Append("a", events, {Kind::kNoStream})), "ok@2");
  EXPECT_EQ(Try("a", {}), "ok@3");
  EXPECT_EQ(Word(Append("a", events, {Kind::kNoStream})), "ok@2");
  EXPECT_EQ(Word(Append("a", events, {})), "ok@2");
  EXPECT_EQ(Word(Append("a", {events[1], events[2]}, At(0))), "ok@2");
  // Where others stand it is a conflict; at the end it is an append of its own.
  EXPECT_EQ(Word(Append("a", {events[1], events[2]}, At(1))), "at 3");
  EXPECT_EQ(Word(Append("a", {events[0], MakeEvent("T", "1")}, {Kind::kNoStream})), "at 3");
  EXPECT_EQ(Word(Append("a", events, At(3))), "ok@6");
  EXPECT_EQ(Word(Append("a", events, At(3))), "ok@6");
  // Another stream is another append.
  EXPECT_EQ(Word(Append("b", events, {})), "ok@2");
  EXPECT_EQ(log_.Head()->value, 10u);
}

TEST_F(EsdbLogTest, OnlyStreamsOfOutsideSystemsAreWritten) {
  for (const char* name : {"case-018f3c6e7d4b7a018f3c6e7d4b7a0001", "person-1", "$ce-a", "$et-a",
                           "$settings", "$$person-1"}) {
    EXPECT_EQ(Try(name, {}), "access-denied") << name;
    EXPECT_EQ(Delete(name), "access-denied") << name;
    EXPECT_EQ(Tombstone(name), "access-denied") << name;
  }
  EXPECT_EQ(Delete("$$a"), "access-denied");
  EXPECT_EQ(log_.Head()->value, 0u);
}

TEST_F(EsdbLogTest, WhatIsTooLargeIsRefusedWithTheBound) {
  EXPECT_EQ(Try("a", {}, static_cast<int>(kAppendEventsMax) + 1), "maximum-append-size-exceeded");
  std::vector<log::pb::Event> events;
  events.reserve(6);
  for (int i = 0; i < 6; ++i) events.push_back(MakeEvent("T", std::string(200 << 10, ' ')));
  EXPECT_EQ(Word(Append("a", events)), "maximum-append-size-exceeded");
  EXPECT_EQ(log_.Head()->value, 0u);
}

TEST_F(EsdbLogTest, WhatOneMebibyteHoldsIsTaken) {
  EXPECT_EQ(Word(Append("a", {MakeEvent("T", std::string(300 << 10, ' '))})), "ok@0");
  EXPECT_EQ(Word(Append("a", {MakeEvent("T", std::string((1 << 20) - 64, ' '))})), "ok@1");
  EXPECT_EQ(Try("many", {}, static_cast<int>(kAppendEventsMax)),
            absl::StrCat("ok@", kAppendEventsMax - 1));
  // 3 bytes a character.
  std::string long_name;
  while (long_name.size() + 3 <= kEsdbNameMax) long_name += "ក";
  EXPECT_EQ(Try(long_name, {}, 2), "ok@1");
  EXPECT_EQ(SetMetadata(long_name, R"({"$maxCount":1})"), "ok@0");
  EXPECT_THAT(Read(ReadStream(long_name)), ElementsAre("1"));
}

TEST_F(EsdbLogTest, ADeletedStreamComesBackWithItsNextEvent) {
  EXPECT_EQ(Try("a", {}, 3), "ok@2");
  EXPECT_EQ(SetMetadata("a", R"({"colour":"red"})"), "ok@0");
  EXPECT_EQ(Delete("a", At(1)), "at 2");
  EXPECT_EQ(Delete("a", At(2)), "ok@none");
  EXPECT_THAT(Read(ReadStream("a")), ElementsAre("not-found"));
  EXPECT_EQ(Try("a", {Kind::kStreamExists}), "stream-deleted");
  EXPECT_EQ(Try("a", At(1)), "at 2");
  EXPECT_EQ(Word(Append("a", {}, {Kind::kNoStream})), "ok@2");
  const auto events = MakeEvents(1);
  EXPECT_EQ(Word(Append("a", events, {Kind::kNoStream})), "ok@3");
  EXPECT_EQ(Word(Append("a", events, {Kind::kNoStream})), "ok@3");
  EXPECT_THAT(Read(ReadStream("a")), ElementsAre("0"));
  const auto metadata = esdb_log_.Metadata(NameOf("a"));
  EXPECT_EQ(metadata->json, R"({"colour":"red","$tb":3})");
}

TEST_F(EsdbLogTest, AStreamThatIsNotThereCanBeDeletedUnlessItIsExpected) {
  EXPECT_EQ(Delete("a", {Kind::kStreamExists}), "at none");
  for (const std::uint64_t revision : {0U, 1U, 7U}) {
    EXPECT_EQ(Delete("a", At(revision)), "at none");
    EXPECT_EQ(Tombstone("a", At(revision)), "at none");
  }
  EXPECT_EQ(Delete("a", {Kind::kNoStream}), "ok@none");
  EXPECT_EQ(Delete("a", {Kind::kNoStream}), "ok@none");
  EXPECT_EQ(Try("a", {Kind::kNoStream}), "ok@0");
}

TEST_F(EsdbLogTest, ATombstoneClosesTheNameForEver) {
  EXPECT_EQ(Try("a", {}), "ok@0");
  EXPECT_EQ(Tombstone("a", At(5)), "at 0");
  EXPECT_EQ(Tombstone("a"), "ok@none");
  EXPECT_EQ(Try("a", {}), "stream-deleted");
  EXPECT_EQ(SetMetadata("a", "{}"), "stream-deleted");
  EXPECT_EQ(Delete("a"), "stream-deleted");
  EXPECT_EQ(Tombstone("a"), "stream-deleted");
  EXPECT_THAT(Read(ReadStream("a")), ElementsAre("stream-deleted"));
  EXPECT_THAT(Read(ReadStream("$$a")), ElementsAre("stream-deleted"));
  // A name that was never used can be closed too.
  EXPECT_EQ(Tombstone("never"), "ok@none");
  EXPECT_EQ(Try("never", {}), "stream-deleted");
}

TEST_F(EsdbLogTest, MetadataHasRevisionsOfItsOwn) {
  EXPECT_EQ(SetMetadata("a", "{}", {Kind::kNoStream}), "ok@0");
  EXPECT_EQ(SetMetadata("a", "{}", {Kind::kNoStream}), "at 0");
  EXPECT_EQ(SetMetadata("a", "{}", At(0)), "ok@1");
  EXPECT_EQ(SetMetadata("a", "{}", {Kind::kStreamExists}), "ok@2");
  EXPECT_EQ(SetMetadata("b", "{}", {Kind::kStreamExists}), "at none");
  // A stream of which only metadata is known exists.
  EXPECT_EQ(Try("a", {Kind::kStreamExists}), "ok@0");
}

TEST_F(EsdbLogTest, MetadataHidesEvents) {
  EXPECT_EQ(Try("a", {}, 6), "ok@5");
  EXPECT_EQ(SetMetadata("a", R"({"$maxCount":2})"), "ok@0");
  EXPECT_THAT(Read(ReadStream("a")), ElementsAre("4", "5"));
  EXPECT_EQ(SetMetadata("a", R"({"$tb":3})"), "ok@1");
  EXPECT_THAT(Read(ReadStream("a")), ElementsAre("3", "4", "5"));
  EXPECT_EQ(SetMetadata("a", R"({"$tb":100})"), "ok@2");
  EXPECT_THAT(Read(ReadStream("a")), ElementsAre());
  EXPECT_EQ(SetMetadata("a", R"({"$maxAge":60})"), "ok@3");
  EXPECT_EQ(Read(ReadStream("a")).size(), 6u);
  clock_.Advance(absl::Seconds(61));
  EXPECT_EQ(Try("a", {}), "ok@6");
  EXPECT_THAT(Read(ReadStream("a")), ElementsAre("0"));
  // As it could be stored once.
  log::pb::Event earlier = MakeEvent("$metadata", "{}");
  ext::v1::ExternalEvent external;
  ASSERT_TRUE(external.ParseFromString(earlier.common()));
  external.set_data("no object");
  earlier.set_common(external.SerializeAsString());
  EXPECT_EQ(Word(Append("$$a", {earlier})), "ok@4");
  EXPECT_EQ(Read(ReadStream("a")).size(), 7u);
}

}  // namespace
}  // namespace mlup::esdb
