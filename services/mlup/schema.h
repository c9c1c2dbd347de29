// What a person must know to enter a fact: its fields and their rules in words.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <google/protobuf/descriptor.h>

#include "services/domain/fact_table.h"
#include "services/domain/life.h"

namespace mlup::cli {

// One field that can be given.
struct FieldHelp {
  // `case_opened.child.person_id`; `[]` after the name of a list.
  std::string path;
  // `text`, `number`, `true or false`, `time`, `one of`, `group`, each with `list of` before it.
  std::string type;
  bool required = false;
  // Sealed under the person's own key before it is stored.
  bool personal = false;
  // What holds for the value, in words.
  std::vector<std::string> rules;
  // Empty where the name says it all.
  std::string meaning;
  // Allowed values with their meaning, for `one of`.
  std::vector<std::pair<std::string, std::string>> values;
};

// One kind of fact.
struct FactHelp {
  std::string name;
  // What a person reads in a history.
  std::string label;
  std::string meaning;
  // `mlup.cases.v1.CaseService/Record`.
  std::string call;
  // What the roles file grants: `cases/case_opened`.
  std::string permission;
  // Categories of the streams it may stand on.
  std::vector<std::string> categories;
  bool creates = false;
  bool needs_existing = false;
  // The rules that decide about it, besides those of its fields; empty for none.
  std::string aggregate;
  // When it may follow and where it leads, in words, where the record has a life.
  std::vector<std::string> life;
  std::vector<FieldHelp> fields;
  // A line for `mlup import`.
  std::string example;
};

FactHelp DescribeFact(const domain::FactType& fact);

// Where it may stand and what decides, in words.
std::vector<std::string> FactRules(const FactHelp& fact);

// The life of records that `name` calls, such as `case`; null where there is none.
const domain::LifeText* LifeNamed(std::string_view name);

// All names that `mlup schema NAME` takes.
std::vector<std::string> NamesOfSchema();

// The facts that may follow in each state, and where they lead, as a page.
std::string DescribeLife(const domain::LifeText& life);

// What a request and each of its facts hold besides the events; the same for all services.
std::vector<FieldHelp> DescribeRequest();

// The fields of a message, and those of its groups.
std::vector<FieldHelp> DescribeFields(const google::protobuf::Descriptor& message);

// On which streams an event may stand, in words.
std::vector<std::string> DescribeEventRules(const google::protobuf::Descriptor& event);

}  // namespace mlup::cli
