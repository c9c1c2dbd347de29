// The fields of an event as labels and values, both in words.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include <google/protobuf/message.h>

#include "services/query/names.h"

namespace mlup::query {

struct Detail {
  std::string label;
  std::string value;
  // Of a correction, what stood before.
  std::optional<std::string> before = std::nullopt;
};

// Whose eyes an event is described for.
struct View {
  // The persons whose own parts are shown field by field; others appear as a relation word only.
  // Null for a report: each part is one line of its clear facets, nobody is named.
  const std::set<std::string>* own = nullptr;
  // For DetailsCorrected: the corrected event as it stood before, so that its values are said in
  // words; or null.
  const google::protobuf::Message* corrected = nullptr;
};

// What is set in `event`, in the order of its fields. Ids become names or are left out; codes
// become words; sealed fields show only where they were opened into `event` before.
std::vector<Detail> Describe(const google::protobuf::Message& event, const View& view,
                             Names& names);

}  // namespace mlup::query
