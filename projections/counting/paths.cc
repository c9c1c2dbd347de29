#include "projections/counting/paths.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

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
    RETURN_IF_ERROR(path.CompileLeaf(rest, context.member, nullptr, context));
    return path;
  }
  if (const auto join = context.joins->find(std::string(first)); join != context.joins->end()) {
    return CompileJoined(rest, join->second, context, depth);
  }
  RETURN_IF_ERROR(path.CompileLeaf(text, context.event, context.each, context));
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
  RETURN_IF_ERROR(path.CompileLeaf(rest, path.hop_->event, nullptr, context));
  return path;
}

absl::Status Path::CompileFacet(std::string_view name, const PathContext& context) {
  static const auto& facets = *new std::map<std::string, FacetKind, std::less<>>{
      {"sex", FacetKind::kSex},
      {"disability", FacetKind::kDisability},
      {"residence_province_code", FacetKind::kResidence},
      {"age_band", FacetKind::kAgeBand}};
  const auto facet = facets.find(name);
  if (facet == facets.end()) {
    return Unknown(absl::StrCat("a person has no facet `", ToAbsl(name), "`"));
  }
  if (!context.has_person) return Unknown("the items have no person");
  leaf_ = Leaf::kFacet;
  facet_ = facet->second;
  return absl::OkStatus();
}

absl::Status Path::CompileLeaf(std::string_view text, const Descriptor* type,
                               const FieldDescriptor* each, const PathContext& context) {
  static const auto& envelope = *new std::map<std::string, Leaf, std::less<>>{
      {"@sector", Leaf::kSector},     {"@place", Leaf::kPlace},
      {"@province", Leaf::kProvince}, {"@village", Leaf::kVillage},
      {"@occurred", Leaf::kOccurred}, {"@reason", Leaf::kReason},
      {"@actor", Leaf::kActor},       {"@organisation", Leaf::kOrganisation},
      {"@stream", Leaf::kStream}};
  if (text.empty() || text[0] != '@') return CompileFields(text, type, each, context);
  if (whole_list_) return Unknown(absl::StrCat("`", ToAbsl(text), "` is no list: use `in`"));
  const auto leaf = envelope.find(text);
  if (leaf == envelope.end()) {
    return Unknown(absl::StrCat("the envelope has no `", ToAbsl(text), "`"));
  }
  leaf_ = leaf->second;
  return absl::OkStatus();
}

absl::Status Path::CompileFields(std::string_view text, const Descriptor* type,
                                 const FieldDescriptor* each, const PathContext& context) {
  const std::vector<std::string> names = absl::StrSplit(ToAbsl(text), '.');
  const Descriptor* const event = type;
  const FieldDescriptor* list = nullptr;
  FieldWay way;
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
    if (whole_list_ && !field->is_repeated()) {
      return Unknown(absl::StrCat("`", name, "` is no list of the event itself: use `in`"));
    }
    if (!field->is_repeated()) {
      way.push_back(field);
    } else if (field == each || whole_list_) {
      list = field;
    } else {
      return Unknown(absl::StrCat("`", name, "` is a list and needs `each`, or `contains`"));
    }
    field_ = field;
    type = field->message_type();
  }
  if (field_->message_type() != nullptr) {
    return Unknown(absl::StrCat("`", field_->name(), "` is no single value"));
  }
  slot_ = context.columns->Add(*event, way, list);
  return absl::OkStatus();
}

RowId Path::Source(const ItemView& view) const {
  switch (origin_) {
    case Origin::kItem:
      return view.event;
    case Origin::kMember:
      return view.member;
    case Origin::kJoined:
      break;
  }
  if (hop_->via == nullptr) {
    return view.world.LastOnStream(view.world.table().StreamOf(view.event), hop_->event);
  }
  const Word id = hop_->via->Value(view);
  if (id == kNoWord) return kNoRow;
  return view.world.LastOf(view.world.words().Of(hop_->category), id, hop_->event);
}

Word Path::Value(const ItemView& view) const {
  if (leaf_ == Leaf::kFacet) return FacetValue(view);
  const RowId source = Source(view);
  if (source == kNoRow) return kNoWord;
  const World& world = view.world;
  Words& words = world.words();
  switch (leaf_) {
    case Leaf::kField:
      return world.Value(source, slot_, view.element);
    case Leaf::kSector:
      return words.Of(
          EnumWord(log::v1::Sector_descriptor(), world.table().MannerOf(source).sector));
    case Leaf::kPlace:
      return world.Place(source);
    case Leaf::kProvince:
      return words.Of(ProvinceOf(world.Text(world.Place(source))));
    case Leaf::kVillage:
      return words.Of(VillageOf(world.Text(world.Place(source))));
    case Leaf::kOccurred:
      return words.Of(FormatDays(world.Occurred(source)));
    case Leaf::kReason:
      return world.table().MannerOf(source).reason;
    case Leaf::kActor:
      return world.table().ActorOf(source);
    case Leaf::kOrganisation:
      return world.table().OrganisationOf(source);
    case Leaf::kStream:
      return world.table().IdOf(world.table().StreamOf(source));
    case Leaf::kFacet:
      break;
  }
  return kNoWord;
}

std::vector<Word> Path::Elements(const ItemView& view) const {
  std::vector<Word> values;
  const RowId source = Source(view);
  if (source == kNoRow) return values;
  const auto size = static_cast<int>(view.world.ListSize(source, slot_.list));
  values.reserve(static_cast<std::size_t>(size));
  for (int i = 0; i < size; ++i) values.push_back(view.world.Value(source, slot_, i));
  return values;
}

Word Path::FacetValue(const ItemView& view) const {
  const World& world = view.world;
  if (view.person == kNoWord) return world.unknown();
  const Facets& facets = world.FacetsOf(view.person);
  const auto known = [&world](Word value) { return value == kNoWord ? world.unknown() : value; };
  switch (facet_) {
    case FacetKind::kSex:
      return known(facets.sex);
    case FacetKind::kDisability:
      return known(facets.disability);
    case FacetKind::kResidence:
      return known(facets.residence);
    case FacetKind::kAgeBand:
      break;
  }
  const RowId at = view.aged_at == kNoRow ? view.event : view.aged_at;
  return world.words().Of(
      AgeBand(facets.birth, world.Occurred(at), world.AgeTold(at, view.person)));
}

std::optional<Decimal> Path::Number(const ItemView& view) const {
  const std::string_view text = view.world.Text(Value(view));
  const bool negative = text.starts_with('-');
  const auto number = ParseDecimal(negative ? text.substr(1) : text);
  if (!number.ok()) return std::nullopt;
  return negative ? Decimal{-number->thousandths} : *number;
}

std::optional<std::string> Path::Told(const FactTable& table, RowId event) const {
  if (origin_ != Origin::kItem || whole_list_) return std::nullopt;
  if (leaf_ == Leaf::kSector) {
    return EnumWord(log::v1::Sector_descriptor(), table.MannerOf(event).sector);
  }
  if (leaf_ != Leaf::kField || slot_.list >= 0) return std::nullopt;
  return std::string(table.words().Text(table.Value(event, slot_, -1)));
}

void Path::VisitTypes(const std::function<void(const Descriptor*)>& visit) const {
  if (leaf_ == Leaf::kFacet) {
    for (const Descriptor* type : World::FacetTypes()) visit(type);
  }
  if (hop_ == nullptr) return;
  visit(hop_->event);
  if (hop_->via != nullptr) hop_->via->VisitTypes(visit);
}

bool Path::MayBeNumber() const {
  if (leaf_ != Leaf::kField) return false;
  const auto type = field_->cpp_type();
  return type != FieldDescriptor::CPPTYPE_BOOL && type != FieldDescriptor::CPPTYPE_ENUM;
}

std::vector<std::string> Path::Values() const {
  const auto words_of = [](const google::protobuf::EnumDescriptor* type) {
    std::vector<std::string> words;
    words.reserve(static_cast<std::size_t>(type->value_count()));
    for (int i = 0; i < type->value_count(); ++i) {
      std::string word = EnumWord(type, type->value(i)->number());
      if (!word.empty()) words.push_back(std::move(word));
    }
    return words;
  };
  if (leaf_ == Leaf::kSector) return words_of(log::v1::Sector_descriptor());
  if (leaf_ == Leaf::kField) {
    if (field_->enum_type() != nullptr) return words_of(field_->enum_type());
    if (field_->cpp_type() == FieldDescriptor::CPPTYPE_BOOL) return {"true", "false"};
  }
  if (leaf_ != Leaf::kFacet) return {};
  switch (facet_) {
    case FacetKind::kAgeBand: {
      std::vector<std::string> words = {std::string(kUnknown)};
      for (const std::string_view band : kAgeBands) words.emplace_back(band);
      return words;
    }
    case FacetKind::kSex:
      return words_of(cases::v1::Sex_descriptor());
    case FacetKind::kDisability:
      return words_of(cases::v1::Disability_descriptor());
    case FacetKind::kResidence:
      return {};
  }
  return {};
}

absl::Status Path::CheckValue(std::string_view value) const {
  // What is not stated.
  if (value.empty() && leaf_ != Leaf::kFacet) return absl::OkStatus();
  if (const std::vector<std::string> words = Values(); !words.empty()) {
    if (std::ranges::find(words, value) != words.end()) return absl::OkStatus();
    return Error(
        absl::StatusCode::kInvalidArgument, "VALUE_UNKNOWN",
        absl::StrCat("`", ToAbsl(value), "` is none of its values: ", absl::StrJoin(words, ", ")));
  }
  const bool is_number =
      leaf_ == Leaf::kField && field_->cpp_type() != FieldDescriptor::CPPTYPE_STRING;
  if (!is_number) return absl::OkStatus();
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
