// The provinces of Cambodia by their gazetteer code.
#pragma once

#include <array>
#include <string_view>

namespace mlup::projections {

struct Province {
  // Two digits, `02`.
  std::string_view code;
  std::string_view name_en;
  std::string_view name_km;
};

// All 25, in the order of their codes.
const std::array<Province, 25>& Provinces();

// The province of a gazetteer code of 2, 4, 6 or 8 digits; null for anything else.
const Province* FindProvince(std::string_view code);

}  // namespace mlup::projections
