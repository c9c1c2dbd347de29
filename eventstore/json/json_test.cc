// What the door for JSON lets through, and what it says about the rest.
#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>

#include "eventstore/base/status.h"
#include "eventstore/json/json_message.h"
#include "eventstore/json/json_text.h"
#include "mlup/cases/v1/case_service.pb.h"

namespace mlup::strict {
namespace {

using cases::v1::RecordRequest;
using testing::HasSubstr;
using testing::Not;

std::string Nested(int depth) {
  return std::string(static_cast<std::size_t>(depth), '[') +
         std::string(static_cast<std::size_t>(depth), ']');
}

TEST(JsonTextTest, AWholeDocumentIsRead) {
  const auto json = ParseJson(R"( {"a": [1, -2, 2.5, "ស", true, null, {"b": []}], "c": {}} )");
  ASSERT_TRUE(json.ok()) << json.status();
  EXPECT_EQ(json->dump(), R"({"a":[1,-2,2.5,"ស",true,null,{"b":[]}],"c":{}})");
}

TEST(JsonTextTest, TheOrderOfMembersMayBeKept) {
  EXPECT_EQ(ParseJsonInOrder(R"({"b":1,"a":{"d":2,"c":3}})")->dump(),
            R"({"b":1,"a":{"d":2,"c":3}})");
  EXPECT_EQ(ErrorReason(ParseJsonInOrder(Nested(65)).status()), "JSON_TOO_DEEP");
  EXPECT_EQ(ErrorReason(ParseJsonInOrder(R"({"b":1,"b":1})").status()), "JSON_INVALID");
}

struct BadText {
  std::string text;
  const char* reason;
  const char* field;
  const char* message;
};

TEST(JsonTextTest, FaultsAreToldWithTheirPlace) {
  const BadText cases[] = {
      {"", "JSON_INVALID", "", "byte 1"},
      {R"({"a": )", "JSON_INVALID", "", "byte 7"},
      {R"({"a": 1} x)", "JSON_INVALID", "", "byte 10"},
      {R"({"a": NaN})", "JSON_INVALID", "", "byte 7"},
      {R"({"a": "\ud800"})", "JSON_INVALID", "", "byte"},
      {"{\"a\": \"Sok\xff\"}", "JSON_INVALID", "", "not UTF-8 at byte 11"},
      {"\x80", "JSON_INVALID", "", "not UTF-8 at byte 1"},
      {"\"\xe1\x9e\"", "JSON_INVALID", "", "not UTF-8 at byte 2"},
      {R"({"a": 1e400})", "NUMBER_INVALID", "", "byte"},
      {R"({"a": {"b": 1, "b": 2}})", "JSON_INVALID", "a.b", "twice"},
      {R"({"a": [0, [1, {"b": 1, "b": 2}]]})", "JSON_INVALID", "a[1][1].b", "twice"},
      {R"({"Sok Dara": 1, "Sok Dara": 2})", "JSON_INVALID", "?", "twice"},
      {Nested(65), "JSON_TOO_DEEP", "", "64"},
      {Nested(100'000), "JSON_TOO_DEEP", "", "64"},
      {std::string(100'000, '['), "JSON_TOO_DEEP", "", "64"},
  };
  for (const BadText& bad : cases) {
    const auto status = ParseJson(bad.text).status();
    EXPECT_EQ(ErrorReason(status), bad.reason) << bad.text.substr(0, 80);
    EXPECT_EQ(ErrorField(status), bad.field) << bad.text.substr(0, 80);
    EXPECT_THAT(std::string(status.message()), HasSubstr(bad.message));
    EXPECT_THAT(status.ToString(), Not(HasSubstr("Sok"))) << bad.text;
  }
}

TEST(JsonTextTest, TheLimitsAreTheCallersAndTheLastAllowedPasses) {
  EXPECT_TRUE(ParseJson(Nested(64)).ok());
  EXPECT_TRUE(ParseJson(Nested(3), {.depth_max = 3}).ok());
  EXPECT_EQ(ErrorReason(ParseJson(Nested(4), {.depth_max = 3}).status()), "JSON_TOO_DEEP");
  EXPECT_TRUE(ParseJson("1234", {.bytes_max = 4}).ok());
  EXPECT_EQ(ErrorReason(ParseJson("12345", {.bytes_max = 4}).status()), "JSON_TOO_LONG");
}

absl::StatusOr<RecordRequest> Read(const std::string& text) {
  ASSIGN_OR_RETURN(const auto json, ParseJson(text));
  RecordRequest request;
  RETURN_IF_ERROR(ToMessage(json, request));
  return request;
}

TEST(JsonMessageTest, WhatProtobufPrintsIsReadBackInBothFormsOfNames) {
  const std::string text = R"({
    "context": {"request_id": "a", "channel": "CHANNEL_TABLET", "source_recorded_at": "2021-02-17T02:30:00Z"},
    "facts": [
      {"stream": "case/1", "base_revision": "18446744073709551615", "case_opened": {"child": {"person_id": "p"}}},
      {"stream": "case/2", "note_recorded": {}}
    ],
    "validate_only": true
  })";
  const auto request = Read(text);
  ASSERT_TRUE(request.ok()) << request.status() << ErrorField(request.status());
  EXPECT_EQ(request->facts(0).base_revision(), 18446744073709551615U);
  EXPECT_EQ(request->context().source_recorded_at().seconds(), 1613529000);
  EXPECT_TRUE(request->facts(1).has_note_recorded());
  for (const bool preserve : {false, true}) {
    google::protobuf::util::JsonPrintOptions options;
    options.preserve_proto_field_names = preserve;
    std::string printed;
    ASSERT_TRUE(google::protobuf::util::MessageToJsonString(*request, &printed, options).ok());
    const auto again = Read(printed);
    ASSERT_TRUE(again.ok()) << printed << again.status();
    EXPECT_EQ(again->SerializeAsString(), request->SerializeAsString());
  }
}

TEST(JsonMessageTest, NullLeavesAFieldOut) {
  const auto request =
      Read(R"({"context": null, "facts": [{"case_opened": null, "case_closed": {}}]})");
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_FALSE(request->has_context());
  EXPECT_TRUE(request->facts(0).has_case_closed());
}

TEST(JsonMessageTest, FaultsNameTheFieldAndNoValue) {
  const BadText cases[] = {
      {R"([])", "VALUE_INVALID", "", "an object"},
      {R"({"contex": {}})", "FIELD_UNKNOWN", "contex", "no such field; did you mean context?"},
      {R"({"facts": {}})", "VALUE_INVALID", "facts", "a list"},
      {R"({"facts": [null]})", "VALUE_INVALID", "facts[0]", "an object"},
      {R"({"context": {"request_id": 7}})", "VALUE_INVALID", "context.request_id", "a text"},
      {R"({"context": {"channel": "Sok"}})", "VALUE_INVALID", "context.channel",
       "must be one of CHANNEL_TABLET, "},
      {R"({"context": {"channel": 99}})", "VALUE_INVALID", "context.channel", "CHANNEL_IMPORT"},
      {R"({"context": {"channel": "CHANNEL_IMPROT"}})", "VALUE_INVALID", "context.channel",
       "; did you mean CHANNEL_IMPORT?"},
      {R"({"context": {"source_recorded_at": "Sok"}})", "VALUE_INVALID",
       "context.source_recorded_at", "2021-02-17T09"},
      {R"({"context": {"requestId": "a", "request_id": "Sok"}})", "FIELD_DOUBLED",
       "context.request_id", "requestId"},
      {R"({"facts": [{"base_revision": -1}]})", "VALUE_INVALID", "facts[0].base_revision", "whole"},
      {R"({"facts": [{"base_revision": 1.5}]})", "VALUE_INVALID", "facts[0].base_revision",
       "whole"},
      {R"({"facts": [{"base_revision": 1e30}]})", "VALUE_INVALID", "facts[0].base_revision",
       "whole"},
      {R"({"facts": [{"base_revision": "18446744073709551616"}]})", "VALUE_INVALID",
       "facts[0].base_revision", "whole"},
      {R"({"facts": [{"case_opened": {}}, {"case_opened": {}, "case_closed": {}}]})",
       "VALUE_INVALID", "facts[1].case_opened", "only one fact"},
      {R"({"facts": [{"case_opened": {"child": {"name": "Sok"}}}]})", "FIELD_UNKNOWN",
       "facts[0].case_opened.child.name", "no such"},
      {R"({"facts": [{"case_opened": {"Sok Dara": 1}}]})", "FIELD_UNKNOWN",
       "facts[0].case_opened.?", "no such"},
      {R"({"validate_only": "true"})", "VALUE_INVALID", "validate_only", "true or false"},
  };
  for (const BadText& bad : cases) {
    const auto status = Read(bad.text).status();
    EXPECT_EQ(ErrorReason(status), bad.reason) << bad.text;
    EXPECT_EQ(ErrorField(status), bad.field) << bad.text;
    EXPECT_THAT(std::string(status.message()), HasSubstr(bad.message));
    EXPECT_THAT(status.ToString(), Not(HasSubstr("Sok"))) << bad.text;
  }
}

TEST(JsonMessageTest, MapsAndFractionsAreRefused) {
  google::protobuf::Struct map;
  EXPECT_EQ(ErrorReason(ToMessage(nlohmann::json{{"fields", {{"a", 1}}}}, map)), "VALUE_INVALID");
  google::protobuf::DoubleValue fraction;
  EXPECT_EQ(ErrorReason(ToMessage(nlohmann::json{{"value", 1.5}}, fraction)), "VALUE_INVALID");
}

TEST(JsonMessageTest, WholeNumbersMayBeTextsOrHaveAnEmptyFraction) {
  for (const char* const number : {"7", "7.0", "7e0", "\"7\""}) {
    const auto request = Read(absl::StrCat(R"({"facts": [{"base_revision": )", number, "}]}"));
    ASSERT_TRUE(request.ok()) << number;
    EXPECT_EQ(request->facts(0).base_revision(), 7U);
  }
}

}  // namespace
}  // namespace mlup::strict
