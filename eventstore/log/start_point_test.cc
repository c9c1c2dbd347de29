// One meaning of `from`.
#include "eventstore/log/start_point.h"

#include <gtest/gtest.h>

#include "eventstore/base/status.h"

namespace mlup::log {
namespace {

v1::SubscribeRequest From(std::string_view text) {
  v1::SubscribeRequest request;
  EXPECT_TRUE(SetStart(text, "from", request).ok()) << text;
  return request;
}

TEST(StartPointTest, APositionIsTheFirstThatIsRead) {
  EXPECT_EQ(From("5").after_position(), 4u);
  EXPECT_EQ(From("1").after_position(), 0u);
  EXPECT_EQ(From("0").after_position(), 0u);
}

TEST(StartPointTest, ATokenLeadsToWhatComesAfterIt) {
  const auto request = From(ResumeToken(Position{5}, 0xaa));
  EXPECT_EQ(request.after_position(), 5u);
  EXPECT_EQ(request.history(), 0xaau);
  EXPECT_EQ(From(ResumeToken(Position{}, 0xaa)).history(), 0u) << "before the first, any history";
}

TEST(StartPointTest, WordsAndTimes) {
  EXPECT_EQ(From("").SerializeAsString(), "");
  EXPECT_EQ(From("start").SerializeAsString(), "");
  EXPECT_TRUE(From("end").from_end());
  // Midnight in Phnom Penh.
  EXPECT_EQ(From("2021-04-22").from_time().seconds(), 1619024400);
  EXPECT_EQ(From("2021-04-22T00:00:00+07:00").from_time().seconds(), 1619024400);
}

TEST(StartPointTest, AnythingElseIsRefused) {
  for (const char* text : {"tomorrow", "-5", "5-", "5-aa", "5-00000000000000aa-1", "1.5", " 5x"}) {
    v1::SubscribeRequest request;
    const absl::Status status = SetStart(text, "from", request);
    EXPECT_EQ(ErrorReason(status), "FROM_INVALID") << text;
    EXPECT_EQ(ErrorField(status), "from");
  }
}

}  // namespace
}  // namespace mlup::log
