#include "projections/counting/compile.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/payload/event_types.h"
#include "projections/counting/suppression.h"

namespace mlup::counting {
namespace {

constexpr std::string_view kAgePath = "@person.age_band";

// What a unit asks of the selects.
enum class Counting { kDistinct, kSum, kPlain };

Counting CountingOf(pb::Unit unit) {
  switch (unit) {
    case pb::UNIT_UNIQUE_PERSONS:
    case pb::UNIT_HOUSEHOLDS:
    case pb::UNIT_CASES:
    case pb::UNIT_ORGANISATIONS:
    case pb::UNIT_GROUPS:
    case pb::UNIT_PROVINCES:
    case pb::UNIT_TOPICS:
    case pb::UNIT_PLACES:
      return Counting::kDistinct;
    case pb::UNIT_HEADCOUNT:
    case pb::UNIT_ITEMS:
    case pb::UNIT_MONEY:
    case pb::UNIT_DAYS:
    case pb::UNIT_HOURS:
    case pb::UNIT_POINTS:
      return Counting::kSum;
    default:
      return Counting::kPlain;
  }
}

pb::Entity EntityOf(pb::Unit unit) {
  if (unit == pb::UNIT_UNIQUE_PERSONS) return pb::ENTITY_PERSON;
  return unit == pb::UNIT_HOUSEHOLDS ? pb::ENTITY_HOUSEHOLD : pb::ENTITY_UNSPECIFIED;
}

bool IsCode(std::string_view text) {
  return !text.empty() &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

}  // namespace

absl::Status IndicatorCompiler::Wrong(std::string_view message) const {
  return Error(absl::StatusCode::kInvalidArgument, "DEFINITION_INVALID", message);
}

std::string IndicatorCompiler::field() const {
  std::string path;
  for (const Level& level : levels_) absl::StrAppend(&path, level.name, "[", level.index, "].");
  return path + leaf_;
}

void IndicatorCompiler::Keep(const absl::Status& wrong, const std::vector<Level>& levels) {
  if (!wrong.ok()) {
    problems_.push_back({LineOfError(), absl::StrCat("indicator ", definition_.code(), ", ",
                                                     field(), ": ", wrong.message())});
  }
  levels_ = levels;
}

int IndicatorCompiler::LineOfError() const {
  const auto* tree = &lines_.tree;
  const Descriptor* type = pb::Indicator::descriptor();
  int line = lines_.first;
  const auto take = [&line](const google::protobuf::TextFormat::ParseLocation& location) {
    if (location.line >= 0) line = location.line + 1;
  };
  for (const Level& level : levels_) {
    const FieldDescriptor* field = type->FindFieldByName(level.name);
    const int index = field->is_repeated() ? level.index : -1;
    take(tree->GetLocation(field, index));
    const auto* nested = tree->GetTreeForNested(field, index);
    if (nested == nullptr) return line;
    tree = nested;
    type = field->message_type();
  }
  const FieldDescriptor* last = type->FindFieldByName(leaf_);
  if (last != nullptr) take(tree->GetLocation(last, last->is_repeated() ? 0 : -1));
  return line;
}

absl::StatusOr<const Descriptor*> IndicatorCompiler::EventType(const std::string& name) {
  const Descriptor* type = payload::FindEventType(name);
  if (type == nullptr) return Wrong(absl::StrCat("event type `", name, "` is unknown"));
  return type;
}

absl::StatusOr<Path> IndicatorCompiler::PathOf(const std::string& field, const std::string& text,
                                               const PathContext& context) {
  leaf_ = field;
  auto path = Path::Compile(text, context);
  if (path.ok()) return path;
  return Wrong(absl::StrCat("`", text, "`: ", path.status().message()));
}

Indicator IndicatorCompiler::Compile() {
  Keep(CheckHeader(), {});
  Indicator indicator;
  indicator.definition = &definition_;
  std::set<std::string> names;
  for (int i = 0; i < definition_.dimensions_size(); ++i) {
    levels_.push_back({"dimensions", i});
    leaf_ = "name";
    const bool is_new = names.insert(definition_.dimensions(i).name()).second;
    absl::StatusOr<Dimension> dimension = is_new ? CompileDimension(definition_.dimensions(i))
                                                 : absl::StatusOr<Dimension>(Wrong("stands twice"));
    Keep(dimension.status(), {});
    if (dimension.ok()) indicator.dimensions.push_back(*std::move(dimension));
  }
  for (int i = 0; i < definition_.select_size(); ++i) {
    levels_.push_back({"select", i});
    const absl::Status fits = CheckUnit(definition_.select(i));
    absl::StatusOr<Select> select =
        fits.ok() ? CompileSelect(definition_.select(i)) : absl::StatusOr<Select>(fits);
    Keep(select.status(), {});
    if (select.ok()) indicator.selects.push_back(*std::move(select));
  }
  for (int i = 0; i < definition_.headcount_size(); ++i) {
    levels_.push_back({"headcount", i});
    leaf_ = "sum";
    absl::StatusOr<Select> select =
        definition_.headcount(i).sum().empty()
            ? absl::StatusOr<Select>(Wrong("a head-count needs a number"))
            : CompileSelect(definition_.headcount(i));
    Keep(select.status(), {});
    if (select.ok()) indicator.headcounts.push_back(*std::move(select));
  }
  indicator.uses = UsesOf(indicator);
  return indicator;
}

absl::Status IndicatorCompiler::CheckHeader() {
  leaf_ = "code";
  if (!IsCode(definition_.code())) return Wrong("must be in lower_snake");
  leaf_ = "version";
  if (definition_.version() == 0) return Wrong("begins with 1");
  leaf_ = "name";
  if (definition_.name().empty()) return Wrong("is missing");
  leaf_ = "unit";
  if (definition_.unit() == pb::UNIT_UNSPECIFIED) return Wrong("is missing");
  leaf_ = "entity";
  if (definition_.entity() != EntityOf(definition_.unit())) return Wrong("does not fit the unit");
  leaf_ = "section";
  if (definition_.section().empty()) return Wrong("is missing");
  leaf_ = "select";
  if (definition_.select_size() == 0) return Wrong("is missing");
  return CheckParts();
}

absl::Status IndicatorCompiler::CheckParts() {
  std::set<std::string> parts;
  bool all = true;
  for (const pb::Select& select : definition_.select()) {
    all = all && !select.part().empty();
    parts.insert(select.part());
  }
  const bool wanted = std::ranges::any_of(definition_.dimensions(), &pb::Dimension::parts);
  leaf_ = "select";
  if (!wanted) {
    return parts == std::set<std::string>{""}
               ? absl::OkStatus()
               : Wrong("a `part` needs a dimension with `parts: true`");
  }
  if (!all || parts.size() < 2) {
    return Wrong(
        "a dimension of parts needs a `part` in every select, two different ones at least");
  }
  if (parts.contains(std::string(kEveryPart))) {
    return Wrong("`every_part` is the row of what all parts found: name the part otherwise");
  }
  leaf_ = "unit";
  return CountingOf(definition_.unit()) == Counting::kDistinct
             ? absl::OkStatus()
             : Wrong("only what is counted once each can be found by several parts");
}

absl::Status IndicatorCompiler::CheckUnit(const pb::Select& select) {
  // An event that only says that something was not counted needs no number and no id.
  if (select.uncounted_unless_size() > 0) return absl::OkStatus();
  const bool planned = definition_.nature() == pb::NATURE_PLANNED;
  const Counting counting = CountingOf(definition_.unit());
  leaf_ = "sum";
  // A plan may state how many in a number.
  if ((counting == Counting::kSum) != !select.sum().empty() &&
      !(planned && !select.sum().empty())) {
    return Wrong(select.sum().empty() ? "the unit needs a number" : "the unit is not added up");
  }
  leaf_ = "pair";
  if ((definition_.unit() == pb::UNIT_POINTS) != (select.has_pair() && !select.sum().empty())) {
    return Wrong(select.has_pair() ? "the number of a pair belongs to UNIT_POINTS"
                                   : "what is gained needs a pair");
  }
  if (select.has_pair() && select.has_expand()) {
    return Wrong("a select cannot have both `pair` and `expand`");
  }
  leaf_ = "distinct";
  const bool distinct = !select.distinct().empty();
  if (distinct && !select.sum().empty()) return Wrong("a select cannot both add and tell apart");
  if ((counting == Counting::kDistinct) != distinct && !(planned && !select.sum().empty())) {
    return Wrong(distinct ? "the unit counts happenings, not ids"
                          : "the unit needs the id counted");
  }
  return absl::OkStatus();
}

absl::StatusOr<Select> IndicatorCompiler::CompileSelect(const pb::Select& definition) {
  Select select;
  leaf_ = "event";
  ASSIGN_OR_RETURN(select.event, EventType(definition.event()));
  select.latest_on_stream = definition.latest_on_stream();
  select.negative = definition.negative();
  if (const auto* field = select.event->FindFieldByName("uncounted");
      field != nullptr && field->cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
    select.uncounted = columns_.Add(*select.event, {field});
  }
  Frame frame{definition, {}};
  frame.context.event = select.event;
  frame.context.joins = &joins_;
  frame.context.columns = &columns_;
  if (!definition.each().empty()) {
    leaf_ = "each";
    const FieldDescriptor* each = select.event->FindFieldByName(definition.each());
    if (each == nullptr || !each->is_repeated()) return Wrong("is no list");
    select.each = columns_.AddList(*select.event, each);
    frame.context.each = each;
  }
  leaf_ = "uncounted_unless";
  for (const std::string& name : definition.uncounted_unless()) {
    ASSIGN_OR_RETURN(const Descriptor* type, EventType(name));
    select.uncounted_unless.push_back(type);
  }
  leaf_ = "without";
  for (const std::string& name : definition.without()) {
    ASSIGN_OR_RETURN(const Descriptor* type, EventType(name));
    select.without.push_back(type);
  }
  select.part = definition.part();
  if (definition.has_expand()) RETURN_IF_ERROR(CompileExpand(frame, select));
  RETURN_IF_ERROR(CompileCounting(frame, select));
  RETURN_IF_ERROR(CompileEnding(frame, select));
  if (definition.has_pair()) RETURN_IF_ERROR(CompilePair(frame, select));
  CompileWhere(definition.where(), frame.context, select.where);
  RETURN_IF_ERROR(CompileSplits(frame, select));
  return select;
}

absl::Status IndicatorCompiler::CompileExpand(Frame& frame, Select& select) {
  const pb::Expand& expand = frame.definition.expand();
  levels_.push_back({"expand", 0});
  leaf_ = "name";
  if (expand.name().empty()) return Wrong("is missing");
  if (select.each) return Wrong("a select cannot have both `each` and `expand`");
  leaf_ = "category";
  if (expand.category().empty()) return Wrong("is missing");
  ASSIGN_OR_RETURN(Path via, PathOf("via", expand.via(), frame.context));
  select.expand = Expansion{std::move(via), expand.category(), nullptr, std::nullopt};
  leaf_ = "event";
  ASSIGN_OR_RETURN(select.expand->event, EventType(expand.event()));
  if (!expand.ended_by().empty()) {
    ASSIGN_OR_RETURN(select.expand->ended,
                     EndingOf(expand.ended_by(), expand.ended_match(), select.expand->event));
  }
  frame.context.member_name = expand.name();
  frame.context.member = select.expand->event;
  levels_.pop_back();
  return absl::OkStatus();
}

absl::Status IndicatorCompiler::CompileCounting(Frame& frame, Select& select) {
  const pb::Select& definition = frame.definition;
  if (!definition.distinct().empty()) {
    ASSIGN_OR_RETURN(select.distinct, PathOf("distinct", definition.distinct(), frame.context));
  }
  if (!definition.sum().empty()) {
    ASSIGN_OR_RETURN(select.sum, PathOf("sum", definition.sum(), frame.context));
    if (!select.sum->MayBeNumber()) return Wrong("is no number");
  }
  const std::string& person = !definition.person().empty()                ? definition.person()
                              : definition_.entity() == pb::ENTITY_PERSON ? definition.distinct()
                                                                          : definition.person();
  if (!person.empty()) {
    ASSIGN_OR_RETURN(select.person, PathOf("person", person, frame.context));
  }
  leaf_ = "about";
  if (!IsMeasure(definition_.unit()) && !definition.about().empty()) {
    return Wrong("belongs to amounts and means");
  }
  for (const std::string& text : definition.about()) {
    ASSIGN_OR_RETURN(Path path, PathOf("about", text, frame.context));
    select.about.push_back(std::move(path));
  }
  // An event that only says that something was not counted has nobody to tell apart by.
  frame.context.has_person = select.person.has_value() || !select.uncounted_unless.empty();
  leaf_ = "negative";
  if (select.negative && !select.sum) return Wrong("only a number can be taken away");
  return absl::OkStatus();
}

absl::Status IndicatorCompiler::CompileEnding(const Frame& frame, Select& select) {
  const pb::Select& definition = frame.definition;
  const bool active = definition_.period_rule() == pb::PERIOD_RULE_ACTIVE_IN_PERIOD ||
                      definition_.period_rule() == pb::PERIOD_RULE_ON_LAST_DAY;
  const bool open = definition_.period_rule() == pb::PERIOD_RULE_STILL_OPEN;
  const bool ends =
      !definition.ended_by().empty() || !definition.ends_on().empty() || !definition.ends().empty();
  leaf_ = "ended_by";
  if (active != ends && !open) {
    return Wrong(active ? "what is active in a period or on its last day needs an end"
                        : "belongs to ACTIVE_IN_PERIOD, ON_LAST_DAY and STILL_OPEN");
  }
  if (!definition.ended_by().empty()) {
    ASSIGN_OR_RETURN(Ending ending,
                     EndingOf(definition.ended_by(), definition.ended_match(), select.event));
    select.endings.push_back(std::move(ending));
  }
  RETURN_IF_ERROR(CompileEnds(frame, select));
  if (!definition.ends_on().empty()) {
    ASSIGN_OR_RETURN(select.ends_on, PathOf("ends_on", definition.ends_on(), frame.context));
  }
  return absl::OkStatus();
}

absl::Status IndicatorCompiler::CompileEnds(const Frame& frame, Select& select) {
  const std::vector<Level> levels = levels_;
  for (int i = 0; i < frame.definition.ends_size(); ++i) {
    const pb::End& end = frame.definition.ends(i);
    levels_.push_back({"ends", i});
    ASSIGN_OR_RETURN(Ending ending, EndingOf(end.event(), end.match(), select.event));
    PathContext context;
    context.joins = &joins_;
    context.columns = &columns_;
    context.event = ending.event;
    CompileWhere(end.where(), context, ending.where);
    if (!end.names().empty()) {
      ASSIGN_OR_RETURN(ending.names, PathOf("names", end.names(), context));
    }
    leaf_ = "taken_back_by";
    for (const std::string& name : end.taken_back_by()) {
      if (definition_.period_rule() != pb::PERIOD_RULE_STILL_OPEN)
        return Wrong("belongs to STILL_OPEN");
      ASSIGN_OR_RETURN(const Descriptor* type, EventType(name));
      ending.taken_back_by.push_back(type);
    }
    select.endings.push_back(std::move(ending));
    levels_ = levels;
  }
  return absl::OkStatus();
}

absl::StatusOr<Ending> IndicatorCompiler::EndingOf(const std::string& ended_by,
                                                   const std::string& match,
                                                   const Descriptor* begin) {
  Ending ending;
  leaf_ = "ended_by";
  ASSIGN_OR_RETURN(ending.event, EventType(ended_by));
  if (match.empty()) return ending;
  PathContext context;
  context.joins = &joins_;
  context.columns = &columns_;
  context.event = begin;
  ASSIGN_OR_RETURN(ending.begin_match, PathOf("ended_match", match, context));
  context.event = ending.event;
  ASSIGN_OR_RETURN(ending.end_match, PathOf("ended_match", match, context));
  return ending;
}

absl::Status IndicatorCompiler::CompilePair(const Frame& frame, Select& select) {
  const pb::Pair& definition = frame.definition.pair();
  levels_.push_back({"pair", 0});
  leaf_ = "event";
  PathContext other;
  other.joins = &joins_;
  other.columns = &columns_;
  ASSIGN_OR_RETURN(other.event, EventType(definition.event()));
  select.pair.emplace();
  select.pair->event = other.event;
  CompileWhere(definition.where(), other, select.pair->where);
  leaf_ = "match";
  if (definition.match().empty()) return Wrong("is missing: without it any two events are a pair");
  for (const std::string& path : definition.match()) {
    ASSIGN_OR_RETURN(Path here, PathOf("match", path, frame.context));
    ASSIGN_OR_RETURN(Path there, PathOf("match", path, other));
    select.pair->match.emplace_back(std::move(here), std::move(there));
  }
  levels_.pop_back();
  if (select.sum) {
    ASSIGN_OR_RETURN(select.pair->sum, PathOf("sum", frame.definition.sum(), other));
  }
  return absl::OkStatus();
}

void IndicatorCompiler::CompileWhere(const Conditions& definitions, const PathContext& context,
                                     std::vector<Condition>& where) {
  const std::vector<Level> levels = levels_;
  for (int i = 0; i < definitions.size(); ++i) {
    levels_.push_back({"where", i});
    absl::StatusOr<Condition> condition = CompileCondition(context, definitions.Get(i));
    Keep(condition.status(), levels);
    if (condition.ok()) where.push_back(*std::move(condition));
  }
}

absl::StatusOr<Condition> IndicatorCompiler::CompileCondition(const PathContext& of,
                                                              const pb::Condition& definition) {
  PathContext context = of;
  context.whole_list = !definition.contains().empty();
  ASSIGN_OR_RETURN(Path path, PathOf("field", definition.field(), context));
  const bool compared =
      !definition.in().empty() || !definition.not_in().empty() || definition.present();
  if (compared == context.whole_list) {
    return Wrong(compared ? "`contains` stands alone"
                          : "needs `in`, `not_in`, `present` or `contains`");
  }
  const std::pair<const char*, const google::protobuf::RepeatedPtrField<std::string>*> lists[] = {
      {"in", &definition.in()},
      {"not_in", &definition.not_in()},
      {"contains", &definition.contains()}};
  for (const auto& [name, values] : lists) {
    leaf_ = name;
    for (const std::string& value : *values) {
      const absl::Status known = path.CheckValue(value);
      if (!known.ok()) return Wrong(ToStd(known.message()));
    }
  }
  return Condition{std::move(path),
                   {definition.in().begin(), definition.in().end()},
                   {definition.not_in().begin(), definition.not_in().end()},
                   definition.present(),
                   {definition.contains().begin(), definition.contains().end()}};
}

absl::StatusOr<Dimension> IndicatorCompiler::CompileDimension(const pb::Dimension& definition) {
  Dimension dimension;
  leaf_ = "name";
  if (!IsCode(definition.name())) return Wrong("must be in lower_snake");
  dimension.name = definition.name();
  dimension.by_age = definition.field() == kAgePath || definition.with_field() == kAgePath;
  dimension.parts = definition.parts();
  dimension.count_members = definition.count_members();
  leaf_ = "field";
  const int ways = (definition.field().empty() ? 0 : 1) + (definition.latest().empty() ? 0 : 1) +
                   (definition.parts() ? 1 : 0);
  if (ways != 1) return Wrong("needs one of `field`, `latest` and `parts`");
  leaf_ = "count_members";
  const bool counted =
      definition_.nature() == pb::NATURE_UNSPECIFIED || definition_.nature() == pb::NATURE_COUNTED;
  if (dimension.count_members && (!counted || dimension.parts)) {
    return Wrong("counts the members of what is counted, and not parts");
  }
  for (const auto& latest : definition.latest()) {
    leaf_ = "latest";
    ASSIGN_OR_RETURN(const Descriptor* type, EventType(latest.event()));
    dimension.latest[type] = latest.value();
  }
  return dimension;
}

absl::Status IndicatorCompiler::CompileSplits(const Frame& frame, Select& select) {
  // Head-counts stand beside the total only.
  if (levels_.front().name == "headcount") return absl::OkStatus();
  const std::vector<Level> levels = levels_;
  for (int i = 0; i < definition_.dimensions_size(); ++i) {
    const pb::Dimension& dimension = definition_.dimensions(i);
    levels_ = {{"dimensions", i}};
    Split split;
    if (!dimension.field().empty()) {
      ASSIGN_OR_RETURN(split.path, PathOf("field", dimension.field(), frame.context));
    }
    if (!dimension.with_field().empty()) {
      ASSIGN_OR_RETURN(split.with, PathOf("with_field", dimension.with_field(), frame.context));
    }
    select.splits.push_back(std::move(split));
  }
  levels_ = levels;
  return absl::OkStatus();
}

}  // namespace mlup::counting
