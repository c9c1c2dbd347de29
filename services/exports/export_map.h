// Maps that say what our figures are called elsewhere (deploy/exports/README.md).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eventstore/base/status.h"
#include "services/exports/figure_files.h"

namespace mlup::exports {

using Codes = std::map<std::string, std::string>;

// A map for DHIS2.
struct Dhis2Map {
  // Of the whole, and of places by their gazetteer code.
  std::string org_unit;
  Codes org_units;
  // Empty where the other system takes its own default.
  std::string attribute_option_combo;
  // By dimension and member.
  std::map<std::string, Codes> category_option_combos;
  struct Value {
    std::string indicator;
    // A dimension; empty for the total.
    std::string by;
    std::string data_element;
  };
  std::vector<Value> values;

  // Where one part of a value stands there.
  struct Cell {
    // Empty for the total.
    std::string member;
    std::string org_unit;
    // Empty for the default one.
    std::string combo;
  };
  std::vector<Cell> CellsOf(const Value& value) const;
};

// A map for IATI.
struct IatiMap {
  struct Organisation {
    std::string ref;
    std::string type;
    std::string name;
  };
  Organisation reporting;
  // Who takes part, by role.
  std::vector<std::pair<std::string, Organisation>> participating;
  std::string identifier;
  std::string title;
  std::string description;
  std::string status;
  std::string start;
  std::string country;
  std::string sector_vocabulary;
  std::string sector;
  struct Indicator {
    std::string indicator;
    std::string title;
    std::string measure;
    // Vocabulary and code; empty for none.
    std::string vocabulary;
    std::string code;
    // Dimensions of which the parts are told too.
    std::vector<std::string> by;
  };
  struct Result {
    std::string type;
    std::string title;
    std::vector<Indicator> indicators;
  };
  std::vector<Result> results;
};

// INVALID_ARGUMENT MAP_INVALID with the place in the map: no JSON, a member missing or unknown, a
// text of the wrong form or none of its code list, an indicator, dimension or member that is not
// among `indicators`, one named twice, or two of ours that would be one cell there. Pure.
absl::StatusOr<Dhis2Map> ReadDhis2Map(std::string_view text, const Indicators& indicators);
absl::StatusOr<IatiMap> ReadIatiMap(std::string_view text, const Indicators& indicators);

}  // namespace mlup::exports
