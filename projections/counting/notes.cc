#include "projections/counting/notes.h"

#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

#include "mlup/network/v1/network_events.pb.h"
#include "projections/counting/enum_words.h"
#include "projections/counting/evaluate.h"

namespace mlup::counting {
namespace {

std::string InSpaces(const std::string& code) { return absl::StrReplaceAll(code, {{"_", " "}}); }

// One value of a field, or one element of a list; empty for what is no word or number.
std::string ValueInWords(const Message& message, const FieldDescriptor* field, int element) {
  const auto* reflection = message.GetReflection();
  const bool listed = field->is_repeated();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return listed ? reflection->GetRepeatedString(message, field, element)
                    : reflection->GetString(message, field);
    case FieldDescriptor::CPPTYPE_ENUM:
      return InSpaces(EnumWord(field->enum_type(),
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
    parts.push_back(absl::StrCat(InSpaces(field->name()), ": ", absl::StrJoin(values, ", ")));
  }
  return absl::StrJoin(parts, "; ");
}

// Where a text of a report stands; empty for all else.
std::string SectionOf(const Message& message) {
  const auto* text =
      google::protobuf::DynamicCastToGenerated<network::v1::ReportNarrativeWritten>(&message);
  return text == nullptr ? ""
                         : EnumWord(network::v1::NarrativeSection_descriptor(), text->section());
}

// Whether a text that names its period names another one.
bool IsForAnother(const Message& message, const DayRange& period) {
  const auto* field = message.GetDescriptor()->FindFieldByName("period");
  if (field == nullptr || field->cpp_type() != FieldDescriptor::CPPTYPE_STRING) return false;
  return ParsePeriod(message.GetReflection()->GetString(message, field)) != period;
}

}  // namespace

absl::StatusOr<std::vector<reports::v1::Note>> FindNotes(const CountedFacts& facts,
                                                         const World& world,
                                                         const DayRange& period) {
  std::set<RowId> shown;
  for (const Indicator& indicator : facts.definitions().indicators()) {
    if (!IsShown(indicator)) continue;
    for (const Select& select : indicator.selects) {
      const pb::PeriodRule rule = indicator.definition->period_rule();
      for (const FoundItem& found : FindItems(select, {.rule = rule}, world, period)) {
        const bool recorded_for_it = period.first <= world.table().WhenOf(found.item.event).known;
        if (recorded_for_it || found.timing == Timing::kInside) shown.insert(found.item.event);
      }
    }
  }
  std::vector<reports::v1::Note> notes;
  for (const RowId row : shown) {
    ASSIGN_OR_RETURN(Fact fact, facts.source().Get(world.table().PositionOf(row)));
    if (!fact.is_normal) continue;
    fact = world.Known(row, std::move(fact));
    ASSIGN_OR_RETURN(const std::unique_ptr<Message> message, projections::MessageOf(fact));
    if (IsForAnother(*message, period)) continue;
    reports::v1::Note& note = notes.emplace_back();
    note.set_position(fact.position.value);
    note.set_type(fact.type);
    note.set_text(InWords(*message));
    note.set_occurred(FormatDays(fact.occurred));
    note.set_section(SectionOf(*message));
    note.set_sector(EnumWord(log::v1::Sector_descriptor(), fact.sector));
  }
  return notes;
}

}  // namespace mlup::counting
