#include "projections/counting/paths.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

#include "eventstore/payload/ages.h"
#include "eventstore/payload/event_types.h"
#include "eventstore/payload/payload.h"
#include "mlup/cases/v1/person_events.pb.h"
#include "projections/counting/enum_words.h"

namespace mlup::counting {
namespace {

// Joins may lead on to joins, but not in a ring.
constexpr int kJoinDepthMax = 4;

absl::Status Unknown(std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, "PATH_UNKNOWN", message);
}

std::pair<std::string_view, std::string_view> SplitFirst(std::string_view path) {
  const std::size_t dot = path.find('.');
  if (dot == std::string_view::npos) return {path, {}};
  return {path.substr(0, dot), path.substr(dot + 1)};
}

const std::map<std::string, std::string Facets::*, std::less<>>& FacetFields() {
  static const auto& fields = *new std::map<std::string, std::string Facets::*, std::less<>>{
      {"sex", &Facets::sex},
      {"disability", &Facets::disability},
      {"residence_province_code", &Facets::residence_province_code}};
  return fields;
}

}  // namespace

absl::StatusOr<Path> Path::Compile(std::string_view text, const PathContext& context) {
  return CompileAt(text, context, 0);
}

absl::StatusOr<Path> Path::CompileAt(std::string_view text, const PathContext& context, int depth) {
  if (text.empty()) return Unknown("a path is empty");
  const auto [first, rest] = SplitFirst(text);
  Path path;
  path.whole_list_ = context.whole_list;
  if (first == "@person") {
    RETURN_IF_ERROR(path.CompileFacet(rest, context));
    return path;
  }
  if (context.member != nullptr && first == context.member_name) {
    path.origin_ = Origin::kMember;
    RETURN_IF_ERROR(path.CompileLeaf(rest, context.member, nullptr));
    return path;
  }
  if (const auto join = context.joins->find(std::string(first)); join != context.joins->end()) {
    return CompileJoined(rest, join->second, context, depth);
  }
  RETURN_IF_ERROR(path.CompileLeaf(text, context.event, context.each));
  return path;
}

absl::StatusOr<Path> Path::CompileJoined(std::string_view rest, const reports::v1::Join& join,
                                         const PathContext& context, int depth) {
  if (depth == kJoinDepthMax) return Unknown(absl::StrCat("join ", join.name(), " is too deep"));
  Path path;
  path.whole_list_ = context.whole_list;
  path.origin_ = Origin::kJoined;
  path.hop_ = std::make_unique<Hop>();
  path.hop_->category = join.category();
  path.hop_->event = payload::FindEventType(join.event());
  if (path.hop_->event == nullptr) {
    return Unknown(absl::StrCat("join ", join.name(), " names an unknown event type"));
  }
  if (join.via() != "@stream") {
    // The way itself may begin with another join, never with this one.
    PathContext way = context;
    way.whole_list = false;
    ASSIGN_OR_RETURN(Path via, CompileAt(join.via(), way, depth + 1));
    path.hop_->via = std::make_unique<Path>(std::move(via));
  }
  RETURN_IF_ERROR(path.CompileLeaf(rest, path.hop_->event, nullptr));
  return path;
}

absl::Status Path::CompileFacet(std::string_view name, const PathContext& context) {
  if (name != "age_band" && !FacetFields().contains(name)) {
    return Unknown(absl::StrCat("a person has no facet `", ToAbsl(name), "`"));
  }
  if (!context.has_person) return Unknown("the items have no person");
  leaf_ = Leaf::kFacet;
  facet_ = name;
  return absl::OkStatus();
}

absl::Status Path::CompileLeaf(std::string_view text, const Descriptor* type,
                               const FieldDescriptor* each) {
  static const auto& envelope = *new std::map<std::string, Leaf, std::less<>>{
      {"@sector", Leaf::kSector},   {"@place", Leaf::kPlace},       {"@province", Leaf::kProvince},
      {"@village", Leaf::kVillage}, {"@occurred", Leaf::kOccurred}, {"@reason", Leaf::kReason},
      {"@stream", Leaf::kStream}};
  if (text.empty() || text[0] != '@') return CompileFields(text, type, each);
  if (whole_list_) return Unknown(absl::StrCat("`", ToAbsl(text), "` is no list: use `in`"));
  const auto leaf = envelope.find(text);
  if (leaf == envelope.end()) {
    return Unknown(absl::StrCat("the envelope has no `", ToAbsl(text), "`"));
  }
  leaf_ = leaf->second;
  return absl::OkStatus();
}

absl::Status Path::CompileFields(std::string_view text, const Descriptor* type,
                                 const FieldDescriptor* each) {
  const std::vector<std::string> names = absl::StrSplit(ToAbsl(text), '.');
  for (const std::string& name : names) {
    const FieldDescriptor* field =
        type == nullptr || name.empty() ? nullptr : type->FindFieldByName(name);
    if (field == nullptr) {
      return Unknown(absl::StrCat(type == nullptr ? "a single value" : type->name(),
                                  " has no field `", name, "`"));
    }
    if (payload::IsPersonal(*field)) {
      return Unknown(absl::StrCat("`", name, "` is sealed: figures are made of clear fields only"));
    }
    const bool is_last = fields_.size() + 1 == names.size();
    if (whole_list_ && is_last && !field->is_repeated()) {
      return Unknown(absl::StrCat("`", name, "` is no list: use `in`"));
    }
    if (field->is_repeated() && !(whole_list_ && is_last)) {
      if (field != each) {
        return Unknown(absl::StrCat("`", name, "` is a list and needs `each`, or `contains`"));
      }
      element_ = true;
    }
    fields_.push_back(field);
    type = field->message_type();
  }
  const FieldDescriptor* last = fields_.back();
  if (last->message_type() != nullptr) {
    return Unknown(absl::StrCat("`", last->name(), "` is no single value"));
  }
  if (last->enum_type() != nullptr) {
    for (int i = 0; i < last->enum_type()->value_count(); ++i) {
      const int number = last->enum_type()->value(i)->number();
      words_[number] = EnumWord(last->enum_type(), number);
    }
  }
  return absl::OkStatus();
}

const Event* Path::Source(const ItemView& view) const {
  switch (origin_) {
    case Origin::kItem:
      return &view.event;
    case Origin::kMember:
      return view.member;
    case Origin::kJoined:
      break;
  }
  if (hop_->via == nullptr) return view.world.LastOnStream(view.event.row->stream, hop_->event);
  const std::string id = hop_->via->Text(view);
  return id.empty() ? nullptr : view.world.LastOf(hop_->category, id, hop_->event);
}

std::string Path::Text(const ItemView& view) const {
  if (leaf_ == Leaf::kFacet) return FacetText(view);
  const Event* source = Source(view);
  if (source == nullptr) return "";
  switch (leaf_) {
    case Leaf::kField:
      return FieldText(*source, view.element);
    case Leaf::kSector:
      return EnumWord(log::v1::Sector_descriptor(), source->fact().sector);
    case Leaf::kPlace:
      return source->place;
    case Leaf::kProvince:
      return ProvinceOf(source->place);
    case Leaf::kVillage:
      return VillageOf(source->place);
    case Leaf::kOccurred:
      return FormatDays(source->occurred);
    case Leaf::kReason:
      return source->fact().reason;
    case Leaf::kStream:
      return std::string(source->stream_id());
    case Leaf::kFacet:
      break;
  }
  return "";
}

std::vector<std::string> Path::Texts(const ItemView& view) const {
  std::vector<std::string> texts;
  const Event* source = Source(view);
  const Message* holder = source == nullptr ? nullptr : Holder(*source, view.element);
  if (holder == nullptr) return texts;
  const int size = holder->GetReflection()->FieldSize(*holder, fields_.back());
  texts.reserve(static_cast<std::size_t>(size));
  for (int i = 0; i < size; ++i) texts.push_back(FieldText(*source, i));
  return texts;
}

const Message* Path::Holder(const Event& source, int element) const {
  const Message* message = source.message;
  for (std::size_t i = 0; i + 1 < fields_.size(); ++i) {
    const auto* reflection = message->GetReflection();
    if (fields_[i]->is_repeated()) {
      message = &reflection->GetRepeatedMessage(*message, fields_[i], element);
    } else if (reflection->HasField(*message, fields_[i])) {
      message = &reflection->GetMessage(*message, fields_[i]);
    } else {
      return nullptr;
    }
  }
  return message;
}

std::string Path::FieldText(const Event& source, int element) const {
  const Message* message = Holder(source, element);
  if (message == nullptr) return "";
  const FieldDescriptor* field = fields_.back();
  const auto* reflection = message->GetReflection();
  const bool listed = field->is_repeated();
  if (!listed && field->has_presence() && !reflection->HasField(*message, field)) return "";
  const auto number = [field](auto value) {
    return value == 0 && !field->has_presence() && !field->is_repeated() ? std::string()
                                                                         : std::to_string(value);
  };
  switch (field->cpp_type()) {
#define MLUP_VALUE(Name)                                            \
  (listed ? reflection->GetRepeated##Name(*message, field, element) \
          : reflection->Get##Name(*message, field))
    case FieldDescriptor::CPPTYPE_STRING:
      return MLUP_VALUE(String);
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto word = words_.find(MLUP_VALUE(EnumValue));
      return word == words_.end() ? "" : word->second;
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

std::string Path::FacetText(const ItemView& view) const {
  if (view.person.empty()) return std::string(kUnknown);
  const Facets& facets = view.world.FacetsOf(view.person);
  if (facet_ == "age_band") {
    const Event& at = view.aged_at == nullptr ? view.event : *view.aged_at;
    // It was told for the day that the event was first said to have happened.
    const bool holds = at.corrected_occurred == nullptr;
    const auto told =
        !holds ? std::nullopt : payload::AgeIn(*at.message, [&view](const std::string& id) {
          return view.world.Canonical(id) == view.person;
        });
    return std::string(AgeBand(facets.birth, at.occurred, told));
  }
  return facets.*FacetFields().find(facet_)->second;
}

std::optional<Decimal> Path::Number(const ItemView& view) const {
  std::string text = Text(view);
  const bool negative = text.starts_with('-');
  const auto number = ParseDecimal(negative ? std::string_view(text).substr(1) : text);
  if (!number.ok()) return std::nullopt;
  return negative ? Decimal{-number->thousandths} : *number;
}

bool Path::MayBeNumber() const {
  if (leaf_ != Leaf::kField) return false;
  const auto type = fields_.back()->cpp_type();
  return type != FieldDescriptor::CPPTYPE_BOOL && type != FieldDescriptor::CPPTYPE_ENUM;
}

absl::Status Path::CheckValue(std::string_view value) const {
  const auto check = [value](const std::vector<std::string>& words) {
    if (std::ranges::find(words, value) != words.end()) return absl::OkStatus();
    return Error(
        absl::StatusCode::kInvalidArgument, "VALUE_UNKNOWN",
        absl::StrCat("`", ToAbsl(value), "` is none of its values: ", absl::StrJoin(words, ", ")));
  };
  const auto words_of = [](const google::protobuf::EnumDescriptor* type) {
    std::vector<std::string> words;
    words.reserve(static_cast<std::size_t>(type->value_count()));
    for (int i = 0; i < type->value_count(); ++i) {
      std::string word = EnumWord(type, type->value(i)->number());
      if (!word.empty()) words.push_back(std::move(word));
    }
    return words;
  };
  if (leaf_ == Leaf::kFacet) {
    std::vector<std::string> words = {"unknown"};
    if (facet_ == "age_band") {
      for (const std::string_view band : kAgeBands) words.emplace_back(band);
    } else if (facet_ == "sex") {
      words = words_of(cases::v1::Sex_descriptor());
    } else if (facet_ == "disability") {
      words = words_of(cases::v1::Disability_descriptor());
    } else {
      return absl::OkStatus();
    }
    return check(words);
  }
  // What is not stated.
  if (value.empty()) return absl::OkStatus();
  if (leaf_ == Leaf::kSector) return check(words_of(log::v1::Sector_descriptor()));
  if (leaf_ != Leaf::kField) return absl::OkStatus();
  const FieldDescriptor& field = *fields_.back();
  if (field.enum_type() != nullptr) return check(words_of(field.enum_type()));
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) return check({"true", "false"});
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) return absl::OkStatus();
  if (!ParseDecimal(value.starts_with('-') ? value.substr(1) : value).ok()) {
    return Error(absl::StatusCode::kInvalidArgument, "VALUE_UNKNOWN",
                 absl::StrCat("`", ToAbsl(value), "` is no number"));
  }
  return absl::OkStatus();
}

std::string FormatDays(const std::optional<DayRange>& days) {
  if (!days) return std::string(kUnknown);
  std::string first = FormatDay(days->first);
  if (days->first == days->last) return first;
  const std::string year = first.substr(0, 4);
  const std::string month = first.substr(0, 7);
  const int quarter = (std::stoi(first.substr(5, 2)) + 2) / 3;
  for (const std::string& period : {month, absl::StrCat(year, "-Q", quarter), year}) {
    if (ParsePeriod(period) == days) return period;
  }
  return absl::StrCat(first, "..", FormatDay(days->last));
}

std::string ProvinceOf(std::string_view place) {
  if (place == kUnknown || place == "remote") return std::string(place);
  return std::string(place.substr(0, 2));
}

std::string VillageOf(std::string_view place) {
  constexpr std::size_t kVillageDigits = 8;
  if (place.empty() || place == "remote" || place.size() == kVillageDigits) {
    return std::string(place);
  }
  return std::string(kUnknown);
}

}  // namespace mlup::counting
