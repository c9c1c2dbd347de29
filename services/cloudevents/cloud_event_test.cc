// What leaves as a CloudEvent, and what is refused when it arrives.
#include "services/cloudevents/cloud_event.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"
#include "eventstore/payload/payload.h"
#include "io/cloudevents/v1/cloudevents.pb.h"
#include "mlup/cases/v1/case_events.pb.h"

namespace mlup::cloudevents {
namespace {

using nlohmann::json;
using testing::Contains;
using testing::HasSubstr;
using testing::Pair;

constexpr char kCase[] = "018f3c6e-0000-7000-8000-000000000001";
constexpr char kChild[] = "018f3c6e-0000-7000-8000-000000000002";

log::v1::Record Record(const google::protobuf::Message& event) {
  log::v1::Record record;
  record.set_position(42);
  record.set_stream(std::string("case/") + kCase);
  record.set_revision(3);
  record.mutable_recorded_at()->set_seconds(1'613'600'000);
  log::v1::Event& envelope = *record.mutable_event();
  envelope.set_event_id("018f3c6e-0000-7000-8000-000000000003");
  envelope.set_type(event.GetDescriptor()->full_name());
  envelope.set_schema_version(1);
  envelope.mutable_occurred()->set_precision(log::v1::PRECISION_DAY);
  envelope.mutable_occurred()->set_from("2021-02-17");
  envelope.mutable_occurred()->set_to("2021-02-17");
  envelope.mutable_actor()->set_actor_id("staff-sw-1");
  envelope.mutable_actor()->set_role("social_worker");
  envelope.set_sector(log::v1::SECTOR_CASE_MGMT);
  envelope.set_channel(log::v1::CHANNEL_TABLET);
  envelope.set_place("02");
  const auto parts = payload::Split(event);
  EXPECT_TRUE(parts.ok());
  envelope.set_common(parts->common);
  for (const payload::Part& part : parts->parts) {
    log::v1::SubjectPart& subject = *envelope.add_subjects();
    subject.set_subject_id(part.subject_id);
    subject.set_clear(part.clear);
    subject.set_sealed("sealed");
  }
  return record;
}

cases::v1::CaseClosed Closed() {
  cases::v1::CaseClosed closed;
  closed.mutable_child()->set_person_id(kChild);
  return closed;
}

CloudEvent Example() {
  const auto event = FromRecord(Record(Closed()));
  EXPECT_TRUE(event.ok()) << event.status();
  return *event;
}

TEST(CloudEventTest, AttributesComeFromTheEnvelope) {
  const json event = json::parse(ToStructuredJson(Example()));
  EXPECT_EQ(event["specversion"], "1.0");
  EXPECT_EQ(event["id"], "018f3c6e-0000-7000-8000-000000000003");
  EXPECT_EQ(event["source"], "/mro/case");
  EXPECT_EQ(event["type"], "org.mluprussey.cases.CaseClosed.v1");
  EXPECT_EQ(event["subject"], kCase);
  EXPECT_EQ(event["dataschema"], "urn:mlup:event:mlup.cases.v1.CaseClosed:1");
  EXPECT_EQ(event["datacontenttype"], "application/json");
  EXPECT_EQ(event["sequence"], "00000000000000000042");
  EXPECT_EQ(event["partitionkey"], kCase);
  EXPECT_EQ(event["recordedtime"], "2021-02-18T05:13:20+07:00");
  EXPECT_EQ(event["authtype"], "app_user");
  EXPECT_EQ(event["authrole"], "social_worker");
  EXPECT_EQ(event["dataclassification"], "confidential");
  EXPECT_EQ(event["sector"], "case_mgmt");
  EXPECT_EQ(event["place"], "02");
  EXPECT_EQ(event["data"]["child"]["person_id"], kChild);
}

TEST(CloudEventTest, WhereTheClockWasBehindItSaysWhatTheClockSaid) {
  EXPECT_FALSE(json::parse(ToStructuredJson(Example())).contains("clocktime"));
  log::v1::Record record = Record(Closed());
  record.mutable_clock_behind()->set_seconds(record.recorded_at().seconds() - 3600);
  EXPECT_EQ(json::parse(ToStructuredJson(*FromRecord(record)))["clocktime"],
            "2021-02-18T04:13:20+07:00");
}

TEST(CloudEventTest, NobodyIsNamed) {
  EXPECT_THAT(ToStructuredJson(Example()), testing::Not(HasSubstr("staff-sw-1")));
}

TEST(CloudEventTest, ADayIsItsFirstInstantInPhnomPenhAndSaysSo) {
  const CloudEvent event = Example();
  EXPECT_EQ(event.time, "2021-02-17T00:00:00+07:00");
  EXPECT_THAT(event.extensions, Contains(Pair("precision", Extension("day"))));
}

TEST(CloudEventTest, AnIntervalNamesItsLastDay) {
  log::v1::Record record = Record(Closed());
  record.mutable_event()->mutable_occurred()->set_precision(log::v1::PRECISION_INTERVAL);
  record.mutable_event()->mutable_occurred()->set_to("2021-03-31");
  EXPECT_THAT(FromRecord(record)->extensions,
              Contains(Pair("occurredto", Extension("2021-03-31"))));
}

TEST(CloudEventTest, WhatIsNotKnownHasNoTime) {
  log::v1::Record record = Record(Closed());
  record.mutable_event()->mutable_occurred()->Clear();
  record.mutable_event()->mutable_occurred()->set_precision(log::v1::PRECISION_UNKNOWN);
  const CloudEvent event = *FromRecord(record);
  EXPECT_EQ(event.time, "");
  EXPECT_THAT(event.extensions, Contains(Pair("precision", Extension("unknown"))));
}

TEST(CloudEventTest, AnInstantKeepsItsFraction) {
  log::v1::Record record = Record(Closed());
  auto& instant = *record.mutable_event()->mutable_occurred()->mutable_instant();
  instant.set_seconds(1'613'525'400);
  instant.set_nanos(250'000'000);
  EXPECT_EQ(FromRecord(record)->time, "2021-02-17T08:30:00.25+07:00");
}

TEST(CloudEventTest, AnEventTypeWeDoNotKnowIsAnError) {
  log::v1::Record record = Record(Closed());
  record.mutable_event()->set_type("mlup.cases.v1.Unheard");
  EXPECT_EQ(ErrorReason(FromRecord(record).status()), "EVENT_TYPE_UNKNOWN");
}

TEST(CloudEventTest, TypesOfOurOwnKeepTheirArea) {
  EXPECT_EQ(TypeName("mlup.common.v1.EntryVoided", 2), "org.mluprussey.common.EntryVoided.v2");
  EXPECT_EQ(TypeName("mlup.webhooks.v1.Ping", 1), "org.mluprussey.webhooks.Ping.v1");
}

TEST(CloudEventTest, SequencesSortAsPositionsDo) {
  EXPECT_LT(Sequence({9}), Sequence({10}));
  EXPECT_EQ(Sequence({18446744073709551615U}).size(), 20U);
}

TEST(CloudEventTest, ParsingGivesBackWhatWasWritten) {
  CloudEvent event = Example();
  EXPECT_EQ(*ParseStructuredJson(ToStructuredJson(event)), event);
  event.data = R"({"note":"ឧទាហរណ៍ ឴"})";
  event.extensions["flag"] = true;
  event.extensions["level"] = -7;
  EXPECT_EQ(*ParseStructuredJson(ToStructuredJson(event)), event);
  event.datacontenttype = "application/octet-stream";
  event.data = std::string("\0\xFF", 2);
  EXPECT_EQ(*ParseStructuredJson(ToStructuredJson(event)), event);
}

TEST(CloudEventTest, ABatchIsAnArray) {
  const std::vector<CloudEvent> events(3, Example());
  EXPECT_EQ(json::parse(ToBatchJson(events)).size(), 3U);
  EXPECT_EQ(ToBatchJson({}), "[]");
}

TEST(CloudEventTest, BinaryModePutsAttributesInHeaders) {
  CloudEvent event = Example();
  event.extensions["remark"] = "ខ 1%";
  const HttpMessage message = ToBinaryHttp(event);
  EXPECT_THAT(message.headers, Contains(Pair("ce-specversion", "1.0")));
  EXPECT_THAT(message.headers, Contains(Pair("ce-id", event.id)));
  EXPECT_THAT(message.headers, Contains(Pair("content-type", "application/json")));
  EXPECT_THAT(message.headers, Contains(Pair("ce-remark", "%E1%9E%81%201%25")));
  EXPECT_EQ(message.body, *event.data);
}

TEST(CloudEventTest, TheProtobufFormatTypesItsAttributes) {
  io::cloudevents::v1::CloudEvent message;
  ASSERT_TRUE(message.ParseFromString(ToProtobuf(Example())));
  EXPECT_EQ(message.spec_version(), "1.0");
  EXPECT_EQ(message.attributes().at("time").ce_timestamp().seconds(), 1'613'494'800);
  EXPECT_TRUE(message.attributes().at("dataschema").has_ce_uri());
  EXPECT_EQ(message.attributes().at("sequence").ce_string(), "00000000000000000042");
  EXPECT_EQ(message.text_data(), *Example().data);
}

struct Refusal {
  const char* text;
  const char* reason;
  const char* field;
};

TEST(CloudEventTest, WhatIsWrongIsRefusedAndNamed) {
  for (
      const Refusal& refusal : std::vector<Refusal>{
          {"", "CLOUD_EVENT_MALFORMED", ""},
          {"[]", "CLOUD_EVENT_MALFORMED", ""},
          {R"({"specversion":"1.0"} x)", "CLOUD_EVENT_MALFORMED", ""},
          {R"({"id":"1","source":"/a","type":"t"})", "ATTRIBUTE_REQUIRED", "specversion"},
          {R"({"specversion":"0.3","id":"1","source":"/a","type":"t"})", "SPECVERSION_UNKNOWN",
           "specversion"},
          {R"({"specversion":"1.0","id":"","source":"/a","type":"t"})", "ATTRIBUTE_INVALID", "id"},
          {R"({"specversion":"1.0","id":1,"source":"/a","type":"t"})", "ATTRIBUTE_INVALID", "id"},
          {R"({"specversion":"1.0","id":"1","source":"/a"})", "ATTRIBUTE_REQUIRED", "type"},
          {R"({"specversion":"1.0","id":"1","id":"2","source":"/a","type":"t"})",
           "CLOUD_EVENT_MALFORMED", "id"},
          {R"({"specversion":"1.0","id":"1","source":"/a","type":"t","data":{"n":1e400}})",
           "CLOUD_EVENT_MALFORMED", ""},
          {R"({"specversion":"1.0","id":"1","source":"/a","type":"t","data":{"n":{"m":1,"m":2}}})",
           "CLOUD_EVENT_MALFORMED", "data.n.m"},
          {R"({"specversion":"1.0","id":"1","source":"/a","type":"t","data_base64":"eyJhIjoxLCJhIjoyfQ=="})",
           "CLOUD_EVENT_MALFORMED", "data_base64.a"},
          {R"({"specversion":"1.0","id":"1","source":"/a","type":"t","time":"2021-02-17"})",
           "ATTRIBUTE_INVALID", "time"},
          {R"({"specversion":"1.0","id":"1","source":"/a","type":"t","Upper":"x"})",
           "CLOUD_EVENT_MALFORMED", ""},
          {R"({"specversion":"1.0","id":"1","source":"/a","type":"t","much":2147483648})",
           "ATTRIBUTE_INVALID", "much"},
          {R"({"specversion":"1.0","id":"1","source":"/a","type":"t","list":[]})",
           "ATTRIBUTE_INVALID", "list"},
          {R"({"specversion":"1.0","id":"1","source":"/a","type":"t","data":1,"data_base64":""})",
           "CLOUD_EVENT_MALFORMED", ""},
          {R"({"specversion":"1.0","id":"1","source":"/a","type":"t","data_base64":"!"})",
           "ATTRIBUTE_INVALID", "data_base64"},
          {R"({"specversion":"1.0","id":"1","source":"/a","type":"t",
               "datacontenttype":"text/plain","data":{}})",
           "ATTRIBUTE_INVALID", "data"},
      }) {
    const absl::Status status = ParseStructuredJson(refusal.text).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_EQ(ErrorReason(status), refusal.reason) << refusal.text;
    EXPECT_EQ(ErrorField(status), refusal.field) << refusal.text;
  }
}

TEST(CloudEventTest, DeepAndLongInputIsRefused) {
  const std::string deep(100'000, '[');
  EXPECT_EQ(ErrorReason(ParseStructuredJson(deep).status()), "CLOUD_EVENT_MALFORMED");
  const std::string inside =
      absl::StrCat(R"({"specversion":"1.0","id":"1","source":"/a","type":"t","data_base64":")",
                   absl::Base64Escape(deep), "\"}");
  EXPECT_EQ(ErrorReason(ParseStructuredJson(inside).status()), "CLOUD_EVENT_MALFORMED");
  EXPECT_EQ(ErrorField(ParseStructuredJson(inside).status()), "data_base64");
  EXPECT_EQ(ErrorReason(ParseStructuredJson(std::string(kHttpBodyBytesMax + 1, ' ')).status()),
            "CLOUD_EVENT_MALFORMED");
}

}  // namespace
}  // namespace mlup::cloudevents
