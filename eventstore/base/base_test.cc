// Errors, ids and clocks.
#include <set>

#include <gtest/gtest.h>

#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "eventstore/base/status.h"
#include "eventstore/base/utf8.h"
#include "eventstore/base/uuid.h"

namespace mlup {
namespace {

TEST(StatusTest, ReasonAndFieldTravelWithTheError) {
  const absl::Status status = FieldError(absl::StatusCode::kInvalidArgument, "FIELD_REQUIRED",
                                         "context.request_id", "must be given");
  EXPECT_EQ(ErrorReason(status), "FIELD_REQUIRED");
  EXPECT_EQ(ErrorField(status), "context.request_id");
  EXPECT_EQ(ErrorReason(absl::InternalError("made elsewhere")), "");
}

absl::StatusOr<int> Half(int number) {
  if (number % 2 != 0) return Error(absl::StatusCode::kInvalidArgument, "ODD", "is odd");
  return number / 2;
}

absl::StatusOr<int> Quarter(int number) {
  ASSIGN_OR_RETURN(const int half, Half(number));
  return Half(half);
}

TEST(StatusTest, MacrosPassErrorsOn) {
  EXPECT_EQ(*Quarter(8), 2);
  EXPECT_EQ(ErrorReason(Quarter(6).status()), "ODD");
  EXPECT_EQ(ErrorReason(Quarter(3).status()), "ODD");
}

TEST(UuidTest, VersionSevenWithTheTimeInFront) {
  ManualClock clock(absl::FromUnixMillis(0x0190a1b2c3d4));
  SeededRandom random(1);
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = NewUuid(clock, random);
    ASSERT_TRUE(IsUuid(id)) << id;
    EXPECT_EQ(id.substr(0, 15), "0190a1b2-c3d4-7");
    EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos) << id;
    EXPECT_TRUE(seen.insert(id).second);
  }
}

TEST(UuidTest, OtherTextsAreNoIds) {
  for (const char* text :
       {"", "0190a1b2", "0190A1B2-c3d4-7000-8000-000000000000",
        "0190a1b2-c3d4-7000-8000-00000000000g", "0190a1b2xc3d4-7000-8000-000000000000"}) {
    EXPECT_FALSE(IsUuid(text)) << text;
  }
}

TEST(Utf8Test, OnlyWellFormedTextPasses) {
  for (const char* text : {"", "sok", "\u00e9", "\u179f\u17bb\u1781", "\U0001f600"}) {
    EXPECT_TRUE(IsUtf8(text)) << text;
  }
  for (const char* text : {"\x80", "\xc3", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80",
                           "\xf4\x90\x80\x80", "\xe1\x80", "a\xff"}) {
    EXPECT_FALSE(IsUtf8(text)) << text;
  }
}

}  // namespace
}  // namespace mlup
