#include "services/query/special.h"

#include <algorithm>
#include <vector>

#include "eventstore/payload/patch.h"
#include "mlup/common/v1/common.pb.h"
#include "mlup/privacy/v1/privacy.pb.h"
#include "services/domain/fact_field.h"

namespace mlup::query {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

bool IsSpecial(const FieldDescriptor& field) {
  return field.options().GetExtension(privacy::v1::special_category);
}

// What a path leads to that nobody knows is taken for special.
bool LeadsToSpecial(const Descriptor* type, const std::string& path) {
  if (type == nullptr) return true;
  const std::vector<const FieldDescriptor*> fields = payload::FieldsOn(*type, path);
  return fields.empty() || std::any_of(fields.begin(), fields.end(),
                                       [](const auto* field) { return IsSpecial(*field); });
}

bool MaskChanges(common::v1::DetailsCorrected& correction, const Descriptor* corrected) {
  bool masked = false;
  for (auto& person : *correction.mutable_persons()) {
    auto& changes = *person.mutable_personal_changes();
    const auto kept =
        std::remove_if(changes.begin(), changes.end(), [&](const common::v1::FieldChange& change) {
          return LeadsToSpecial(corrected, change.field());
        });
    masked = masked || kept != changes.end();
    changes.erase(kept, changes.end());
  }
  return masked;
}

bool MaskConflict(common::v1::ConflictDetected& conflict) {
  const auto field = domain::FindFactField(conflict.field());
  if (conflict.person().values().empty() || (field && !LeadsToSpecial(field->event, field->path))) {
    return false;
  }
  conflict.mutable_person()->clear_values();
  return true;
}

bool ClearSpecial(Message& message) {
  const auto& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  bool masked = false;
  for (const FieldDescriptor* field : fields) {
    if (IsSpecial(*field)) {
      reflection.ClearField(&message, field);
      masked = true;
    } else if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      continue;
    } else if (!field->is_repeated()) {
      masked = ClearSpecial(*reflection.MutableMessage(&message, field)) || masked;
    } else {
      for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
        masked = ClearSpecial(*reflection.MutableRepeatedMessage(&message, field, i)) || masked;
      }
    }
  }
  return masked;
}

}  // namespace

bool MaskSpecial(Message& event, const Descriptor* corrected) {
  using google::protobuf::DynamicCastToGenerated;
  if (auto* const correction = DynamicCastToGenerated<common::v1::DetailsCorrected>(&event)) {
    return MaskChanges(*correction, corrected);
  }
  if (auto* const conflict = DynamicCastToGenerated<common::v1::ConflictDetected>(&event)) {
    return MaskConflict(*conflict);
  }
  return ClearSpecial(event);
}

}  // namespace mlup::query
