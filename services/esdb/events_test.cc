// Events on their way in and out.
#include "services/esdb/events.h"

#include <limits>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <nlohmann/json.hpp>

#include "eventstore/base/limits.h"
#include "eventstore/log/timestamp.h"
#include "eventstore/payload/payload.h"
#include "mlup/cases/v1/person_events.pb.h"
#include "mlup/ext/v1/external_events.pb.h"
#include "services/esdb/faults.h"
#include "services/esdb/metadata.h"

namespace mlup::esdb {
namespace {

using pb::streams::AppendReq;
using testing::HasSubstr;
using testing::Not;

constexpr char kId[] = "018f3c6e-7d4b-7a01-8f3c-6e7d4b7a0001";
constexpr char kPerson[] = "0190a000-0000-7000-8000-00000000000a";

AppendReq::ProposedMessage Proposed(const std::string& type = "Paid") {
  AppendReq::ProposedMessage message;
  message.mutable_id()->set_string(kId);
  (*message.mutable_metadata())["type"] = type;
  (*message.mutable_metadata())["content-type"] = "application/json";
  message.set_data("{}");
  return message;
}

const Author kAuthor{"esdb", "mro", "till"};

log::v1::Record Recorded(const log::v1::Event& event, const std::string& stream) {
  log::v1::Record record;
  *record.mutable_event() = event;
  record.set_stream(stream);
  record.set_position(42);
  record.set_revision(3);
  *record.mutable_recorded_at() =
      log::ToTimestamp(absl::FromUnixSeconds(1'600'000'000) + absl::Nanoseconds(123'456'789));
  return record;
}

TEST(EventsTest, DataThatSaysItIsJsonComesThroughTheDoorForJson) {
  for (const std::string& data :
       {std::string(60'000, '['), std::string("{\"a\":1e400}"), std::string("{\"a\":1,\"a\":2}"),
        std::string("{\"a\":\"\xff\"}"), std::string("{"), std::string()}) {
    for (const char* const type : {"Paid", "$metadata"}) {
      AppendReq::ProposedMessage message = Proposed(type);
      message.set_data(data);
      const absl::Status status = ToEvent(message, kAuthor).status();
      EXPECT_TRUE(absl::IsInvalidArgument(status)) << type << " " << data.substr(0, 20) << status;
      EXPECT_EQ(ErrorField(status), "data");
    }
  }
  // However it is called: `$metadata` is read as JSON later.
  AppendReq::ProposedMessage list = Proposed("$metadata");
  (*list.mutable_metadata())["content-type"] = "application/octet-stream";
  list.set_data("[]");
  EXPECT_EQ(ErrorReason(ToEvent(list, kAuthor).status()), "METADATA_INVALID");
  // Metadata is any bytes and says nothing then.
  AppendReq::ProposedMessage ties = Proposed();
  ties.set_custom_metadata("{\"$correlationId\":\"c\",\"x\":" + std::string(60'000, '['));
  const auto event = ToEvent(ties, kAuthor);
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_EQ(event->correlation_id(), "");
}

TEST(EventsTest, MetadataThatGotInBeforeTheDoorIsNoMetadata) {
  ext::v1::ExternalEvent external;
  external.set_type(std::string(kMetadataType));
  external.set_data("{\"$tb\":3,\"x\":" + std::string(60'000, '['));
  log::v1::Record record;
  record.mutable_event()->set_common(external.SerializeAsString());
  const StreamMetadata metadata = ParseMetadata(record);
  EXPECT_EQ(metadata.json, "{}");
  EXPECT_EQ(WithTruncateBefore(metadata, 4), R"({"$tb":4})");
}

TEST(EventsTest, AnEventFromOutsideIsKeptWholeAndComesBack) {
  AppendReq::ProposedMessage message = Proposed();
  message.mutable_id()->set_string("018F3C6E-7D4B-7A01-8F3C-6E7D4B7A0001");
  (*message.mutable_metadata())["content-type"] = "application/octet-stream";
  message.set_data(std::string("\0\xff", 2));
  message.set_custom_metadata(R"({"$correlationId":"c-1","$causationId":"k-1","x":1})");
  const auto event = ToEvent(message, kAuthor);
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_EQ(event->event_id(), kId);
  EXPECT_EQ(event->type(), kExternalEventType);
  EXPECT_EQ(event->type(), ext::v1::ExternalEvent::descriptor()->full_name());
  EXPECT_EQ(event->actor().actor_id(), "esdb");
  EXPECT_EQ(event->source_system(), "till");
  EXPECT_EQ(event->correlation_id(), "c-1");
  EXPECT_EQ(event->causation_id(), "k-1");

  const auto back = ToRecorded(Recorded(*event, "ext/order-1"), UuidForm::kText);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->id().string(), kId);
  EXPECT_EQ(back->stream_identifier().stream_name(), "order-1");
  EXPECT_EQ(back->stream_revision(), 2u);
  EXPECT_EQ(back->commit_position(), 42u);
  EXPECT_EQ(back->prepare_position(), 42u);
  EXPECT_EQ(back->data(), message.data());
  EXPECT_EQ(back->custom_metadata(), message.custom_metadata());
  EXPECT_EQ(back->metadata().at("type"), "Paid");
  EXPECT_EQ(back->metadata().at("content-type"), "application/octet-stream");
  EXPECT_EQ(back->metadata().at("created"), "16000000001234567");
}

TEST(EventsTest, WhatIsMissingOrNotAllowedIsNamed) {
  AppendReq::ProposedMessage message = Proposed();
  message.mutable_metadata()->erase("content-type");
  EXPECT_EQ(ExceptionOf(ToEvent(message, kAuthor).status()), "missing-required-metadata-property");
  message = Proposed("");
  EXPECT_EQ(TrailersOf(ToEvent(message, kAuthor).status()).back().second, "type");
  EXPECT_EQ(ExceptionOf(ToEvent(Proposed("mlup.cases.v1.CaseClosed"), kAuthor).status()),
            "access-denied");
  EXPECT_EQ(ErrorReason(ToEvent(Proposed(std::string(kEsdbTypeMax + 1, 'a')), kAuthor).status()),
            "TEXT_INVALID");
  EXPECT_EQ(ErrorReason(ToEvent(Proposed("a\nb"), kAuthor).status()), "TEXT_INVALID");
  message = Proposed();
  message.mutable_id()->set_string("7");
  EXPECT_EQ(ErrorReason(ToEvent(message, kAuthor).status()), "EVENT_ID_INVALID");
  message = Proposed();
  message.set_data(std::string(kEsdbAppendBytesMax + 1, ' '));
  EXPECT_EQ(ExceptionOf(ToEvent(message, kAuthor).status()), "maximum-append-size-exceeded");
}

TEST(EventsTest, ADomainEventIsItsClearFieldsAndItsEnvelope) {
  cases::v1::PersonRegistered registered;
  registered.mutable_person()->set_person_id(kPerson);
  registered.mutable_person()->set_sex(cases::v1::SEX_FEMALE);
  registered.mutable_person()->set_name_km("canary");
  const auto payload = payload::Split(registered);
  ASSERT_TRUE(payload.ok());
  log::v1::Event event;
  event.set_event_id(kId);
  event.set_type(registered.GetTypeName());
  event.set_common(payload->common);
  auto& part = *event.add_subjects();
  part.set_subject_id(kPerson);
  part.set_clear(payload->parts[0].clear);
  // As if the seal had failed.
  part.set_sealed(payload->parts[0].personal);
  event.mutable_actor()->set_actor_id("staff-sw-1");
  event.set_correlation_id("work-7");
  event.set_request_id("r-1");

  const auto shown = ToRecorded(Recorded(event, absl::StrCat("person/", kPerson)), UuidForm::kText);
  ASSERT_TRUE(shown.ok()) << shown.status();
  EXPECT_EQ(shown->stream_identifier().stream_name(),
            "person-0190a0000000700080000000"
            "0000000a");
  EXPECT_EQ(shown->metadata().at("type"), "mlup.cases.v1.PersonRegistered");
  EXPECT_EQ(shown->metadata().at("content-type"), "application/json");
  EXPECT_THAT(shown->SerializeAsString(), Not(HasSubstr("canary")));
  EXPECT_EQ(
      nlohmann::json::parse(shown->data()),
      nlohmann::json::parse(
          R"({"person":{"person_id":"0190a000-0000-7000-8000-00000000000a","sex":"SEX_FEMALE"}})"));
  const auto metadata = nlohmann::json::parse(shown->custom_metadata());
  EXPECT_EQ(metadata["$correlationId"], "work-7");
  EXPECT_EQ(metadata["mlup"]["position"], 42);
  EXPECT_EQ(metadata["mlup"]["revision"], 3);
  EXPECT_EQ(metadata["mlup"]["actor"]["actor_id"], "staff-sw-1");
  EXPECT_EQ(metadata["mlup"]["recorded_at"], "2020-09-13T12:26:40.123456789+00:00");
  EXPECT_FALSE(metadata["mlup"].contains("subjects"));
  EXPECT_FALSE(metadata["mlup"].contains("request_id"));
}

TEST(EventsTest, ATypeOfALaterVersionComesAsBytes) {
  log::v1::Event event;
  event.set_event_id(kId);
  event.set_type("mlup.cases.v9.New");
  event.set_common("bytes");
  const auto shown = ToRecorded(Recorded(event, absl::StrCat("case/", kId)), UuidForm::kText);
  ASSERT_TRUE(shown.ok());
  EXPECT_EQ(shown->metadata().at("content-type"), "application/octet-stream");
  EXPECT_EQ(shown->data(), "bytes");
}

TEST(EventsTest, ATombstoneIsShownOnItsStream) {
  const auto record = Recorded(SystemEvent(kTombstoneType, "{}", kId, kAuthor), "ext/$$order-1");
  const Outline outline = OutlineOf(record);
  EXPECT_EQ(outline.stream, "order-1");
  EXPECT_EQ(outline.type, "$streamDeleted");
  EXPECT_EQ(outline.revision, static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
}

TEST(EventsTest, LinksNameRevisionAndStream) {
  const auto target = ParseLink("7@order@1-x");
  ASSERT_TRUE(target.ok());
  EXPECT_EQ(target->revision, 7u);
  EXPECT_EQ(target->stream, "order@1-x");
  for (const char* text : {"", "7", "@a", "x@a", "-1@a"})
    EXPECT_FALSE(ParseLink(text).ok()) << text;

  const auto record = Recorded(*ToEvent(Proposed(), kAuthor), "ext/order-1");
  const RecordedEvent link = VirtualLink("$ce-order", 9, record, UuidForm::kText);
  EXPECT_EQ(link.data(), "2@order-1");
  EXPECT_EQ(link.stream_revision(), 9u);
  EXPECT_EQ(link.metadata().at("type"), "$>");
  EXPECT_NE(link.id().string(), kId);
  EXPECT_EQ(link.id().string(), VirtualLink("$ce-order", 9, record, UuidForm::kText).id().string());
  EXPECT_NE(link.id().string(), VirtualLink("$et-Paid", 9, record, UuidForm::kText).id().string());
}

}  // namespace
}  // namespace mlup::esdb
