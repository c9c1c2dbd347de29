// Puts descriptors, rules and comments into words.
#include "services/mlup/schema.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "eventstore/base/limits.h"
#include "mlup/command/v1/command.pb.h"
#include "mlup/event/v1/event_options.pb.h"
#include "mlup/privacy/v1/privacy.pb.h"
#include "services/domain/aggregates.h"
#include "services/fields/relations.h"
#include "services/fields/validator.h"
#include "services/mlup/catalogue.h"
#include "services/mlup/example.h"
#include "services/mlup/meaning.h"
#include "services/mlup/table.h"

namespace mlup::cli {
namespace {

using command::v1::FieldRule;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

std::string TypeWords(const FieldDescriptor& field) {
  const std::string list = field.is_repeated() ? "list of " : "";
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return list + "text";
    case FieldDescriptor::CPPTYPE_BOOL:
      return list + "true or false";
    case FieldDescriptor::CPPTYPE_ENUM:
      return list + "one of";
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (field.message_type()->full_name() == "google.protobuf.Timestamp") return list + "time";
      return list + "group";
    default:
      return list + "whole number";
  }
}

std::string Bounds(std::int64_t min, std::int64_t max) {
  if (max > 0) return absl::StrCat(min, " to ", max);
  return min > 0 ? absl::StrCat("at least ", min) : "";
}

std::vector<std::string> RuleWords(const FieldDescriptor& field) {
  const FieldRule& rule = field.options().GetExtension(command::v1::rule);
  std::vector<std::string> words;
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
    if (rule.format() != command::v1::FORMAT_UNSPECIFIED)
      words.push_back(fields::FormatWords(rule.format()));
    const std::size_t longest = rule.max_length() > 0 ? rule.max_length() : kTextCharactersMax;
    if (rule.format() == command::v1::FORMAT_UNSPECIFIED || rule.max_length() > 0) {
      words.push_back(absl::StrCat("at most ", longest, " characters"));
    }
  } else if (const std::string bounds = Bounds(rule.min(), rule.max()); !bounds.empty()) {
    words.push_back(bounds);
  }
  if (!rule.categories().empty()) {
    words.push_back(absl::StrCat("category ", absl::StrJoin(rule.categories(), " or ")));
  }
  if (field.is_repeated()) {
    const std::size_t most = rule.max_items() > 0 ? rule.max_items() : kRepeatedItemsMax;
    const std::int64_t least = std::max<std::int64_t>(rule.min_items(), rule.required() ? 1 : 0);
    words.push_back(absl::StrCat(Bounds(least, static_cast<std::int64_t>(most)), " items"));
  }
  if (field.message_type() != nullptr && TypeWords(field) == "time") {
    words.push_back("like 2021-02-17T09:30:00+07:00");
  }
  if (rule.not_future()) words.push_back("not after today");
  if (rule.not_before() == "@occurred") {
    words.push_back("not before the day on which it happened");
  } else if (!rule.not_before().empty()) {
    words.push_back(absl::StrCat("not before ", rule.not_before()));
  }
  if (!rule.at_most().empty()) words.push_back(absl::StrCat("not more than ", rule.at_most()));
  if (!rule.words_of().empty()) {
    words.push_back(absl::StrCat("one of ", absl::StrJoin(fields::WordsAllowed(field), ", ")));
  }
  if (field.options().GetExtension(event::v1::age_at_event)) {
    words.push_back("filled in when it is recorded: nobody states it");
  }
  if (!rule.example().empty()) words.push_back(absl::StrCat("for example ", rule.example()));
  return words;
}

FieldHelp Describe(const FieldDescriptor& field, const std::string& prefix) {
  FieldHelp help;
  help.path = absl::StrCat(prefix, field.name(), field.is_repeated() ? "[]" : "");
  help.type = TypeWords(field);
  const FieldRule& rule = field.options().GetExtension(command::v1::rule);
  help.required = rule.required() || rule.min_items() > 0;
  help.personal = field.options().GetExtension(privacy::v1::personal);
  help.rules = RuleWords(field);
  help.meaning = Meaning(field);
  for (int i = 0; field.enum_type() != nullptr && i < field.enum_type()->value_count(); ++i) {
    const auto& value = *field.enum_type()->value(i);
    if (value.number() != 0) help.values.emplace_back(value.name(), Meaning(value));
  }
  return help;
}

void Walk(const Descriptor& message, const std::string& prefix, std::vector<FieldHelp>& fields) {
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    fields.push_back(Describe(field, prefix));
    const std::string path = absl::StrCat(fields.back().path, ".");
    if (field.message_type() != nullptr && fields.back().type != "time")
      Walk(*field.message_type(), path, fields);
  }
}

std::string StatesIn(const domain::LifeText& life, const std::vector<int>& numbers) {
  std::vector<std::string> names;
  names.reserve(numbers.size());
  for (const int number : numbers)
    names.push_back(life.states.at(static_cast<std::size_t>(number)));
  return absl::StrJoin(names, ", ");
}

// Where a line leads, in words; empty where the record stays as it is.
std::string LeadsTo(const domain::LifeText::Line& line) {
  if (line.to == "-") return "";
  return line.to == "back" ? "as it was before" : line.to;
}

std::vector<std::string> LifeOf(const domain::FactType& fact) {
  std::vector<std::string> words;
  if (fact.aggregate == nullptr || fact.aggregate->life() == nullptr) return words;
  const domain::LifeText& life = *fact.aggregate->life();
  for (const domain::LifeText::Line& line : life.lines) {
    if (line.fact != fact.field->name()) continue;
    const std::string to = LeadsTo(line);
    words.push_back(absl::StrCat(line.when, line.when.empty() ? "" : " it ",
                                 "may follow where the ", life.of,
                                 " is: ", StatesIn(life, line.from),
                                 to.empty() ? "" : absl::StrCat(" (then it is ", to, ")")));
  }
  return words;
}

}  // namespace

std::vector<std::string> DescribeEventRules(const Descriptor& event) {
  const command::v1::EventRule& rule = event.options().GetExtension(command::v1::event);
  std::vector<std::string> words = {
      absl::StrCat("stands on a stream of category ", absl::StrJoin(rule.categories(), " or "))};
  if (rule.creates()) words.push_back("is the first event of its stream");
  if (rule.needs_existing()) words.push_back("the stream must hold an event already");
  if (rule.says_anew()) {
    words.push_back(
        "a later one says anew what it says: devices that say it without a network, "
        "each something else, are in conflict");
  }
  if (!rule.says_one_of().empty()) {
    words.push_back(absl::StrCat("says at least one of ", absl::StrJoin(rule.says_one_of(), ", ")));
  }
  if (!rule.ends().empty()) {
    words.push_back(absl::StrCat("does not end before ", rule.ends(), " began"));
  }
  return words;
}

std::vector<FieldHelp> DescribeFields(const Descriptor& message) {
  std::vector<FieldHelp> fields;
  Walk(message, "", fields);
  return fields;
}

FactHelp DescribeFact(const domain::FactType& fact) {
  const Descriptor& event = fact.event();
  FactHelp help{.name = fact.field->name(),
                .label = event.options().GetExtension(command::v1::event).label(),
                .meaning = Meaning(event),
                .call = fact.service->call(),
                .permission = fact.permission,
                .categories = fact.categories(),
                .creates = fact.creates(),
                .needs_existing = fact.needs_existing(),
                .aggregate = fact.aggregate == nullptr ? "" : fact.aggregate->name(),
                .life = LifeOf(fact),
                .fields = {},
                .example = ExampleLine(fact)};
  Walk(event, absl::StrCat(help.name, "."), help.fields);
  return help;
}

std::vector<std::string> FactRules(const FactHelp& fact) {
  std::vector<std::string> words = {
      absl::StrCat("stands on a stream of category ", absl::StrJoin(fact.categories, " or "))};
  if (fact.creates) words.push_back("is the first event of its stream");
  if (fact.needs_existing) words.push_back("the stream must hold an event already");
  if (!fact.aggregate.empty())
    words.push_back(absl::StrCat("the rules of ", fact.aggregate, " decide"));
  words.insert(words.end(), fact.life.begin(), fact.life.end());
  words.push_back(absl::StrCat("permission ", fact.permission));
  return words;
}

const domain::LifeText* LifeNamed(std::string_view name) {
  for (const domain::AnyAggregate* aggregate : domain::Aggregates()) {
    const domain::LifeText* life = aggregate->life();
    if (life != nullptr && (aggregate->name() == name || life->of == name)) return life;
  }
  return nullptr;
}

std::vector<std::string> NamesOfSchema() {
  std::set<std::string> names;
  for (const domain::FactType& fact : domain::FactTable::Get().facts()) {
    names.insert(fact.field->name());
  }
  for (const domain::Service& service : domain::FactTable::Get().services()) {
    names.insert(service.name);
  }
  for (const domain::AnyAggregate* aggregate : domain::Aggregates()) {
    if (aggregate->life() != nullptr) names.emplace(aggregate->name());
  }
  return {names.begin(), names.end()};
}

std::string DescribeLife(const domain::LifeText& life) {
  std::string page = absl::StrCat("Life of a ", life.of, "\n");
  for (std::size_t i = 0; i < life.states.size(); ++i) {
    absl::StrAppend(&page, "  ", life.states[i], "\n");
    Table table;
    for (const domain::LifeText::Line& line : life.lines) {
      if (std::find(line.from.begin(), line.from.end(), static_cast<int>(i)) == line.from.end()) {
        continue;
      }
      const std::string to = LeadsTo(line);
      table.Add({"     ", absl::StrCat(line.fact, line.when.empty() ? "" : " ", line.when),
                 to.empty() ? "" : absl::StrCat("-> ", to)});
    }
    page += table.Render();
  }
  return page;
}

std::vector<FieldHelp> DescribeRequest() {
  std::vector<FieldHelp> fields;
  const domain::Service& any = domain::FactTable::Get().services().front();
  const FieldDescriptor& context = *any.request->FindFieldByName("context");
  fields.push_back(Describe(context, ""));
  Walk(*context.message_type(), "context.", fields);
  fields.push_back(Describe(*any.facts, ""));
  const std::string prefix = absl::StrCat(fields.back().path, ".");
  for (int i = 0; i < any.fact->field_count(); ++i) {
    const FieldDescriptor& field = *any.fact->field(i);
    if (field.real_containing_oneof() != nullptr) continue;
    fields.push_back(Describe(field, prefix));
    if (field.message_type() != nullptr)
      Walk(*field.message_type(), absl::StrCat(prefix, field.name(), "."), fields);
  }
  return fields;
}

}  // namespace mlup::cli
