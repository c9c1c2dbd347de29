// `mlup schema`: the calls, and all that is needed to enter one.
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include <nlohmann/json.hpp>

#include "services/mlup/catalogue.h"
#include "services/mlup/commands.h"
#include "services/mlup/schema.h"
#include "services/mlup/table.h"

namespace mlup::cli {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kWidth = 100;

ordered_json ToJson(const std::vector<FieldHelp>& fields) {
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

ordered_json ToJson(const CallHelp& help) {
  ordered_json json = {
      {"call", help.call}, {"purpose", help.purpose}, {"fields", ToJson(help.fields)}};
  for (const FactHelp& fact : help.facts) {
    json["facts"].push_back({{"name", fact.name},
                             {"meaning", fact.meaning},
                             {"rules", fact.rules},
                             {"fields", ToJson(fact.fields)},
                             {"example", ordered_json::parse(fact.example)}});
  }
  return json;
}

void PrintFields(std::ostream& out, const std::vector<FieldHelp>& fields) {
  for (const FieldHelp& field : fields) {
    out << "  " << field.path << "  (" << field.type << (field.required ? ", required" : "")
        << (field.personal ? ", personal: sealed" : "") << ")\n";
    const std::string rules = absl::StrJoin(field.rules, "; ");
    out << Wrap(absl::StrCat(field.meaning, rules.empty() ? "" : " Rule: ", rules,
                             rules.empty() ? "" : "."),
                6, kWidth);
    Table values;
    for (const auto& [name, meaning] : field.values) values.Add({"       ", name, meaning});
    out << values.Render();
  }
}

void Print(std::ostream& out, const CallHelp& help) {
  out << help.call << "\n" << Wrap(help.purpose, 2, kWidth) << "\nFields of every fact\n";
  PrintFields(out, help.fields);
  for (const FactHelp& fact : help.facts) {
    out << "\nFact " << fact.name << "\n"
        << Wrap(absl::StrCat(fact.meaning, " It ", absl::StrJoin(fact.rules, "; "), "."), 2,
                kWidth);
    PrintFields(out, fact.fields);
    out << "\n  Example, one line for `mlup import`:\n" << fact.example << "\n";
  }
}

int PrintList(const Session& session) {
  if (session.json) {
    ordered_json list = ordered_json::array();
    for (const auto* method : Commands()) {
      list.push_back({{"call", CallName(*method)}, {"purpose", Comment(*method)}});
    }
    session.out << list.dump() << "\n";
    return kExitOk;
  }
  for (const auto* method : Commands()) {
    session.out << CallName(*method) << "\n" << Wrap(Comment(*method), 4, kWidth);
    if (method->name() != "Record") continue;
    const auto* choice = method->input_type()->oneof_decl(0);
    std::vector<std::string> facts;
    facts.reserve(static_cast<std::size_t>(choice->field_count()));
    for (int i = 0; i < choice->field_count(); ++i) facts.push_back(choice->field(i)->name());
    session.out << Wrap(absl::StrCat("Facts: ", absl::StrJoin(facts, ", "), "."), 4, kWidth);
  }
  session.out
      << "\n`mlup schema NAME` tells the fields; NAME is a call, its last word, or a fact.\n";
  return kExitOk;
}

}  // namespace

int RunSchema(const Session& session, const std::string& name) {
  if (name.empty()) return PrintList(session);
  const auto methods = CommandsNamed(name);
  if (methods.empty()) {
    session.err << "mlup: there is no call or fact " << name << "; `mlup schema` lists them\n";
    return kExitUsage;
  }
  ordered_json all = ordered_json::array();
  for (const auto* method : methods) {
    const bool is_call = name == CallName(*method) || name == method->name();
    const CallHelp help = DescribeCall(*method, is_call ? "" : name);
    if (session.json) {
      all.push_back(ToJson(help));
    } else {
      Print(session.out, help);
      if (method != methods.back()) session.out << "\n";
    }
  }
  if (session.json) session.out << (all.size() == 1 ? all[0] : all).dump() << "\n";
  return kExitOk;
}

}  // namespace mlup::cli
