// The checks of a code map.
#include "services/sharing/code_map.h"

#include <set>

#include "absl/strings/str_cat.h"
#include <google/protobuf/descriptor.h>

#include "eventstore/base/check.h"

namespace mlup::sharing {
namespace {

absl::Status Invalid(const v1::CodeMap& map, const std::string& message) {
  return Error(absl::StatusCode::kInvalidArgument, "CODE_MAP_INVALID",
               absl::StrCat("code map ", map.name(), ": ", message));
}

}  // namespace

absl::Status CheckCodeMap(const v1::CodeMap& map) {
  const auto* type =
      google::protobuf::DescriptorPool::generated_pool()->FindEnumTypeByName(map.enum_type());
  if (type == nullptr) {
    return Invalid(map, absl::StrCat("enum_type: there is no enum ", map.enum_type()));
  }
  std::set<std::string> ours;
  std::set<std::string> theirs;
  for (const v1::CodeMap::Entry& entry : map.entries()) {
    if (entry.theirs().empty()) {
      return Invalid(map, absl::StrCat(entry.ours(), " has no word of theirs"));
    }
    const auto* value = type->FindValueByName(entry.ours());
    if (value == nullptr || value->number() == 0) {
      return Invalid(map,
                     absl::StrCat("ours: ", entry.ours(), " is not a value of ", map.enum_type()));
    }
    if (!ours.insert(entry.ours()).second) {
      return Invalid(map, absl::StrCat("ours: ", entry.ours(), " stands twice"));
    }
    if (!theirs.insert(entry.theirs()).second && !map.lossy()) {
      return Invalid(map, absl::StrCat("theirs: ", entry.theirs(),
                                       " stands twice: say `lossy: true` if that is meant"));
    }
  }
  for (int i = 0; i < type->value_count(); ++i) {
    const auto* value = type->value(i);
    if (value->number() == 0 || ours.contains(value->name())) continue;
    return Invalid(map,
                   absl::StrCat("ours: ", value->name(), " is missing: the map must be total"));
  }
  return absl::OkStatus();
}

std::optional<std::string> ToOurs(const v1::CodeMap& map, std::string_view theirs) {
  CHECK(!map.lossy());
  for (const v1::CodeMap::Entry& entry : map.entries()) {
    if (entry.theirs() == theirs) return entry.ours();
  }
  return std::nullopt;
}

}  // namespace mlup::sharing
