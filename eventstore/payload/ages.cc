#include "eventstore/payload/ages.h"

#include <algorithm>
#include <map>

#include "eventstore/payload/event_types.h"
#include "eventstore/payload/payload.h"
#include "mlup/event/v1/event_options.pb.h"

namespace mlup::payload {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// A sub-message about a person that may hold an age.
struct AgeField {
  const FieldDescriptor* about;
  const FieldDescriptor* id;
  const FieldDescriptor* age;
};

std::vector<AgeField> FindFields(const Descriptor& type) {
  std::vector<AgeField> fields;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* about = type.field(i);
    const std::string id = AboutField(*about);
    if (id.empty()) continue;
    for (int j = 0; j < about->message_type()->field_count(); ++j) {
      const FieldDescriptor* age = about->message_type()->field(j);
      if (!age->options().GetExtension(event::v1::age_at_event)) continue;
      fields.push_back({about, about->message_type()->FindFieldByName(id), age});
    }
  }
  return fields;
}

const std::vector<AgeField>& FieldsOf(const Descriptor& type) {
  static const auto& none = *new std::vector<AgeField>;
  static const auto& by_type = *[] {
    auto* map = new std::map<const Descriptor*, std::vector<AgeField>>;
    for (const Descriptor* event : EventTypes()) {
      std::vector<AgeField> fields = FindFields(*event);
      if (!fields.empty()) map->emplace(event, std::move(fields));
    }
    return map;
  }();
  const auto found = by_type.find(&type);
  return found == by_type.end() ? none : found->second;
}

// Visits the parts of an event that may hold an age until `visit` says that it is enough.
template <typename Visit>
void ForEachPart(const Message& event, const Visit& visit) {
  const auto& reflection = *event.GetReflection();
  for (const AgeField& field : FieldsOf(*event.GetDescriptor())) {
    const bool is_list = field.about->is_repeated();
    const int count = is_list ? reflection.FieldSize(event, field.about)
                              : static_cast<int>(reflection.HasField(event, field.about));
    for (int i = 0; i < count; ++i) {
      const Message& part = is_list ? reflection.GetRepeatedMessage(event, field.about, i)
                                    : reflection.GetMessage(event, field.about);
      if (visit(field, i, part, part.GetReflection()->GetString(part, field.id))) return;
    }
  }
}

}  // namespace

std::vector<std::string> PersonsWithAge(const Message& event) {
  std::vector<std::string> persons;
  ForEachPart(event, [&](const AgeField&, int, const Message&, std::string id) {
    if (std::ranges::find(persons, id) == persons.end()) persons.push_back(std::move(id));
    return false;
  });
  return persons;
}

void SetAge(Message& event, const std::string& person_id, std::uint32_t years) {
  ForEachPart(event, [&](const AgeField& field, int index, const Message&, const std::string& id) {
    if (id != person_id) return false;
    const auto& reflection = *event.GetReflection();
    Message* part = field.about->is_repeated()
                        ? reflection.MutableRepeatedMessage(&event, field.about, index)
                        : reflection.MutableMessage(&event, field.about);
    part->GetReflection()->SetUInt32(part, field.age, years);
    return false;
  });
}

std::optional<int> AgeIn(const Message& event,
                         const std::function<bool(const std::string&)>& is_wanted) {
  std::optional<int> age;
  ForEachPart(event, [&](const AgeField& field, int, const Message& part, const std::string& id) {
    const auto& reflection = *part.GetReflection();
    if (!reflection.HasField(part, field.age) || !is_wanted(id)) return false;
    age = static_cast<int>(reflection.GetUInt32(part, field.age));
    return true;
  });
  return age;
}

}  // namespace mlup::payload
