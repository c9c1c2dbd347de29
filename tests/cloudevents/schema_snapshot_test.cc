// Which changes of the events break those who read them.
#include "services/mlup/schema_snapshot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "eventstore/base/status.h"

namespace mlup::cli {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr char kClosed[] = "mlup.cases.v1.CaseClosed";

// Compares the schema as it is with what `change` makes of it, as if that were the new one.
std::vector<SchemaChange> After(const std::function<void(json&)>& change) {
  json changed = json::parse(SchemaSnapshot());
  change(changed);
  const auto changes = CompareSchemas(SchemaSnapshot(), changed.dump());
  EXPECT_TRUE(changes.ok()) << changes.status();
  return *changes;
}

json& Fields(json& schema) { return schema["messages"][kClosed]["fields"]; }

TEST(SchemaSnapshotTest, TheSameSchemaHasNoChanges) {
  EXPECT_TRUE(After([](json&) {}).empty());
}

TEST(SchemaSnapshotTest, AdditionsDoNotBreak) {
  const auto changes = After([](json& schema) {
    Fields(schema)["99"] = "extra: string";
    schema["messages"]["mlup.cases.v1.Extra"] = {{"fields", json::object()}};
    schema["enums"]["mlup.cases.v1.Sex"]["9"] = "SEX_EXTRA";
    schema["messages"][kClosed]["categories"].push_back("extra");
  });
  EXPECT_EQ(changes.size(), 3U);
  for (const SchemaChange& change : changes) EXPECT_FALSE(change.breaks) << change.words;
}

TEST(SchemaSnapshotTest, WhatReadersRelyOnMustNotChange) {
  const std::vector<std::function<void(json&)>> faults = {
      [](json& schema) { Fields(schema).erase("1"); },
      [](json& schema) {
        Fields(schema)["1"] = "youngster: mlup.cases.v1.CaseClosed.Child, about person_id";
      },
      [](json& schema) { Fields(schema)["1"] = "child: string"; },
      [](json& schema) {
        Fields(schema)["98"] = Fields(schema)["1"];
        Fields(schema).erase("1");
      },
      [](json& schema) { schema["messages"].erase(kClosed); },
      [](json& schema) { schema["enums"]["mlup.cases.v1.Sex"].erase("1"); },
      [](json& schema) { schema["enums"]["mlup.cases.v1.Sex"]["1"] = "SEX_GIRL"; },
      [](json& schema) { schema["enums"].erase("mlup.cases.v1.Sex"); },
      [](json& schema) { schema["messages"][kClosed]["categories"] = {"person"}; },
      [](json& schema) {
        schema["messages"]["mlup.cases.v1.PersonRegistered.Person"]["fields"]["5"] =
            "name_km: string";
      },
  };
  for (std::size_t i = 0; i < faults.size(); ++i) {
    const auto changes = After(faults[i]);
    ASSERT_FALSE(changes.empty()) << i;
    EXPECT_TRUE(std::any_of(changes.begin(), changes.end(), [](const SchemaChange& change) {
      return change.breaks;
    })) << i;
  }
}

TEST(SchemaSnapshotTest, SealedFieldsAreMarked) {
  EXPECT_THAT(SchemaSnapshot(), HasSubstr("name_km: string, sealed"));
}

TEST(SchemaSnapshotTest, OtherFilesAreRefused) {
  for (const char* text : {"", "[]", "{}", R"({"messages":[],"enums":{}})"})
    EXPECT_EQ(ErrorReason(CompareSchemas(text, SchemaSnapshot()).status()), "SNAPSHOT_MALFORMED");
}

}  // namespace
}  // namespace mlup::cli
