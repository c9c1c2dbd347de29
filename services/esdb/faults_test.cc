// What clients read from the trailers.
#include "services/esdb/faults.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "eventstore/base/status.h"

namespace mlup::esdb {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(FaultsTest, WrongExpectedVersionTellsBothVersions) {
  const absl::Status status =
      WrongExpectedVersion("order-7", {Expected::Kind::kRevision, 4}, std::uint64_t{9});
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(
      TrailersOf(status),
      ElementsAre(Pair("exception", "wrong-expected-version"), Pair("stream-name", "order-7"),
                  Pair("expected-version", "4"), Pair("actual-version", "9")));
}

TEST(FaultsTest, AStreamThatIsNotThereHasNoActualVersion) {
  const auto trailers =
      TrailersOf(WrongExpectedVersion("a", {Expected::Kind::kStreamExists, 0}, std::nullopt));
  EXPECT_THAT(trailers, ElementsAre(Pair("exception", "wrong-expected-version"),
                                    Pair("stream-name", "a"), Pair("expected-version", "-4")));
}

TEST(FaultsTest, TrailersAreAscii) {
  const auto trailers = TrailersOf(StreamDeleted("a b%\xE1\x9E\x80\n"));
  EXPECT_EQ(trailers.back().second, "a%20b%25%E1%9E%80%0A");
}

TEST(FaultsTest, AStatusMadeElsewhereHasNoTrailers) {
  EXPECT_TRUE(TrailersOf(absl::InternalError("x")).empty());
  EXPECT_EQ(ExceptionOf(absl::InternalError("x")), "");
  EXPECT_EQ(ExceptionOf(AccessDenied("no")), "access-denied");
}

TEST(FaultsTest, OurFaultsDoNotLookLikeALostServer) {
  EXPECT_EQ(ClientCode(absl::InternalError("x")), absl::StatusCode::kUnknown);
  EXPECT_EQ(ClientCode(absl::DataLossError("x")), absl::StatusCode::kUnknown);
  EXPECT_EQ(ClientCode(absl::UnavailableError("x")), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace mlup::esdb
