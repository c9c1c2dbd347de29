// What kind of content an event carries.
#pragma once

#include <string_view>

#include "absl/strings/match.h"

#include "eventstore/base/status.h"

namespace mlup::cloudevents {

// Whether `datacontenttype` says JSON; an absent one does. Parameters such as charset do not
// matter.
inline bool IsJson(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  return type.empty() || absl::EndsWithIgnoreCase(ToAbsl(type), "/json") ||
         absl::EndsWithIgnoreCase(ToAbsl(type), "+json");
}

}  // namespace mlup::cloudevents
