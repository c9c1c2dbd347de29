#include "projections/counting/notes.h"

#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

#include "projections/counting/enum_words.h"
#include "projections/counting/evaluate.h"

namespace mlup::counting {
namespace {

bool IsShown(pb::Nature nature) {
  return nature == pb::NATURE_CONTEXT || nature == pb::NATURE_QUALITATIVE;
}

std::string Words(const std::string& code) { return absl::StrReplaceAll(code, {{"_", " "}}); }

// One value of a field, or one element of a list; empty for what is no word or number.
std::string ValueInWords(const Message& message, const FieldDescriptor* field, int element) {
  const auto* reflection = message.GetReflection();
  const bool listed = field->is_repeated();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return listed ? reflection->GetRepeatedString(message, field, element)
                    : reflection->GetString(message, field);
    case FieldDescriptor::CPPTYPE_ENUM:
      return Words(EnumWord(field->enum_type(),
                            listed ? reflection->GetRepeatedEnumValue(message, field, element)
                                   : reflection->GetEnumValue(message, field)));
    case FieldDescriptor::CPPTYPE_UINT32:
      return listed ? "" : absl::StrCat(reflection->GetUInt32(message, field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return listed ? "" : "yes";
    default:
      return "";
  }
}

// The event's own text where it has one; else its fields with their names, without ids.
std::string InWords(const Message& message) {
  if (const auto* text = message.GetDescriptor()->FindFieldByName("text")) {
    return message.GetReflection()->GetString(message, text);
  }
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  std::vector<std::string> parts;
  for (const FieldDescriptor* field : fields) {
    if (payload::IsIdField(*field)) continue;
    std::vector<std::string> values;
    const int size = field->is_repeated() ? message.GetReflection()->FieldSize(message, field) : 1;
    for (int i = 0; i < size; ++i) {
      const std::string value = ValueInWords(message, field, i);
      if (!value.empty()) values.push_back(value);
    }
    if (values.empty()) continue;
    parts.push_back(absl::StrCat(Words(field->name()), ": ", absl::StrJoin(values, ", ")));
  }
  return absl::StrJoin(parts, "; ");
}

// Whether a text that names its period names another one.
bool IsForAnother(const Message& message, const DayRange& period) {
  const auto* field = message.GetDescriptor()->FindFieldByName("period");
  if (field == nullptr || field->cpp_type() != FieldDescriptor::CPPTYPE_STRING) return false;
  return ParsePeriod(message.GetReflection()->GetString(message, field)) != period;
}

}  // namespace

std::vector<reports::v1::Note> FindNotes(const Definitions& definitions, const World& world,
                                         const DayRange& period) {
  std::map<Position, reports::v1::Note> notes;
  for (const Indicator& indicator : definitions.indicators()) {
    if (!IsShown(indicator.definition->nature())) continue;
    for (const Select& select : indicator.selects) {
      for (const FoundItem& found :
           FindItems(select, indicator.definition->period_rule(), world, period)) {
        const Event& event = *found.item.event;
        const bool recorded_for_it = event.fact().known_at >= StartOf(period.first);
        if (!recorded_for_it && found.timing != Timing::kInside) continue;
        if (IsForAnother(*event.message, period)) continue;
        reports::v1::Note& note = notes[event.fact().position];
        note.set_position(event.fact().position.value);
        note.set_type(event.fact().type);
        note.set_text(InWords(*event.message));
        note.set_occurred(FormatDays(event.occurred));
      }
    }
  }
  std::vector<reports::v1::Note> in_order;
  in_order.reserve(notes.size());
  for (auto& [position, note] : notes) in_order.push_back(std::move(note));
  return in_order;
}

}  // namespace mlup::counting
