// Whatever the daemon calls something in English has a Khmer word for the pages.
#include "services/query/labels.h"

#include <fstream>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "eventstore/payload/event_types.h"
#include "projections/counting/definitions.h"
#include "services/query/history_states.h"

namespace mlup::query {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using testing::IsEmpty;

std::string ReadAll(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The labels of a type's fields and of their values, at any depth.
void AddLabels(const Descriptor& type, std::set<const Descriptor*>& seen,
               std::set<std::string>& labels) {
  if (!seen.insert(&type).second || !type.full_name().starts_with("mlup.")) return;
  for (int i = 0; i < type.field_count(); ++i) {
    labels.insert(FieldLabel(type.field(i)->name()));
    if (const Descriptor* inner = type.field(i)->message_type()) AddLabels(*inner, seen, labels);
    const EnumDescriptor* values = type.field(i)->enum_type();
    for (int value = 0; values != nullptr && value < values->value_count(); ++value) {
      labels.insert(EnumLabel(*values->value(value)));
    }
  }
}

TEST(LabelsTest, EveryFigureEventFieldAndCodeHasAKhmerWord) {
  const nlohmann::json words = nlohmann::json::parse(ReadAll(MLUP_WORDS_FILE))["words"];
  std::set<std::string> labels;
  std::set<const Descriptor*> seen;
  for (const Descriptor* type : payload::EventTypes()) {
    labels.insert(EventLabel(*type));
    AddLabels(*type, seen, labels);
  }
  const auto definitions = counting::Definitions::Parse(ReadAll(MLUP_INDICATORS_FILE));
  ASSERT_TRUE(definitions.ok()) << definitions.status();
  for (const auto& indicator : definitions->file().indicators()) {
    labels.insert(indicator.name());
    for (const auto& dimension : indicator.dimensions()) {
      labels.insert(CodeLabel(dimension.name()));
    }
  }
  for (const std::string& word : StateWords()) labels.insert(word);
  std::set<std::string> missing;
  for (const std::string& label : labels) {
    if (!words.contains(label)) missing.insert(label);
  }
  EXPECT_THAT(missing, IsEmpty());
}

}  // namespace
}  // namespace mlup::query
