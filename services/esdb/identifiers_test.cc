// Whatever clients write as an id is the same id.
#include "services/esdb/identifiers.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "eventstore/base/random.h"
#include "services/esdb/names.h"

namespace mlup::esdb {
namespace {

constexpr char kUuid[] = "018f3c6e-7d4b-7a01-8f3c-6e7d4b7a0001";

std::string Read(const std::string& text) {
  pb::UUID uuid;
  uuid.set_string(text);
  const auto read = UuidText(uuid);
  return read.ok() ? *read : ErrorReason(read.status());
}

TEST(IdentifiersTest, EveryFormThatTheServersOfTheseClientsTake) {
  for (const char* const text :
       {"018f3c6e-7d4b-7a01-8f3c-6e7d4b7a0001", "018F3C6E-7D4B-7A01-8F3C-6E7D4B7A0001",
        "018f3c6e7d4b7a018f3c6e7d4b7a0001", "018F3C6E7D4B7A018F3C6E7D4B7A0001",
        "{018f3c6e-7d4b-7a01-8f3c-6e7d4b7a0001}", "(018F3C6E-7D4B-7A01-8F3C-6E7D4B7A0001)",
        "  018f3c6e-7d4b-7a01-8f3c-6e7d4b7a0001\r\n",
        "{0x018f3c6e,0x7d4b,0x7a01,{0x8f,0x3c,0x6e,0x7d,0x4b,0x7a,0x00,0x01}}",
        "{0X18F3C6E, 0x7D4B, 0x7a01, {0x8f, 0x3c, 0x6e, 0x7d, 0x4b, 0x7a, 0x0, 0x1}}"}) {
    EXPECT_EQ(Read(text), kUuid) << text;
  }
  EXPECT_EQ(Read("00000000000000000000000000000000"), "00000000-0000-0000-0000-000000000000");
}

TEST(IdentifiersTest, WhatIsNoIdIsRefused) {
  for (const char* const text :
       {"", " ", "7", "{}", "()", "{", "018f3c6e-7d4b-7a01-8f3c-6e7d4b7a000",
        "018f3c6e-7d4b-7a01-8f3c-6e7d4b7a00011", "018f3c6e7d4b-7a01-8f3c-6e7d4b7a0001",
        "{018f3c6e-7d4b-7a01-8f3c-6e7d4b7a0001", "(018f3c6e-7d4b-7a01-8f3c-6e7d4b7a0001}",
        "{018f3c6e7d4b7a018f3c6e7d4b7a0001}", "018f3c6g7d4b7a018f3c6e7d4b7a0001",
        "{0x018f3c6e,0x7d4b,0x7a01}", "{0x018f3c6e,0x7d4b,0x7a01,{0x8f,0x3c}}",
        "{0x018f3c6e0,0x7d4b,0x7a01,{0x8f,0x3c,0x6e,0x7d,0x4b,0x7a,0x00,0x01}}",
        "{018f3c6e,0x7d4b,0x7a01,{0x8f,0x3c,0x6e,0x7d,0x4b,0x7a,0x00,0x01}}"}) {
    EXPECT_EQ(Read(text), "EVENT_ID_INVALID") << text;
  }
  EXPECT_EQ(Read(std::string(1 << 20, ' ') + kUuid), "EVENT_ID_INVALID");
  EXPECT_EQ(ErrorReason(UuidText(pb::UUID()).status()), "EVENT_ID_INVALID");
}

TEST(IdentifiersTest, EachFormOfTheSameIdIsTheSameId) {
  SeededRandom random(1);
  for (int i = 0; i < 10'000; ++i) {
    const std::string bytes = RandomBytes(random, 16);
    std::string hex;
    for (const char c : bytes) {
      hex += absl::StrCat(absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2));
    }
    const std::string id = WithHyphens(hex);
    EXPECT_EQ(Read(hex), id);
    EXPECT_EQ(Read(absl::AsciiStrToUpper(id)), id);
    const pb::UUID numbers = ToUuid(id, UuidForm::kNumbers);
    EXPECT_TRUE(numbers.has_structured());
    EXPECT_EQ(*UuidText(numbers), id);
    EXPECT_EQ(*UuidText(ToUuid(id, UuidForm::kText)), id);
  }
}

}  // namespace
}  // namespace mlup::esdb
