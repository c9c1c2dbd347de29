// Splitting an event by data subject and putting it together again.
#include "eventstore/payload/payload.h"

#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "eventstore/payload/event_types.h"
#include "mlup/cases/v1/case_events.pb.h"
#include "mlup/cases/v1/person_events.pb.h"
#include "mlup/donations/v1/donation_events.pb.h"

namespace mlup::payload {
namespace {

constexpr char kA[] = "0190a000-0000-7000-8000-00000000000a";
constexpr char kB[] = "0190a000-0000-7000-8000-00000000000b";

log::v1::Event Stored(const google::protobuf::Message& event, const Payload& payload) {
  log::v1::Event stored;
  stored.set_type(event.GetTypeName());
  stored.set_common(payload.common);
  for (const Part& part : payload.parts) {
    auto* subject = stored.add_subjects();
    subject->set_subject_id(part.subject_id);
    subject->set_clear(part.clear);
  }
  return stored;
}

TEST(PayloadTest, ClearFieldsComeBackAndPersonalOnesOnlyWhenOpened) {
  cases::v1::PersonRegistered event;
  event.mutable_person()->set_person_id(kA);
  event.mutable_person()->set_sex(cases::v1::SEX_FEMALE);
  event.mutable_person()->set_name_km("ស្រីពៅ");
  event.mutable_person()->add_aliases("pov");
  const auto payload = Split(event);
  ASSERT_TRUE(payload.ok());
  ASSERT_EQ(payload->parts.size(), 1u);
  EXPECT_TRUE(payload->common.empty());
  EXPECT_EQ(payload->parts[0].clear.find("ស្រីពៅ"), std::string::npos);

  auto joined = JoinClear(Stored(event, *payload));
  ASSERT_TRUE(joined.ok());
  const auto& clear = dynamic_cast<const cases::v1::PersonRegistered&>(**joined);
  EXPECT_EQ(clear.person().sex(), cases::v1::SEX_FEMALE);
  EXPECT_TRUE(clear.person().name_km().empty());

  ASSERT_TRUE(MergePersonal(**joined, kA, payload->parts[0].personal).ok());
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(**joined, event));
}

TEST(PayloadTest, EachSubjectHasOnePartAndNoneHoldsAnother) {
  donations::v1::ItemsDistributed event;
  event.set_purpose(donations::v1::ITEMS_PURPOSE_FOOD);
  event.mutable_recipient()->set_person_id(kA);
  event.mutable_recipient()->set_received_by("signature");
  event.add_beneficiaries()->set_person_id(kB);
  event.add_beneficiaries()->set_person_id(kA);
  const auto payload = Split(event);
  ASSERT_TRUE(payload.ok());
  ASSERT_EQ(payload->parts.size(), 2u);
  EXPECT_EQ(payload->parts[0].subject_id, kA);
  EXPECT_EQ(payload->parts[0].clear.find(kB), std::string::npos);
  EXPECT_EQ(payload->parts[1].clear.find(kA), std::string::npos);
  EXPECT_TRUE(payload->parts[1].personal.empty());
  EXPECT_EQ(payload->common.find(kA), std::string::npos);

  auto joined = JoinClear(Stored(event, *payload));
  ASSERT_TRUE(joined.ok());
  ASSERT_TRUE(MergePersonal(**joined, kA, payload->parts[0].personal).ok());
  const auto& whole = dynamic_cast<const donations::v1::ItemsDistributed&>(**joined);
  EXPECT_EQ(whole.recipient().received_by(), "signature");
  EXPECT_EQ(whole.beneficiaries_size(), 2);
}

// Sub-messages come back in the order of their subjects, which a path of a correction counts.
TEST(PayloadTest, AClearCopyIsWhatComesBack) {
  donations::v1::ItemsDistributed event;
  event.set_purpose(donations::v1::ITEMS_PURPOSE_FOOD);
  event.mutable_recipient()->set_person_id(kB);
  event.mutable_recipient()->set_received_by("signature");
  for (const char* const person : {kA, kB, kA}) event.add_beneficiaries()->set_person_id(person);
  const auto copy = ClearCopy(event);
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(
      **JoinClear(Stored(event, *Split(event))), *copy));
  const auto& clear = dynamic_cast<const donations::v1::ItemsDistributed&>(*copy);
  EXPECT_EQ(clear.beneficiaries(0).person_id(), kB);
  EXPECT_EQ(clear.beneficiaries(2).person_id(), kA);
  EXPECT_EQ(clear.recipient().received_by(), "");
}

TEST(PayloadTest, SubMessageWithoutItsPersonIsRefused) {
  cases::v1::IncidentReported event;
  event.add_children();
  EXPECT_EQ(ErrorReason(Split(event).status()), "SUBJECT_MISSING");
}

TEST(PayloadTest, UnknownTypeAndDamagedBytesAreTold) {
  log::v1::Event event;
  event.set_type("mlup.cases.v1.NoSuchEvent");
  EXPECT_EQ(ErrorReason(JoinClear(event).status()), "EVENT_TYPE_UNKNOWN");
  event.set_type("mlup.cases.v1.CaseClosed");
  event.set_common("\xff\xff\xff");
  EXPECT_EQ(ErrorReason(JoinClear(event).status()), "PAYLOAD_DAMAGED");
}

TEST(PayloadTest, EveryEventTypeStatesItsStreams) {
  EXPECT_GT(EventTypes().size(), 60u);
  for (const auto* type : EventTypes()) EXPECT_EQ(FindEventType(type->full_name()), type);
}

TEST(PayloadTest, WhatIsReadableStandsWhereItsTypeDoes) {
  const auto check = [](std::string type, std::string common, std::string_view stream) {
    log::v1::Event event;
    event.set_type(std::move(type));
    event.set_common(std::move(common));
    const absl::Status checked = CheckReadable(event, stream);
    return checked.ok() ? std::string() : ErrorReason(checked) + " " + ErrorField(checked);
  };
  const std::string noted = "mlup.cases.v1.NoteRecorded";
  const std::string case_stream = "case/018f3c6e-0000-7000-8000-000000000001";
  EXPECT_EQ(check(noted, "", case_stream), "");
  EXPECT_EQ(check(noted, "", "ext/oscar"), "");
  // Of a newer release, which this one reads as far as it knows it.
  EXPECT_EQ(check(noted, std::string("\xfa\x01\x02hi", 5), case_stream), "");
  EXPECT_EQ(check(noted, "\x78", case_stream), "PAYLOAD_UNREADABLE common");
  EXPECT_EQ(check(noted, "\xff\xff", case_stream), "PAYLOAD_UNREADABLE common");
  EXPECT_EQ(check(noted, "", "store/018f3c6e-0000-7000-8000-000000000001"), "STREAM_CATEGORY type");
  EXPECT_EQ(check("mlup.cases.v1.PersonTeleported", "", case_stream), "EVENT_TYPE_UNKNOWN type");
  EXPECT_EQ(check("", "", case_stream), "EVENT_TYPE_UNKNOWN type");
  EXPECT_EQ(check("mlup.log.v1.MapRootRecorded", "", "system/map"), "EVENT_TYPE_UNKNOWN type");
  EXPECT_EQ(check("mlup.ext.v1.ExternalEvent", "", case_stream), "STREAM_CATEGORY type");
  EXPECT_EQ(check("mlup.audit.v1.RecordAccessed", "", case_stream), "STREAM_CATEGORY type");
}

}  // namespace
}  // namespace mlup::payload
