// Maps that say what our figures are called elsewhere (deploy/exports/README.md).
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
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
// text of the wrong form, an indicator or dimension that is not among `indicators`, or one named
// twice. Pure.
absl::StatusOr<Dhis2Map> ReadDhis2Map(
    std::string_view text, const std::map<std::string, std::set<std::string>>& indicators);
absl::StatusOr<IatiMap> ReadIatiMap(std::string_view text,
                                    const std::map<std::string, std::set<std::string>>& indicators);

}  // namespace mlup::exports
