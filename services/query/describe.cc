#include "services/query/describe.h"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include <google/protobuf/descriptor.h>

#include "eventstore/base/currency.h"
#include "eventstore/base/status.h"
#include "eventstore/payload/event_references.h"
#include "eventstore/payload/patch.h"
#include "eventstore/payload/payload.h"
#include "mlup/cases/v1/case_events.pb.h"
#include "mlup/command/v1/command.pb.h"
#include "mlup/common/v1/common.pb.h"
#include "mlup/log/v1/envelope.pb.h"
#include "services/query/labels.h"

namespace mlup::query {
namespace {

using google::protobuf::DynamicCastToGenerated;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

command::v1::Format FormatOf(const FieldDescriptor& field) {
  return field.options().GetExtension(command::v1::rule).format();
}

std::string ItemWords(const common::v1::ItemLine& line) {
  const std::string item = CodeLabel(line.item_code());
  if (line.quantity().empty()) return absl::StrCat(item, ", quantity not known");
  return absl::StrCat(item, " ", line.quantity(), " ", line.unit());
}

// A text in proto JSON without its quotes.
std::string Unquoted(const std::string& json) {
  absl::string_view text = json;
  if (absl::ConsumePrefix(&text, "\"")) absl::ConsumeSuffix(&text, "\"");
  return std::string(text);
}

std::string OccurredWords(const log::v1::Occurred& occurred) {
  if (occurred.from().empty()) return "not known";
  if (occurred.from() == occurred.to()) return occurred.from();
  return absl::StrCat(occurred.from(), " to ", occurred.to());
}

// One other person, and several, as a relation.
struct Relation {
  std::string_view one;
  std::string_view several;
};

Relation RelationOf(const Message& event, const FieldDescriptor& field) {
  static constexpr Relation kPerson = {"another person", "other persons"};
  const auto* service = DynamicCastToGenerated<cases::v1::ServiceProvided>(&event);
  if (service != nullptr && service->recipient() == cases::v1::SERVICE_RECIPIENT_CAREGIVER) {
    return {"the caregiver", "caregivers"};
  }
  static const std::map<std::string_view, Relation> kByField = {
      {"child", {"another child", "other children"}},
      {"children", {"another child", "other children"}},
      {"head", {"another household member", "other household members"}},
      {"member", {"another member", "other members"}},
      {"parent", {"a parent", "parents"}},
      {"survivor", {"another record", "other records"}},
      {"donor", {"a donor", "donors"}},
  };
  const auto found = kByField.find(field.name());
  return found == kByField.end() ? kPerson : found->second;
}

// Describes one event.
class Describer {
 public:
  Describer(const Message& event, const View& view, Names& names)
      : event_(event), view_(view), names_(names) {}

  std::vector<Detail> Run() {
    AddFields(event_);
    return std::move(details_);
  }

 private:
  void Add(std::string label, std::string value) {
    if (!value.empty()) details_.push_back({std::move(label), std::move(value)});
  }

  void AddFields(const Message& message) {
    for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
      const FieldDescriptor& field = *message.GetDescriptor()->field(i);
      const int count = CountOf(message, field);
      if (count == 0) continue;
      if (!payload::AboutField(field).empty()) {
        AddPersons(message, field, count);
      } else if (IsMessage<common::v1::FieldChange>(field)) {
        AddChanges(message, field, count);
      } else {
        Add(FieldLabel(field.name()), ValuesWords(message, field, count));
      }
    }
  }

  static int CountOf(const Message& message, const FieldDescriptor& field) {
    const Reflection& reflection = *message.GetReflection();
    if (field.is_repeated()) return reflection.FieldSize(message, &field);
    return reflection.HasField(message, &field) ? 1 : 0;
  }

  template <typename Type>
  static bool IsMessage(const FieldDescriptor& field) {
    return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
           field.message_type() == Type::descriptor();
  }

  static const Message& Sub(const Message& message, const FieldDescriptor& field, int index) {
    return field.is_repeated() ? message.GetReflection()->GetRepeatedMessage(message, &field, index)
                               : message.GetReflection()->GetMessage(message, &field);
  }

  void AddPersons(const Message& message, const FieldDescriptor& field, int count) {
    const std::string id_field = payload::AboutField(field);
    int others = 0;
    for (int i = 0; i < count; ++i) {
      const Message& about = Sub(message, field, i);
      if (view_.own == nullptr) {
        Add(FieldLabel(field.name()), Facets(about));
        continue;
      }
      const FieldDescriptor* id = about.GetDescriptor()->FindFieldByName(id_field);
      const bool own =
          id != nullptr && view_.own->contains(about.GetReflection()->GetString(about, id));
      if (own) {
        AddFields(about);
      } else {
        ++others;
      }
    }
    const Relation relation = RelationOf(event_, field);
    if (others == 1) Add(FieldLabel(field.name()), std::string(relation.one));
    if (others > 1) {
      Add(FieldLabel(field.name()), absl::StrCat(others, " ", ToAbsl(relation.several)));
    }
  }

  // A part as one line for a report.
  std::string Facets(const Message& about) {
    const std::vector<Detail> facets = Describer(about, view_, names_).Run();
    if (facets.empty()) return "one person";
    return absl::StrJoin(facets, "; ", [](std::string* out, const Detail& detail) {
      absl::StrAppend(out, detail.label, ": ", detail.value);
    });
  }

  std::string ValuesWords(const Message& message, const FieldDescriptor& field, int count) {
    std::vector<std::string> values;
    for (int i = 0; i < count; ++i) {
      std::string value = ValueWords(message, field, i);
      if (!value.empty()) values.push_back(std::move(value));
    }
    return absl::StrJoin(values, "; ");
  }

  std::string ValueWords(const Message& message, const FieldDescriptor& field, int index) {
    const Reflection& reflection = *message.GetReflection();
    const bool list = field.is_repeated();
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        return TextWords(message, field,
                         list ? reflection.GetRepeatedString(message, &field, index)
                              : reflection.GetString(message, &field));
      case FieldDescriptor::CPPTYPE_ENUM:
        return EnumLabel(*(list ? reflection.GetRepeatedEnum(message, &field, index)
                                : reflection.GetEnum(message, &field)));
      case FieldDescriptor::CPPTYPE_BOOL:
        return "Yes";
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return MessageWords(Sub(message, field, index));
      case FieldDescriptor::CPPTYPE_UINT32:
        return absl::StrCat(reflection.GetUInt32(message, &field));
      case FieldDescriptor::CPPTYPE_UINT64:
        return absl::StrCat(reflection.GetUInt64(message, &field));
      case FieldDescriptor::CPPTYPE_INT32:
        return absl::StrCat(reflection.GetInt32(message, &field));
      case FieldDescriptor::CPPTYPE_INT64:
        return absl::StrCat(reflection.GetInt64(message, &field));
      case FieldDescriptor::CPPTYPE_DOUBLE:
      case FieldDescriptor::CPPTYPE_FLOAT:
        return "";
    }
    return "";
  }

  std::string MessageWords(const Message& message) {
    if (const auto* line = DynamicCastToGenerated<common::v1::ItemLine>(&message)) {
      return ItemWords(*line);
    }
    if (const auto* money = DynamicCastToGenerated<common::v1::Money>(&message)) {
      return FormatMoney(money->amount_minor(), money->currency());
    }
    if (const auto* occurred = DynamicCastToGenerated<log::v1::Occurred>(&message)) {
      return OccurredWords(*occurred);
    }
    return Facets(message);
  }

  std::string TextWords(const Message& message, const FieldDescriptor& field,
                        const std::string& text) {
    switch (FormatOf(field)) {
      case command::v1::FORMAT_UUID:
        return IdWords(message, field, text);
      case command::v1::FORMAT_CODE:
        return CodeLabel(text);
      case command::v1::FORMAT_PROVINCE:
      case command::v1::FORMAT_PLACE:
        return PlaceLabel(text);
      case command::v1::FORMAT_STREAM:
        return names_.Stream(text);
      case command::v1::FORMAT_SHA256:
        return "";
      default:
        return text;
    }
  }

  // What the record is called that an id names; empty where it has no name.
  std::string IdWords(const Message& message, const FieldDescriptor& field, const std::string& id) {
    for (const std::string_view category : payload::CategoriesNamed(message, field)) {
      std::string label = names_.Stream(absl::StrCat(ToAbsl(category), "/", id));
      if (!label.empty()) return label;
    }
    return "";
  }

  void AddChanges(const Message& message, const FieldDescriptor& field, int count) {
    std::vector<const common::v1::FieldChange*> changes;
    for (int i = 0; i < count; ++i) {
      const auto* change = DynamicCastToGenerated<common::v1::FieldChange>(&Sub(message, field, i));
      if (change != nullptr) changes.push_back(change);
    }
    for (const common::v1::FieldChange* change : changes) {
      const auto [before, after] = CurrenciesOf(*change, changes);
      details_.push_back({PathLabel(change->field()),
                          JsonWords(*change, change->new_value(), after),
                          JsonWords(*change, change->old_value(), before)});
    }
  }

  // In which currency the amount stood that a change is about, and stands now: another change of
  // the same correction may be about that. Empty for what is no amount.
  std::pair<std::string, std::string> CurrenciesOf(
      const common::v1::FieldChange& change,
      const std::vector<const common::v1::FieldChange*>& changes) const {
    const FieldDescriptor* field = FieldOf(change.field());
    if (field == nullptr || field->containing_type() != common::v1::Money::descriptor() ||
        field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      return {};
    }
    const std::string path =
        change.field().substr(0, change.field().size() - field->name().size()) + "currency";
    for (const common::v1::FieldChange* other : changes) {
      if (other->field() == path)
        return {Unquoted(other->old_value()), Unquoted(other->new_value())};
    }
    const std::string stood =
        Unquoted(payload::ReadField(*view_.corrected, path).value_or(std::string()));
    return {stood, stood};
  }

  // `lines[0].quantity` as "Lines 1, quantity"; the step into a person's part is left out.
  std::string PathLabel(const std::string& path) const {
    std::vector<std::string> words;
    std::string walked;
    for (const absl::string_view step : absl::StrSplit(path, '.')) {
      absl::StrAppend(&walked, walked.empty() ? "" : ".", step);
      const FieldDescriptor* field = FieldOf(walked);
      if (field != nullptr && !payload::AboutField(*field).empty()) continue;
      const std::pair<absl::string_view, absl::string_view> parts =
          absl::StrSplit(step, absl::MaxSplits('[', 1));
      std::string word = FieldLabel(ToStd(parts.first));
      int index = 0;
      if (absl::SimpleAtoi(absl::StripSuffix(parts.second, "]"), &index)) {
        absl::StrAppend(&word, " ", index + 1);
      }
      if (!words.empty()) word[0] = absl::ascii_tolower(static_cast<unsigned char>(word[0]));
      words.push_back(std::move(word));
    }
    return absl::StrJoin(words, ", ");
  }

  // The field that a path names in the corrected event; null where that is not known.
  const FieldDescriptor* FieldOf(const std::string& path) const {
    if (view_.corrected == nullptr) return nullptr;
    const auto fields = payload::FieldsOn(*view_.corrected->GetDescriptor(), path);
    return fields.empty() ? nullptr : fields.back();
  }

  // A value in proto JSON in words; an amount in its currency.
  std::string JsonWords(const common::v1::FieldChange& change, const std::string& json,
                        const std::string& currency) {
    if (json.empty() || json == "null" || json == "\"\"") return "not given";
    std::string value = Unquoted(json);
    std::int64_t amount = 0;
    if (!currency.empty() && absl::SimpleAtoi(value, &amount)) return FormatMoney(amount, currency);
    const FieldDescriptor* field = FieldOf(change.field());
    if (field == nullptr) return value;
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
      const auto* named = field->enum_type()->FindValueByName(value);
      return named == nullptr ? value : EnumLabel(*named);
    }
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_STRING) return value;
    // The kind of a recipient stands beside its id, not in the change: such an id has no label
    // here.
    std::string words = TextWords(change, *field, value);
    return words.empty() ? "another record" : words;
  }

  const Message& event_;
  const View& view_;
  Names& names_;
  std::vector<Detail> details_;
};

}  // namespace

std::vector<Detail> Describe(const Message& event, const View& view, Names& names) {
  return Describer(event, view, names).Run();
}

}  // namespace mlup::query
