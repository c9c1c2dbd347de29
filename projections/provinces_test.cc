// The table of provinces.
#include "projections/provinces.h"

#include <gtest/gtest.h>

namespace mlup::projections {
namespace {

TEST(ProvincesTest, CodesAreGaplessAndNamed) {
  int number = 0;
  for (const Province& province : Provinces()) {
    ++number;
    EXPECT_EQ(province.code, (number < 10 ? "0" : "") + std::to_string(number));
    EXPECT_FALSE(province.name_en.empty());
    EXPECT_FALSE(province.name_km.empty());
  }
}

TEST(ProvincesTest, AFinerCodeNamesItsProvince) {
  ASSERT_NE(FindProvince("02"), nullptr);
  EXPECT_EQ(FindProvince("02")->name_en, "Battambang");
  EXPECT_EQ(FindProvince("12030405")->name_en, "Phnom Penh");
  for (const char* code : {"", "2", "00", "26", "unknown", "remote", "020", "0203040506"}) {
    EXPECT_EQ(FindProvince(code), nullptr) << code;
  }
}

}  // namespace
}  // namespace mlup::projections
