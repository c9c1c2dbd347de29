// Where a field of a fact stands, by the path that `mlup schema` prints.
#pragma once

#include <string_view>

namespace mlup::domain {

enum class FieldPlace {
  // There is no such field.
  kNowhere,
  kCommonPart,
  kPersonsPart,
};

// `group_formed.name`, `items_distributed.lines[0].quantity`.
FieldPlace PlaceOf(std::string_view path);

}  // namespace mlup::domain
