// `mlup schema`: the facts, and all that is needed to enter one.
#include "services/mlup/schema.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include <nlohmann/json.hpp>

#include "eventstore/base/nearest.h"
#include "services/mlup/catalogue.h"
#include "services/mlup/commands/commands.h"
#include "services/mlup/table.h"

namespace mlup::cli {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kWidth = 100;

ordered_json JsonOf(const std::vector<FieldHelp>& fields) {
  ordered_json list = ordered_json::array();
  for (const FieldHelp& field : fields) {
    ordered_json entry = {{"field", field.path},        {"type", field.type},
                          {"required", field.required}, {"personal", field.personal},
                          {"rules", field.rules},       {"meaning", field.meaning}};
    for (const auto& [name, meaning] : field.values) {
      entry["values"].push_back({{"name", name}, {"meaning", meaning}});
    }
    list.push_back(std::move(entry));
  }
  return list;
}

ordered_json JsonOf(const FactHelp& fact) {
  return {
      {"name", fact.name},
      {"label", fact.label},
      {"meaning", fact.meaning},
      {"call", fact.call},
      {"permission", fact.permission},
      {"categories", fact.categories},
      {"creates", fact.creates},
      {"needs_existing", fact.needs_existing},
      {"rules_of", fact.aggregate.empty() ? ordered_json(nullptr) : ordered_json(fact.aggregate)},
      {"life", fact.life},
      {"fields", JsonOf(fact.fields)},
      {"example", ordered_json::parse(fact.example)}};
}

void PrintFields(std::ostream& out, const std::vector<FieldHelp>& fields) {
  for (const FieldHelp& field : fields) {
    out << "  " << field.path << "  (" << field.type << (field.required ? ", required" : "")
        << (field.personal ? ", personal: sealed" : "") << ")\n";
    const std::string rules = absl::StrJoin(field.rules, "; ");
    out << Wrap(absl::StrCat(field.meaning, field.meaning.empty() || rules.empty() ? "" : " ",
                             rules.empty() ? "" : absl::StrCat("Rule: ", rules, ".")),
                6, kWidth);
    Table values;
    for (const auto& [name, meaning] : field.values) {
      if (meaning.empty()) {
        values.Add({"       ", name});
      } else {
        values.Add({"       ", name, meaning});
      }
    }
    out << values.Render();
  }
}

void PrintFact(std::ostream& out, const FactHelp& fact) {
  out << "Fact " << fact.name << " (" << fact.call << ")\n"
      << Wrap(absl::StrCat(fact.meaning, fact.meaning.empty() ? "" : " ", "It ",
                           absl::StrJoin(FactRules(fact), "; "), "."),
              2, kWidth);
  PrintFields(out, fact.fields);
  out << "\n  Example, one line for `mlup import`:\n" << fact.example << "\n\n";
}

// Whether it begins or needs a record, and what decides about it.
std::string ShortRules(const domain::FactType& fact) {
  std::vector<std::string> words;
  if (fact.creates()) words.emplace_back("begins it");
  if (fact.needs_existing()) words.emplace_back("needs it");
  if (fact.aggregate != nullptr) words.push_back(absl::StrCat("rules of ", fact.aggregate->name()));
  return absl::StrJoin(words, ", ");
}

int ListJson(const Session& session) {
  ordered_json list = ordered_json::array();
  for (const domain::FactType& fact : domain::FactTable::Get().facts()) {
    ordered_json entry = JsonOf(DescribeFact(fact));
    entry.erase("fields");
    entry.erase("example");
    list.push_back(std::move(entry));
  }
  session.out << list.dump() << "\n";
  return kExitOk;
}

int PrintList(const Session& session) {
  if (session.json) return ListJson(session);
  const domain::FactTable& facts = domain::FactTable::Get();
  for (const domain::Service& service : facts.services()) {
    session.out << service.name << ": " << Comment(*service.descriptor) << " " << service.call()
                << "\n";
    Table table;
    for (const domain::FactType& fact : facts.facts()) {
      if (fact.service != &service) continue;
      table.Add(
          {"  " + fact.field->name(), absl::StrJoin(fact.categories(), ", "), ShortRules(fact)});
    }
    session.out << table.Render() << "\n";
  }
  session.out
      << "Each fact with the streams it may stand on. `mlup schema NAME` tells the fields of a "
         "fact or a service, `mlup schema case` and `mlup schema household` their lives.\n";
  return kExitOk;
}

}  // namespace

int RunSchema(const Session& session, const std::string& name) {
  if (name.empty()) return PrintList(session);
  const auto facts = FactsNamed(name);
  if (const domain::LifeText* life = LifeNamed(name); life != nullptr && facts.empty()) {
    session.out << DescribeLife(*life);
    return kExitOk;
  }
  if (facts.empty()) {
    session.err << "mlup: there is no fact or service " << name << "; `mlup schema` lists them"
                << DidYouMean(name, NamesOfSchema()) << "\n";
    return kExitUsage;
  }
  if (session.json) {
    ordered_json json = {{"fields", JsonOf(DescribeRequest())}, {"facts", ordered_json::array()}};
    for (const auto* fact : facts) json["facts"].push_back(JsonOf(DescribeFact(*fact)));
    session.out << json.dump() << "\n";
    return kExitOk;
  }
  for (const auto* fact : facts) PrintFact(session.out, DescribeFact(*fact));
  session.out << "Fields of every request\n";
  PrintFields(session.out, DescribeRequest());
  return kExitOk;
}

}  // namespace mlup::cli
