#include "services/domain/field_place.h"

#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include <google/protobuf/descriptor.h>

#include "eventstore/base/status.h"
#include "eventstore/payload/event_types.h"
#include "eventstore/payload/payload.h"
#include "services/domain/life.h"

namespace mlup::domain {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

const Descriptor* EventCalled(std::string_view name) {
  for (const Descriptor* type : payload::EventTypes()) {
    if (FactName(*type) == name) return type;
  }
  return nullptr;
}

}  // namespace

FieldPlace PlaceOf(std::string_view path) {
  const std::vector<std::string> steps = absl::StrSplit(ToAbsl(path), '.');
  const Descriptor* type = EventCalled(steps.front());
  if (steps.size() < 2) return FieldPlace::kNowhere;
  FieldPlace place = FieldPlace::kCommonPart;
  for (std::size_t i = 1; i < steps.size(); ++i) {
    const FieldDescriptor* field =
        type == nullptr ? nullptr : type->FindFieldByName(steps[i].substr(0, steps[i].find('[')));
    if (field == nullptr) return FieldPlace::kNowhere;
    if (!payload::AboutField(*field).empty()) place = FieldPlace::kPersonsPart;
    type = field->message_type();
  }
  return place;
}

}  // namespace mlup::domain
