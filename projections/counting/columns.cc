#include "projections/counting/columns.h"

#include <algorithm>

#include "absl/strings/str_split.h"

#include "eventstore/base/check.h"
#include "eventstore/base/status.h"
#include "mlup/cases/v1/casework_events.pb.h"
#include "mlup/cases/v1/person_events.pb.h"
#include "mlup/donations/v1/donation_events.pb.h"
#include "mlup/network/v1/import_events.pb.h"
#include "mlup/network/v1/network_events.pb.h"
#include "projections/counting/enum_words.h"

namespace mlup::counting {
namespace {

// The value of a field of `message`, or of one element of a list.
std::string TextOf(const Message& message, const FieldDescriptor* field, int element,
                   const std::map<int, std::string>& enum_words) {
  const auto* reflection = message.GetReflection();
  const bool listed = field->is_repeated();
  if (!listed && field->has_presence() && !reflection->HasField(message, field)) return "";
  // A number that may be left out is unset where it is 0.
  const auto number = [field](auto value) {
    return value == 0 && !field->has_presence() && !field->is_repeated() ? std::string()
                                                                         : std::to_string(value);
  };
  switch (field->cpp_type()) {
#define MLUP_VALUE(Name)                                           \
  (listed ? reflection->GetRepeated##Name(message, field, element) \
          : reflection->Get##Name(message, field))
    case FieldDescriptor::CPPTYPE_STRING:
      return MLUP_VALUE(String);
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto word = enum_words.find(MLUP_VALUE(EnumValue));
      return word == enum_words.end() ? "" : word->second;
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      return MLUP_VALUE(Bool) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_INT32:
      return number(MLUP_VALUE(Int32));
    case FieldDescriptor::CPPTYPE_INT64:
      return number(MLUP_VALUE(Int64));
    case FieldDescriptor::CPPTYPE_UINT32:
      return number(MLUP_VALUE(UInt32));
    case FieldDescriptor::CPPTYPE_UINT64:
      return number(MLUP_VALUE(UInt64));
#undef MLUP_VALUE
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  return "";
}

std::string TextAt(const Message& top, const FieldWay& way,
                   const std::map<int, std::string>& enum_words) {
  const Message* message = &top;
  for (std::size_t i = 0; i + 1 < way.size(); ++i) {
    const auto* reflection = message->GetReflection();
    if (!reflection->HasField(*message, way[i])) return "";
    message = &reflection->GetMessage(*message, way[i]);
  }
  return TextOf(*message, way.back(), 0, enum_words);
}

// The fields of a dotted path that is known to be there.
FieldWay WayOf(const Descriptor& type, std::string_view path) {
  FieldWay way;
  const Descriptor* at = &type;
  for (const absl::string_view name : absl::StrSplit(ToAbsl(path), '.')) {
    way.push_back(at->FindFieldByName(std::string(name)));
    CHECK(way.back() != nullptr);
    at = way.back()->message_type();
  }
  return way;
}

}  // namespace

int Shape::Place(const FieldWay& way, const FieldDescriptor* last, std::vector<Single>& among) {
  const auto found = std::ranges::find(among, way, &Single::way);
  if (found != among.end()) return static_cast<int>(found - among.begin());
  Single single{way, {}};
  if (const auto* type = last->enum_type()) {
    for (int i = 0; i < type->value_count(); ++i) {
      const int number = type->value(i)->number();
      single.enum_words[number] = EnumWord(type, number);
    }
  }
  among.push_back(std::move(single));
  return static_cast<int>(among.size() - 1);
}

Slot Shape::Add(const FieldWay& way, const FieldDescriptor* list) {
  if (list == nullptr) return {-1, Place(way, way.back(), singles_)};
  const int at = AddList(list);
  return {at,
          Place(way, way.empty() ? list : way.back(), lists_[static_cast<std::size_t>(at)].parts)};
}

int Shape::AddList(const FieldDescriptor* list) {
  const auto found = std::ranges::find(lists_, list, &List::field);
  if (found != lists_.end()) return static_cast<int>(found - lists_.begin());
  lists_.push_back({list, {}});
  return static_cast<int>(lists_.size() - 1);
}

Values Shape::Read(const Message& message, Words& words) const {
  Values values;
  values.singles.reserve(singles_.size());
  for (const Single& single : singles_) {
    values.singles.push_back(words.Of(TextAt(message, single.way, single.enum_words)));
  }
  values.lists.resize(lists_.size());
  const auto* reflection = message.GetReflection();
  for (std::size_t i = 0; i < lists_.size(); ++i) {
    const auto& [field, parts] = lists_[i];
    const int size = reflection->FieldSize(message, field);
    values.lists[i].size = static_cast<std::uint32_t>(size);
    values.lists[i].words.reserve(parts.size() * static_cast<std::size_t>(size));
    for (int element = 0; element < size; ++element) {
      for (const Single& part : parts) {
        values.lists[i].words.push_back(words.Of(
            part.way.empty() ? TextOf(message, field, element, part.enum_words)
                             : TextAt(reflection->GetRepeatedMessage(message, field, element),
                                      part.way, part.enum_words)));
      }
    }
  }
  return values;
}

Columns::Columns() {
  const auto add = [this](const Descriptor* type, std::string_view path) {
    return Add(*type, WayOf(*type, path));
  };
  const Descriptor* type = cases::v1::PersonRegistered::descriptor();
  own_.sex = add(type, "person.sex");
  own_.birth = add(type, "person.birth_month");
  own_.residence = add(type, "person.residence_province_code");
  own_.moved_to = add(cases::v1::ResidenceChanged::descriptor(), "person.residence_province_code");
  own_.disability = add(cases::v1::DisabilityRecorded::descriptor(), "person.disability");
  type = donations::v1::ItemsDistributed::descriptor();
  own_.kit_code = add(type, "kit_code");
  own_.kit_version = add(type, "kit_version");
  own_.kit_uncounted = add(type, "uncounted");
  own_.kit_lines = AddList(*type, type->FindFieldByName("lines"));
  type = donations::v1::KitDefined::descriptor();
  own_.defined_kit = add(type, "kit_code");
  own_.defined_version = add(type, "version");
  type = network::v1::ReportPublished::descriptor();
  own_.published_period = add(type, "period");
  own_.published_position = add(type, "position");
  own_.published_known_at = add(type, "as_known_at");
  type = network::v1::ImportWindowRequested::descriptor();
  own_.window_asked = add(type, "window_id");
  own_.window_source = add(type, "source_system");
  own_.window_opened = add(network::v1::ImportWindowApproved::descriptor(), "window_id");
  type = cases::v1::CaseWorkerAssigned::descriptor();
  own_.assigned_worker = add(type, "worker_id");
  own_.assigned_team = add(type, "team");
  own_.unassigned_worker = add(cases::v1::CaseWorkerUnassigned::descriptor(), "worker_id");
}

const Shape& Columns::ShapeOf(const Descriptor& type) const {
  static const auto& nothing = *new Shape();
  const auto found = shapes_.find(&type);
  return found == shapes_.end() ? nothing : found->second;
}

}  // namespace mlup::counting
