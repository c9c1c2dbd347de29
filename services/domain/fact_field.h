// A field of a fact by the path that `mlup schema` prints: `group_formed.name`,
// `items_distributed.lines[0].quantity`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/descriptor.h>

#include "eventstore/base/status.h"

namespace mlup::domain {

struct FactField {
  const google::protobuf::Descriptor* event;
  // As payload/patch.h takes it: without the name of the fact.
  std::string path;
  // The fields that the path leads through; never empty.
  std::vector<const google::protobuf::FieldDescriptor*> fields;

  // That `json` is a value that the field may hold, printed as a history prints it: `"25"`, `3`,
  // `"SEX_FEMALE"`, `null` for none. What passes is then never other text than the field's own, and
  // equal values are equal bytes. `place` is for errors: FIELD_UNKNOWN for a field that
  // holds no single value, VALUE_INVALID, or the reason of the field's own rule.
  absl::Status CheckValue(std::string_view json, const std::string& place) const;

  // Whether its values belong to a person and are sealed.
  bool in_persons_part() const;
};

// None where there is no such fact or no such field.
std::optional<FactField> FindFactField(std::string_view path);

}  // namespace mlup::domain
