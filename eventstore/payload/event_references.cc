// Types are looked through once; events are read along what was found.
#include "eventstore/payload/event_references.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/check.h"
#include "eventstore/payload/event_types.h"
#include "eventstore/payload/payload.h"

namespace mlup::payload {
namespace {

using event::v1::Concern;
using event::v1::Reference;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Messages of events nest less deep; the bound ends one that holds itself.
constexpr std::size_t kDepthMax = 4;

Concern ConcernMark(const FieldDescriptor& field) {
  return field.options().GetExtension(event::v1::concerns);
}

// Looks through one type.
class Search {
 public:
  EventMarks Run(const Descriptor& type) {
    Walk(type);
    for (const MarkedField& reference : marks_.references) {
      marks_.is_never_common = marks_.is_never_common || SpeaksOfItAlone(reference.refers);
      marks_.follows_others = marks_.follows_others || IsAbout(reference.refers);
    }
    marks_.is_never_common = marks_.is_never_common ||
                             marks_.Concerns(event::v1::CONCERN_RECIPIENT) ||
                             marks_.Concerns(event::v1::CONCERN_SOMEBODY);
    marks_.follows_others = marks_.follows_others || marks_.Concerns(event::v1::CONCERN_SURVIVOR);
    return std::move(marks_);
  }

 private:
  // An event that parts records concerns everybody on its stream, as the one that joined them did.
  static bool SpeaksOfItAlone(Reference refers) {
    return IsAbout(refers) && refers != event::v1::REFERENCE_UNDOES;
  }

  void Walk(const Descriptor& type) {
    if (path_.size() == kDepthMax) return;
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      path_.push_back(&field);
      Take(field);
      if (field.message_type() != nullptr) Walk(*field.message_type());
      path_.pop_back();
    }
  }

  void Take(const FieldDescriptor& field) {
    const Reference refers = field.options().GetExtension(event::v1::refers);
    if (refers != event::v1::REFERENCE_UNSPECIFIED) {
      marks_.references.push_back({path_, refers, event::v1::CONCERN_UNSPECIFIED});
    }
    const Concern concerns = ConcernMark(field);
    if (concerns == event::v1::CONCERN_UNSPECIFIED) return;
    MarkedField marked{path_, event::v1::REFERENCE_UNSPECIFIED, concerns};
    if (field.message_type() != nullptr) {
      marked.path.push_back(field.message_type()->FindFieldByName(AboutField(field)));
    }
    marks_.concerns.push_back(std::move(marked));
  }

  std::vector<const FieldDescriptor*> path_;
  EventMarks marks_;
};

// Visits the texts of a marked field with the message that holds each.
template <typename Visit>
void ForEachText(const Message& message, std::span<const FieldDescriptor* const> path,
                 const Visit& visit) {
  const FieldDescriptor* field = path.front();
  const auto& reflection = *message.GetReflection();
  const bool is_list = field->is_repeated();
  const bool is_set = is_list || !field->has_presence() || reflection.HasField(message, field);
  const int count = is_list ? reflection.FieldSize(message, field) : is_set ? 1 : 0;
  for (int i = 0; i < count; ++i) {
    if (path.size() > 1) {
      ForEachText(is_list ? reflection.GetRepeatedMessage(message, field, i)
                          : reflection.GetMessage(message, field),
                  path.subspan(1), visit);
    } else {
      std::string text = is_list ? reflection.GetRepeatedString(message, field, i)
                                 : reflection.GetString(message, field);
      if (!text.empty()) visit(message, std::move(text));
    }
  }
}

// Gathers the records that a message and those inside it name.
void GatherNamed(const Message& message, const std::string& prefix,
                 std::vector<NamedRecord>& records) {
  const auto& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const bool is_text = field->cpp_type() == FieldDescriptor::CPPTYPE_STRING;
    if (!is_text && field->message_type() == nullptr) continue;
    const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      std::string path = prefix.empty() ? field->name() : absl::StrCat(prefix, ".", field->name());
      if (field->is_repeated()) absl::StrAppend(&path, "[", i, "]");
      if (!is_text) {
        GatherNamed(field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                                         : reflection.GetMessage(message, field),
                    path, records);
        continue;
      }
      const std::vector<std::string_view> categories = CategoriesNamed(message, *field);
      if (categories.empty()) continue;
      std::string id = field->is_repeated() ? reflection.GetRepeatedString(message, field, i)
                                            : reflection.GetString(message, field);
      if (id.empty()) continue;
      records.push_back({std::move(path), std::move(id), {categories.begin(), categories.end()}});
    }
  }
}

}  // namespace

std::string MarkedField::Path() const {
  std::string text;
  for (const FieldDescriptor* step : path) {
    if (!text.empty()) text += '.';
    text += step->name();
  }
  return text;
}

bool EventMarks::Refers(Reference reference) const {
  return std::ranges::any_of(
      references, [reference](const MarkedField& field) { return field.refers == reference; });
}

bool EventMarks::Concerns(Concern concern) const {
  return std::ranges::any_of(
      concerns, [concern](const MarkedField& field) { return field.concerns == concern; });
}

const EventMarks& MarksOf(const Descriptor& type) {
  static const auto& by_type = *[] {
    auto* map = new std::map<const Descriptor*, EventMarks>;
    for (const Descriptor* event : EventTypes()) map->emplace(event, Search().Run(*event));
    return map;
  }();
  const auto found = by_type.find(&type);
  CHECK(found != by_type.end());
  return found->second;
}

bool IsAbout(Reference reference) {
  switch (reference) {
    case event::v1::REFERENCE_VOIDS:
    case event::v1::REFERENCE_CORRECTS:
    case event::v1::REFERENCE_REVERSES:
    case event::v1::REFERENCE_UNDOES:
      return true;
    default:
      return false;
  }
}

bool IsUndoing(Reference reference) {
  return reference == event::v1::REFERENCE_VOIDS || reference == event::v1::REFERENCE_UNDOES;
}

bool IsCounting(Reference reference) {
  switch (reference) {
    case event::v1::REFERENCE_VOIDS:
    case event::v1::REFERENCE_CORRECTS:
    case event::v1::REFERENCE_REPLACES:
    case event::v1::REFERENCE_UNDOES:
      return true;
    default:
      return false;
  }
}

std::vector<EventReference> ReferencesOf(const Message& event) {
  std::vector<EventReference> references;
  for (const MarkedField& marked : MarksOf(*event.GetDescriptor()).references) {
    ForEachText(event, marked.path, [&](const Message&, std::string id) {
      references.push_back({marked.refers, std::move(id)});
    });
  }
  return references;
}

std::string ReferenceOf(const Message& event, Reference refers) {
  for (EventReference& reference : ReferencesOf(event)) {
    if (reference.refers == refers) return std::move(reference.event_id);
  }
  return "";
}

std::vector<ConcernedRecord> ConcernedBy(const Message& event) {
  std::vector<ConcernedRecord> records;
  for (const MarkedField& marked : MarksOf(*event.GetDescriptor()).concerns) {
    ForEachText(event, marked.path, [&](const Message& holder, std::string id) {
      const std::vector<std::string_view> categories = CategoriesNamed(holder, marked.field());
      if (categories.empty()) return;
      records.push_back({marked.concerns, std::string(categories.front()), std::move(id)});
    });
  }
  return records;
}

std::vector<ConcernedRecord> ConcernedBy(const Message& event, Concern concern) {
  std::vector<ConcernedRecord> records = ConcernedBy(event);
  std::erase_if(records, [concern](const ConcernedRecord& one) { return one.concern != concern; });
  return records;
}

std::vector<std::string_view> CategoriesNamed(const Message& message,
                                              const FieldDescriptor& field) {
  const auto& options = field.options();
  std::vector<std::string_view> categories;
  categories.reserve(static_cast<std::size_t>(options.ExtensionSize(event::v1::names)));
  for (int i = 0; i < options.ExtensionSize(event::v1::names); ++i) {
    categories.push_back(options.GetExtension(event::v1::names, i));
  }
  const std::string& by = options.GetExtension(event::v1::names_by);
  if (by.empty()) return categories;
  const FieldDescriptor* kind = message.GetDescriptor()->FindFieldByName(by);
  if (kind == nullptr || kind->cpp_type() != FieldDescriptor::CPPTYPE_ENUM) return categories;
  const auto* value =
      kind->enum_type()->FindValueByNumber(message.GetReflection()->GetEnumValue(message, kind));
  if (value == nullptr) return categories;
  for (int i = 0; i < value->options().ExtensionSize(event::v1::named_category); ++i) {
    categories.push_back(value->options().GetExtension(event::v1::named_category, i));
  }
  return categories;
}

std::vector<NamedRecord> RecordsNamed(const Message& event) {
  std::vector<NamedRecord> records;
  GatherNamed(event, "", records);
  return records;
}

bool IsIdField(const FieldDescriptor& field) {
  const auto& options = field.options();
  return options.HasExtension(event::v1::refers) || options.ExtensionSize(event::v1::names) > 0 ||
         options.HasExtension(event::v1::names_by) || options.HasExtension(event::v1::names_other);
}

}  // namespace mlup::payload
