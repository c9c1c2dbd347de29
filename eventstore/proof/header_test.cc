// The bytes of a header, held to a vector that eventstore/proof/README.md shows.
#include "eventstore/proof/header.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include <gtest/gtest.h>

#include "eventstore/proof/bytes.h"
#include "eventstore/proof/sparse_map.h"

namespace mlup::proof {
namespace {

std::string HexOf(std::string_view bytes) { return absl::BytesToHexString(ToAbsl(bytes)); }
std::string HexOf(const Hash& hash) { return HexOf(AsText(hash)); }

constexpr char kSubject[] = "018f3c6e-0000-7000-8000-000000000001";

// The event of the README.
log::v1::Record Example() {
  log::v1::Record record;
  record.set_position(5);
  record.set_stream(absl::StrCat("person/", kSubject));
  record.set_revision(2);
  record.mutable_recorded_at()->set_seconds(1'700'000'000);
  record.mutable_recorded_at()->set_nanos(250'000'000);
  record.mutable_clock_behind()->set_seconds(1'699'996'400);
  record.set_append_first_position(4);
  record.set_append_event_count(2);
  record.set_request_digest("digest");
  log::v1::Event& event = *record.mutable_event();
  event.set_event_id("018f3c6e-0000-7000-8000-000000000002");
  event.set_type("mlup.test.v1.Noted");
  event.set_schema_version(1);
  event.mutable_occurred()->set_precision(log::v1::PRECISION_DAY);
  event.mutable_occurred()->set_from("2021-02-17");
  event.mutable_occurred()->set_to("2021-02-17");
  event.mutable_source_recorded_at()->set_seconds(-1);
  event.mutable_actor()->set_actor_id("staff-sw-1");
  event.mutable_actor()->set_role("social_worker");
  event.mutable_actor()->set_organisation_id("mro");
  event.set_channel(log::v1::CHANNEL_TABLET);
  event.set_device("tablet-07");
  event.set_request_id("r-1");
  event.set_reason("planned_visit");
  event.set_sensitivity(log::v1::SENSITIVITY_NORMAL);
  event.set_sector(log::v1::SECTOR_CASE_MGMT);
  event.set_place("0204");
  event.set_source_id("14");
  event.set_recorded_by("staff-mel-1");
  event.set_common("common");
  log::v1::SubjectPart& part = *event.add_subjects();
  part.set_subject_id(kSubject);
  part.set_salt("0123456789abcdef");
  part.set_clear("clear");
  part.set_sealed("sealed");
  return record;
}

Hash Previous() {
  Hash previous;
  previous.fill(0xaa);
  return previous;
}

TEST(HeaderTest, BytesAreThoseOfTheReadme) {
  EXPECT_EQ(HexOf(MakeHeader(Example(), Previous())),
            "6d6c757045564831"
            "0000000000000005"
            "b6260ff0d5065458ca50c4df1b1aadd9a329ec792475b416d6d014276d9f7acc"
            "0000000000000002"
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            "000000006553f1000ee6b280"
            "01000000006553e2f000000000"
            "2430313866336336652d303030302d373030302d383030302d303030303030303030303032"
            "00126d6c75702e746573742e76312e4e6f746564"
            "00000001"
            "020a323032312d30322d31370a323032312d30322d313700"
            "01ffffffffffffffff00000000"
            "0a73746166662d73772d310d736f6369616c5f776f726b6572036d726f00"
            "01097461626c65742d303703722d3100000d706c616e6e65645f7669736974"
            "01020430323034000231340b73746166662d6d656c2d31"
            "00000000000000040000000206646967657374"
            "92a5dc04bd6f9fb8f29f8066fed8a5c1e81bc59ad48a11283b63736867e4f2a8"
            "0001bbb1c788fe0d4749cc7e5318a1e7c4aa2598bb3136fd8e9fc754a6aa21838858");
  EXPECT_EQ(HexOf(Sha256(MakeHeader(Example(), Previous()))),
            "d507c9e78568a99f6165aa5f87aadcd6b9abae8959faa734e7e5a95f91c17c77");
  EXPECT_EQ(HexOf(PartDigest(Example().event().subjects(0))),
            "bbb1c788fe0d4749cc7e5318a1e7c4aa2598bb3136fd8e9fc754a6aa21838858");
}

TEST(HeaderTest, KeysAndLeavesOfTheMap) {
  EXPECT_EQ(HexOf(StreamKey(Example().stream())),
            "79fa5d1b18c89e3ee61dadcfaaea2b2449d6ad6a18d08b9aba20c7bf8aff0a84");
  EXPECT_EQ(HexOf(SubjectKey(kSubject)),
            "0e20d3e325cb1c3781821f49792e78270d7e2af67953c12899d529905d43e11e");
  const MapLeaf leaf{2, Previous()};
  EXPECT_EQ(HexOf(leaf.Value()),
            "9880702985035d24fe7a2b57c01465b1372b2df35c35c018711cc8c75409c6ea");
  const MapLeaf extended = Extend(leaf, Sha256("header"));
  EXPECT_EQ(extended.count, 3u);
  EXPECT_EQ(HexOf(extended.head),
            "49222e65924ae317c33898cf6206765ed15ee476725a9b4e80959343bb8b4429");
  SparseMap map;
  map.Set(StreamKey(Example().stream()), leaf.Value());
  EXPECT_EQ(HexOf(map.Root()), "b8cab856d38ba721fa27edceb8847c16e2f442ccbf9841294faf12a6f56f123e");
}

TEST(HeaderTest, ReadsWhatItWrote) {
  const auto header = ParseHeader(MakeHeader(Example(), Previous()));
  ASSERT_TRUE(header.ok()) << header.status();
  EXPECT_EQ(header->position, Position{5});
  EXPECT_EQ(header->stream, StreamDigest(Example().stream()));
  EXPECT_EQ(header->revision, Revision{2});
  EXPECT_EQ(header->previous, Previous());
  EXPECT_EQ(header->recorded_at, absl::FromUnixMillis(1'700'000'000'250));
  EXPECT_EQ(header->clock_behind, absl::FromUnixSeconds(1'699'996'400));
  EXPECT_EQ(header->event_id, Example().event().event_id());
  EXPECT_EQ(header->type, "mlup.test.v1.Noted");
  EXPECT_EQ(header->schema_version, 1u);
  EXPECT_EQ(header->occurred.SerializeAsString(), Example().event().occurred().SerializeAsString());
  EXPECT_EQ(header->source_recorded_at, absl::FromUnixSeconds(-1));
  EXPECT_EQ(header->actor.SerializeAsString(), Example().event().actor().SerializeAsString());
  EXPECT_EQ(header->reason, "planned_visit");
  EXPECT_EQ(header->place, "0204");
  EXPECT_EQ(header->recorded_by, "staff-mel-1");
  EXPECT_EQ(header->common, Sha256("common"));
  ASSERT_EQ(header->parts.size(), 1u);
  EXPECT_EQ(header->parts[0], PartDigest(Example().event().subjects(0)));
}

TEST(HeaderTest, EveryByteCounts) {
  const std::string bytes = MakeHeader(Example(), Previous());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(ErrorReason(ParseHeader(bytes.substr(0, size)).status()), "HEADER_MALFORMED") << size;
  }
  EXPECT_EQ(ErrorReason(ParseHeader(bytes + '\0').status()), "HEADER_MALFORMED");
  EXPECT_EQ(ErrorReason(ParseHeader(absl::StrReplaceAll(bytes, {{"EVH1", "EVH2"}})).status()),
            "HEADER_MALFORMED");
  // A second of 10⁹ nanoseconds: those of recorded_at end before the clock's time.
  std::string late = bytes;
  late.replace(96, 4, absl::HexStringToBytes("3b9aca00"));
  EXPECT_EQ(ErrorReason(ParseHeader(late).status()), "HEADER_MALFORMED");
  late.replace(96, 4, absl::HexStringToBytes("3b9ac9ff"));
  EXPECT_TRUE(ParseHeader(late).ok());
}

// Every field that the header holds changes it.
TEST(HeaderTest, CommitsToEveryFieldOfTheRecord) {
  const Hash hash = Sha256(MakeHeader(Example(), Previous()));
  const auto changed = [&](const auto& change) {
    log::v1::Record record = Example();
    change(record, *record.mutable_event());
    return Sha256(MakeHeader(record, Previous())) != hash;
  };
  using R = log::v1::Record;
  using E = log::v1::Event;
  EXPECT_TRUE(changed([](R& r, E&) { r.set_append_event_count(3); }));
  EXPECT_TRUE(changed([](R& r, E&) { r.set_append_first_position(5); }));
  EXPECT_TRUE(changed([](R& r, E&) { r.mutable_recorded_at()->set_nanos(1); }));
  EXPECT_TRUE(changed([](R&, E& e) { e.mutable_occurred()->mutable_instant(); }));
  EXPECT_TRUE(changed([](R& r, E&) { r.clear_clock_behind(); }));
  EXPECT_TRUE(changed([](R&, E& e) { e.clear_source_recorded_at(); }));
  EXPECT_TRUE(changed([](R&, E& e) { e.mutable_actor()->set_on_behalf_of("mro"); }));
  EXPECT_TRUE(changed([](R&, E& e) { e.set_channel(log::v1::CHANNEL_WEB); }));
  EXPECT_TRUE(changed([](R&, E& e) { e.set_correlation_id("x"); }));
  EXPECT_TRUE(changed([](R&, E& e) { e.set_causation_id("x"); }));
  EXPECT_TRUE(changed([](R&, E& e) { e.set_source_system("x"); }));
  EXPECT_TRUE(changed([](R&, E& e) { e.clear_recorded_by(); }));
  EXPECT_TRUE(changed([](R&, E& e) { e.set_sector(log::v1::SECTOR_CWN); }));
  EXPECT_TRUE(changed([](R&, E& e) { e.mutable_subjects(0)->set_salt("x"); }));
  EXPECT_TRUE(changed([](R&, E& e) { e.mutable_subjects(0)->set_subject_id("x"); }));
  EXPECT_TRUE(changed([](R&, E& e) { e.mutable_subjects(0)->set_sealed(""); }));
  EXPECT_TRUE(changed([](R&, E& e) { e.add_subjects(); }));
}

TEST(HeaderTest, WhatDoesNotFitIsRefusedByName) {
  ASSERT_TRUE(CheckHeader(Example()).ok());
  log::v1::Record record = Example();
  record.mutable_event()->set_device(std::string(256, 'x'));
  EXPECT_EQ(ErrorReason(CheckHeader(record)), "HEADER_UNFIT");
  EXPECT_EQ(ErrorField(CheckHeader(record)), "device");
  record.mutable_event()->set_device(std::string(255, 'x'));
  EXPECT_TRUE(CheckHeader(record).ok());
  record.mutable_event()->mutable_occurred()->mutable_instant()->set_nanos(-1);
  EXPECT_EQ(ErrorReason(CheckHeader(record)), "HEADER_UNFIT");
  record = Example();
  record.mutable_event()->set_sector(static_cast<log::v1::Sector>(256));
  EXPECT_EQ(ErrorReason(CheckHeader(record)), "HEADER_UNFIT");
}

}  // namespace
}  // namespace mlup::proof
