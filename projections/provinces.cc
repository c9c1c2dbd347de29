// The table of provinces: codes of the gazetteer, usual English names, Khmer names.
#include "projections/provinces.h"

#include <algorithm>

namespace mlup::projections {

const std::array<Province, 25>& Provinces() {
  static constexpr std::array<Province, 25> kProvinces = {{
      {"01", "Banteay Meanchey", "បន្ទាយមានជ័យ"},
      {"02", "Battambang", "បាត់ដំបង"},
      {"03", "Kampong Cham", "កំពង់ចាម"},
      {"04", "Kampong Chhnang", "កំពង់ឆ្នាំង"},
      {"05", "Kampong Speu", "កំពង់ស្ពឺ"},
      {"06", "Kampong Thom", "កំពង់ធំ"},
      {"07", "Kampot", "កំពត"},
      {"08", "Kandal", "កណ្ដាល"},
      {"09", "Koh Kong", "កោះកុង"},
      {"10", "Kratie", "ក្រចេះ"},
      {"11", "Mondulkiri", "មណ្ឌលគិរី"},
      {"12", "Phnom Penh", "ភ្នំពេញ"},
      {"13", "Preah Vihear", "ព្រះវិហារ"},
      {"14", "Prey Veng", "ព្រៃវែង"},
      {"15", "Pursat", "ពោធិ៍សាត់"},
      {"16", "Ratanakiri", "រតនគិរី"},
      {"17", "Siem Reap", "សៀមរាប"},
      {"18", "Preah Sihanouk", "ព្រះសីហនុ"},
      {"19", "Stung Treng", "ស្ទឹងត្រែង"},
      {"20", "Svay Rieng", "ស្វាយរៀង"},
      {"21", "Takeo", "តាកែវ"},
      {"22", "Oddar Meanchey", "ឧត្ដរមានជ័យ"},
      {"23", "Kep", "កែប"},
      {"24", "Pailin", "ប៉ៃលិន"},
      {"25", "Tboung Khmum", "ត្បូងឃ្មុំ"},
  }};
  return kProvinces;
}

const Province* FindProvince(std::string_view code) {
  const bool is_code = !code.empty() && code.size() <= 8 && code.size() % 2 == 0 &&
                       std::ranges::all_of(code, [](char c) { return c >= '0' && c <= '9'; });
  if (!is_code) return nullptr;
  const auto found = std::ranges::find(Provinces(), code.substr(0, 2), &Province::code);
  return found == Provinces().end() ? nullptr : &*found;
}

}  // namespace mlup::projections
