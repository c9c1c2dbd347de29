// Feeds over a log in memory: who gets what, as of when, and what follows what was received.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eventstore/base/days.h"
#include "eventstore/payload/payload.h"
#include "mlup/donations/v1/donation_events.pb.h"
#include "services/sharing/sharing_test_world.h"

namespace mlup::sharing {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::vector<std::uint64_t> Positions(const std::vector<log::v1::Record>& records) {
  std::vector<std::uint64_t> positions;
  positions.reserve(records.size());
  for (const log::v1::Record& record : records) positions.push_back(record.position());
  return positions;
}

class FeedTest : public testing::Test {
 protected:
  std::vector<std::uint64_t> Seen(Feed& feed) { return Positions(world_.Drain(feed)); }
  std::vector<std::uint64_t> SeenBy(std::string_view subscriber) {
    return Seen(*world_.Open(subscriber));
  }

  TestWorld world_{kTwoSubscribers};
};

TEST_F(FeedTest, NothingOfAChildIsSeenWithoutConsent) {
  world_.Register(1);
  world_.OpenCase(11, 1);
  world_.Serve(11);
  EXPECT_THAT(SeenBy("ministry"), IsEmpty());
  EXPECT_THAT(SeenBy("own"), ElementsAre(1, 2, 3));
  EXPECT_EQ(world_.OutcomeOf("ministry", {2}), Outcome::kConsentMissing);
  EXPECT_EQ(world_.sharing().ledger().totals("ministry").received, 0u);
  EXPECT_EQ(world_.sharing().ledger().totals("ministry").latest[6], 3u);
}

TEST_F(FeedTest, ConsentOpensWhatWasRecordedBefore) {
  world_.Register(1);
  world_.OpenCase(11, 1);
  world_.Consent(1);
  EXPECT_THAT(SeenBy("ministry"), ElementsAre(1, 2, 3));
}

TEST_F(FeedTest, ConsentForAnotherPurposeOpensNothing) {
  world_.Register(1);
  world_.Consent(1, true, "", cases::v1::CONSENT_PURPOSE_RESEARCH);
  EXPECT_THAT(SeenBy("ministry"), IsEmpty());
}

TEST_F(FeedTest, ConsentEndsWithItsLastDay) {
  world_.Register(1);
  world_.Consent(1, true, FormatDay(DayOf(world_.log().clock().Now())));
  EXPECT_THAT(SeenBy("ministry"), ElementsAre(1, 2));
  world_.log().clock().Advance(absl::Hours(24));
  EXPECT_THAT(SeenBy("ministry"), IsEmpty());
}

TEST_F(FeedTest, AWithdrawalTakesEffectWhileTheSubscriberIsConnected) {
  world_.Register(1);
  world_.Consent(1);
  world_.OpenCase(11, 1);
  const auto feed = world_.Open("ministry");
  EXPECT_THAT(Seen(*feed), ElementsAre(1, 2, 3));
  world_.Consent(1, false);
  world_.Serve(11);
  EXPECT_THAT(Seen(*feed), IsEmpty());
}

TEST_F(FeedTest, AConsentThatIsWithdrawnByItsOwnFactIsARefusalUntilThatIsVoided) {
  world_.Register(1);
  const Position withdrawn = world_.Withdraw(1, world_.Consent(1));
  EXPECT_THAT(SeenBy("ministry"), IsEmpty());
  world_.Void(PersonStream(1), withdrawn);
  EXPECT_THAT(SeenBy("ministry"), Not(IsEmpty()));
}

TEST_F(FeedTest, TheVoidOfAnEventThatWasReceivedComesAfterTheWithdrawalAndTellsNothingElse) {
  world_.Register(1);
  world_.Consent(1);
  world_.OpenCase(11, 1);
  const Position service = world_.Serve(11);
  const auto feed = world_.Open("ministry");
  EXPECT_THAT(Seen(*feed), ElementsAre(1, 2, 3, 4));
  world_.Consent(1, false);
  const Position later = world_.Serve(11);
  const Position void_of_later = world_.Void(CaseStream(11), later);
  const Position void_of_seen = world_.Void(CaseStream(11), service);
  const std::vector<log::v1::Record> records = world_.Drain(*feed);
  ASSERT_THAT(Positions(records), ElementsAre(void_of_seen.value));
  EXPECT_EQ(world_.OutcomeOf("ministry", void_of_later), Outcome::kUndecided);
  EXPECT_EQ(world_.OutcomeOf("ministry", void_of_seen), Outcome::kReference);
  const log::v1::Event& event = records[0].event();
  EXPECT_FALSE(event.has_actor());
  EXPECT_FALSE(event.has_occurred());
  EXPECT_EQ(event.reason(), "");
  const auto message = *payload::JoinClear(event);
  const auto& voided = dynamic_cast<const common::v1::EntryVoided&>(*message);
  EXPECT_EQ(voided.voids_event_id(), world_.log().id_of(service));
  EXPECT_EQ(voided.reason(), "");
}

TEST_F(FeedTest, WhatWasReceivedIsKnownAfterARestart) {
  world_.Register(1);
  world_.Consent(1);
  const Position opened = world_.OpenCase(11, 1);
  EXPECT_THAT(SeenBy("ministry"), ElementsAre(1, 2, 3));
  world_.Consent(1, false);
  world_.Restart();
  const Position voided = world_.Void(CaseStream(11), opened);
  EXPECT_THAT(Seen(*world_.Open("ministry", {3})), ElementsAre(voided.value));
  EXPECT_EQ(world_.sharing().ledger().totals("ministry").received, 4u);
}

TEST_F(FeedTest, WhoResumesWithoutALedgerIsTakenToHaveWhatItMaySee) {
  world_.Register(1);
  world_.Consent(1);
  const Position opened = world_.OpenCase(11, 1);
  world_.Register(2);
  EXPECT_THAT(SeenBy("ministry"), ElementsAre(1, 2, 3));
  world_.LoseLedger();
  const Position voided = world_.Void(CaseStream(11), opened);
  EXPECT_THAT(Seen(*world_.Open("ministry", {4})), ElementsAre(voided.value));
  // Who says nothing has nothing.
  world_.LoseLedger();
  log::v1::SubscribeRequest request;
  request.set_from_end(true);
  const auto feed = *world_.sharing().feeds().Open("ministry", request);
  EXPECT_THAT(Seen(*feed), IsEmpty());
  EXPECT_EQ(world_.sharing().ledger().totals("ministry").received, 0u);
}

TEST_F(FeedTest, AVoidOfTheConsentWithdrawsIt) {
  world_.Register(1);
  const Position consent = world_.Consent(1);
  world_.Void(PersonStream(1), consent);
  EXPECT_THAT(SeenBy("ministry"), IsEmpty());
}

TEST_F(FeedTest, ACorrectedConsentCountsAsCorrected) {
  world_.Register(1);
  const Position consent = world_.Consent(1, false);
  common::v1::DetailsCorrected event;
  event.set_corrects_event_id(world_.log().id_of(consent));
  auto* person = event.add_persons();
  person->set_person_id(TestId(1));
  auto* change = person->add_changes();
  change->set_field("person.decision");
  change->set_old_value("\"CONSENT_DECISION_REFUSED\"");
  change->set_new_value("\"CONSENT_DECISION_GIVEN\"");
  event.set_reason("misread");
  world_.log().Append(PersonStream(1), event);
  // The correction itself follows the consent that it corrects.
  EXPECT_THAT(SeenBy("ministry"), ElementsAre(1, 2, 3));
}

TEST_F(FeedTest, PartsOfPeopleWithoutConsentAreLeftOut) {
  world_.Register(1);
  world_.Register(2);
  world_.Consent(2);
  const Position incident = world_.Report(21, {1, 2});
  const std::vector<log::v1::Record> records = world_.Drain(*world_.Open("ministry"));
  ASSERT_THAT(Positions(records), ElementsAre(2, 3, incident.value));
  const log::v1::Event& event = records[2].event();
  ASSERT_EQ(event.subjects_size(), 1);
  EXPECT_EQ(event.subjects(0).subject_id(), TestId(2));
  EXPECT_EQ(event.subjects(0).sealed(), "");
  EXPECT_EQ(event.subjects(0).salt(), "");
  EXPECT_THAT(records[2].SerializeAsString(), Not(HasSubstr(TestId(1))));
  EXPECT_EQ(world_.OutcomeOf("ministry", incident), Outcome::kDeliveredInPart);
}

TEST_F(FeedTest, WhoActedIsTheRoleAndTheOrganisationOnly) {
  world_.log().envelope().set_device("tablet-07");
  world_.log().envelope().set_request_id("request-1");
  world_.Register(1);
  const std::vector<log::v1::Record> records = world_.Drain(*world_.Open("own"));
  ASSERT_EQ(records.size(), 1u);
  const log::v1::Event& event = records[0].event();
  EXPECT_EQ(event.actor().actor_id(), "");
  EXPECT_NE(event.actor().role(), "");
  EXPECT_EQ(event.device(), "");
  EXPECT_EQ(event.request_id(), "");
  EXPECT_EQ(records[0].request_digest(), "");
  EXPECT_THAT(event.SerializeAsString(), Not(HasSubstr("sealed")));
}

TEST_F(FeedTest, WhatCameFromASystemIsNotSentBackToItButItHearsOfTheVoid) {
  world_.Register(1);
  world_.Consent(1);
  world_.log().envelope().set_source_system("primero");
  const Position theirs = world_.OpenCase(11, 1);
  world_.log().envelope().clear_source_system();
  EXPECT_THAT(SeenBy("ministry"), ElementsAre(1, 2));
  EXPECT_EQ(world_.OutcomeOf("ministry", theirs), Outcome::kEcho);
  world_.Consent(1, false);
  const Position voided = world_.Void(CaseStream(11), theirs);
  EXPECT_THAT(Seen(*world_.Open("ministry", theirs)), ElementsAre(voided.value));
}

TEST_F(FeedTest, TheSurvivorsConsentCountsForBothUntilTheyAreUnmerged) {
  world_.Register(1);
  world_.Register(2);
  world_.Consent(2);
  world_.OpenCase(11, 1);
  EXPECT_THAT(SeenBy("ministry"), ElementsAre(2, 3));
  const Position merge = world_.Merge(1, 2);
  EXPECT_THAT(SeenBy("ministry"), ElementsAre(1, 2, 3, 4, merge.value));
  world_.Unmerge(1, merge);
  EXPECT_THAT(SeenBy("ministry"), ElementsAre(2, 3, 5, 6));
}

TEST_F(FeedTest, OfMergedRecordsTheStricterCountsUntilTheSurvivorDecidesAgain) {
  world_.Register(1);
  world_.Register(2);
  world_.Consent(1, false);
  world_.Consent(2);
  world_.Merge(1, 2);
  EXPECT_THAT(SeenBy("ministry"), IsEmpty());
  world_.Consent(2);
  EXPECT_THAT(SeenBy("ministry"), ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST_F(FeedTest, AMergeAndItsUndoingFollowWhatWasReceivedOfTheRecordThatEnds) {
  world_.Register(1);
  world_.Consent(1);
  world_.Register(2);
  const auto feed = world_.Open("ministry");
  EXPECT_THAT(Seen(*feed), ElementsAre(1, 2));
  world_.Consent(1, false);
  const Position merge = world_.Merge(1, 2);
  const std::vector<log::v1::Record> merged = world_.Drain(*feed);
  ASSERT_THAT(Positions(merged), ElementsAre(merge.value));
  EXPECT_EQ(merged[0].event().subjects_size(), 2);
  const Position unmerge = world_.Unmerge(1, merge);
  EXPECT_THAT(Seen(*feed), ElementsAre(unmerge.value));
}

TEST_F(FeedTest, AnErasureFollowsWhateverWasReceivedOfThePerson) {
  world_.Register(1);
  world_.Consent(1);
  world_.Register(2);
  const auto feed = world_.Open("ministry");
  EXPECT_THAT(Seen(*feed), ElementsAre(1, 2));
  world_.Consent(1, false);
  const Position erased = world_.Erase(1);
  world_.Erase(2);
  const std::vector<log::v1::Record> records = world_.Drain(*feed);
  ASSERT_THAT(Positions(records), ElementsAre(erased.value));
  EXPECT_EQ(records[0].stream(), "erasure/" + TestId(1));
  EXPECT_EQ(world_.OutcomeOf("ministry", erased), Outcome::kReference);
  EXPECT_EQ(records[0].event().common(), "");
}

TEST_F(FeedTest, WhoeverAlsoHoldsSomethingOfAnErasedPersonIsNotTold) {
  world_.Register(1);
  const Position erased = world_.Erase(1);
  world_.Erase(2);
  const std::vector<log::v1::Record> records = world_.Drain(*world_.Open("own"));
  ASSERT_THAT(Positions(records), ElementsAre(1, erased.value));
  const auto joined = *payload::JoinClear(records[1].event());
  const auto& seen = dynamic_cast<const privacy::v1::PersonDataErased&>(*joined);
  EXPECT_EQ(seen.legal_ground(), "request_of_person");
  EXPECT_EQ(seen.key_ids_size(), 1);
  EXPECT_EQ(seen.subscribers_notified_size(), 0);
}

TEST_F(FeedTest, AnErasureFollowsWhatWasReceivedOfTheWholeHouseholdOrGroup) {
  for (const unsigned child : {1U, 2U}) {
    world_.Register(child);
    world_.OpenCase(10 + child, child);
  }
  cases::v1::CaseGroupFormed formed;
  formed.set_kind(cases::v1::CASE_GROUP_KIND_SIBLINGS);
  for (const unsigned number : {11U, 12U}) formed.add_case_ids(TestId(number));
  const Position group = world_.log().Append("case_group/" + TestId(31), formed);
  for (const unsigned child : {1U, 2U}) world_.Consent(child);
  log::v1::SubscribeRequest request;
  request.mutable_filter()->add_categories("case_group");
  const auto feed = *world_.sharing().feeds().Open("ministry", request);
  EXPECT_THAT(Seen(*feed), ElementsAre(group.value));
  const Position erased = world_.Erase(2);
  EXPECT_THAT(Seen(*feed), ElementsAre(erased.value));
}

TEST_F(FeedTest, TextsOfTheEnvelopeNameNobodyWithoutConsentAndNoEventThatMayNotBeSeen) {
  for (const unsigned child : {1U, 2U}) world_.Register(child);
  world_.Consent(2);
  const Position hidden = world_.Report(21, {1});
  log::v1::Event& envelope = world_.log().envelope();
  envelope.set_correlation_id("visit-to-" + TestId(1));
  envelope.set_causation_id(world_.log().id_of(hidden));
  envelope.set_source_id("CASE 00000000000070008000000000000001 OF 2021");
  const Position first = world_.Report(21, {2});
  envelope.set_correlation_id(world_.log().id_of(hidden));
  envelope.set_causation_id(world_.log().id_of(first));
  envelope.set_source_id(TestId(2));
  world_.Report(21, {2});
  // Its own id, and a cause on another stream.
  envelope.set_source_id(TestId(77));
  envelope.set_correlation_id(world_.log().id_of({7}));
  envelope.set_causation_id(world_.log().id_of(first));
  world_.Report(22, {2});

  const std::vector<log::v1::Record> records = world_.Drain(*world_.Open("ministry"));
  ASSERT_THAT(Positions(records), ElementsAre(2, 3, 5, 6, 7));
  EXPECT_EQ(records[2].event().correlation_id(), "");
  EXPECT_EQ(records[2].event().causation_id(), "");
  EXPECT_EQ(records[2].event().source_id(), "");
  EXPECT_EQ(records[3].event().correlation_id(), "");
  EXPECT_EQ(records[3].event().causation_id(), world_.log().id_of(first));
  EXPECT_EQ(records[3].event().source_id(), TestId(2));
  EXPECT_EQ(records[4].event().correlation_id(), world_.log().id_of({7}));
  EXPECT_EQ(records[4].event().causation_id(), world_.log().id_of(first));
  // Of something elsewhere.
  EXPECT_EQ(records[4].event().source_id(), TestId(77));

  // Who did not ask for the cause but may see it is told of it.
  log::v1::SubscribeRequest request;
  request.mutable_filter()->add_stream_prefixes("incident/" + TestId(22));
  world_.LoseLedger();
  const auto narrow = world_.Drain(**world_.sharing().feeds().Open("ministry", request));
  ASSERT_THAT(Positions(narrow), ElementsAre(7));
  EXPECT_EQ(narrow[0].event().causation_id(), world_.log().id_of(first));

  const std::vector<log::v1::Record> all = world_.Drain(*world_.Open("own"));
  EXPECT_EQ(all[4].event().correlation_id(), "visit-to-" + TestId(1));
  EXPECT_EQ(all[4].event().causation_id(), world_.log().id_of(hidden));
  EXPECT_NE(all[4].event().source_id(), "");
}

TEST_F(FeedTest, AccessRecordsAndTheLogsOwnEventsAreNeverSeen) {
  world_.log().AppendUnknown("system/checkpoints");
  world_.log().AppendUnknown("access/" + TestId(1));
  EXPECT_THAT(SeenBy("own"), IsEmpty());
}

TEST_F(FeedTest, TheRequestNarrowsWhatIsSeen) {
  world_.Register(1);
  world_.OpenCase(11, 1);
  log::v1::SubscribeRequest request;
  request.mutable_filter()->add_categories("case");
  const auto feed = *world_.sharing().feeds().Open("own", request);
  EXPECT_THAT(Seen(*feed), ElementsAre(2));
}

TEST_F(FeedTest, WhatWasNotAskedForIsToldOnlyWhereItFollowsWhatWasReceived) {
  world_.Register(1);
  const Position opened = world_.OpenCase(11, 1);
  const Position voided = world_.Void("case/" + TestId(11), opened);
  log::v1::SubscribeRequest other;
  other.mutable_filter()->add_stream_prefixes("ext/south");
  EXPECT_THAT(Seen(**world_.sharing().feeds().Open("own", other)), IsEmpty());
  log::v1::SubscribeRequest asked;
  asked.mutable_filter()->add_types("mlup.cases.v1.CaseOpened");
  EXPECT_THAT(Seen(**world_.sharing().feeds().Open("own", asked)),
              ElementsAre(opened.value, voided.value));
}

TEST_F(FeedTest, SingleRecordsAreDecidedInTheSameWay) {
  world_.Register(1);
  world_.Register(2);
  world_.Consent(2);
  std::vector<log::v1::Record> all;
  log::v1::ReadAllRequest request;
  request.set_direction(log::v1::DIRECTION_BACKWARD);
  const auto page = *world_.log().log().ReadAll(request);
  all.assign(page.records().begin(), page.records().end());
  EXPECT_THAT(Positions(*world_.sharing().feeds().Filter("ministry", all, request.direction())),
              ElementsAre(3, 2));
}

TEST_F(FeedTest, ATokenIsKnownByItsDigestOnly) {
  EXPECT_EQ(ErrorReason(world_.sharing().feeds().Authenticate("").status()), "TOKEN_UNKNOWN");
  EXPECT_EQ(ErrorReason(world_.sharing().feeds().Find("nobody").status()), "SUBSCRIBER_UNKNOWN");
  EXPECT_EQ(ErrorReason(world_.sharing().feeds().Open("nobody", {}).status()),
            "SUBSCRIBER_UNKNOWN");
}

TEST(ExpiredAgreementTest, TheFeedStopsAndSaysSo) {
  TestWorld world(R"(subscribers { subscriber_id: "own" organisation_id: "mro" purpose: "reporting"
      agreement { filter { type_prefixes: "mlup." } expires_on: "2000-12-31" } })");
  world.Register(1);
  EXPECT_EQ(ErrorReason(world.Open("own")->Next(absl::Seconds(1)).status()), "AGREEMENT_EXPIRED");
}

TEST(ExpiredAgreementTest, ItEndsUnderWhoeverIsConnectedWithItsLastDay) {
  TestWorld world(R"(subscribers { subscriber_id: "own" organisation_id: "mro" purpose: "reporting"
      agreement { filter { type_prefixes: "mlup." } expires_on: "2021-02-17" } })");
  world.Register(1);
  const auto feed = world.Open("own");
  EXPECT_EQ(world.Drain(*feed).size(), 1U);
  world.log().clock().Advance(absl::Hours(2));
  EXPECT_TRUE(feed->Next(absl::ZeroDuration()).ok());
  // Midnight in Phnom Penh, with and without something to deliver.
  world.log().clock().Advance(absl::Hours(1));
  EXPECT_EQ(ErrorReason(feed->Next(absl::ZeroDuration()).status()), "AGREEMENT_EXPIRED");
  world.Register(2);
  EXPECT_EQ(ErrorReason(feed->Next(absl::ZeroDuration()).status()), "AGREEMENT_EXPIRED");
  const auto page = *world.log().log().ReadAll({});
  const auto seen = world.sharing().feeds().Filter(
      "own", {page.records().begin(), page.records().end()}, log::v1::DIRECTION_FORWARD);
  EXPECT_EQ(ErrorReason(seen.status()), "AGREEMENT_EXPIRED");
  EXPECT_EQ(world.sharing().ledger().totals("own").received, 1U);
}

TEST(AgreementFieldsTest, OnlyFieldsOfTheAgreementLeave) {
  TestWorld world(R"(subscribers { subscriber_id: "own" organisation_id: "mro" purpose: "reporting"
      agreement { filter { categories: "case" }
                  fields { type: "mlup.cases.v1.CaseOpened" paths: "case_type" }
                  fields { type: "mlup.cases.v1.CaseOpened" paths: "child.person_id" } } })");
  world.OpenCase(11, 1);
  world.Serve(11);
  const auto records = world.Drain(*world.Open("own"));
  ASSERT_EQ(records.size(), 2u);
  const auto opened = *payload::JoinClear(records[0].event());
  EXPECT_THAT(opened->ShortDebugString(), HasSubstr("case_type"));
  EXPECT_THAT(opened->ShortDebugString(), HasSubstr(TestId(1)));
  EXPECT_THAT(opened->ShortDebugString(), Not(HasSubstr(TestId(900))));
  EXPECT_EQ(records[1].event().common(), "");
}

TEST(CorrectionOnASharedStreamTest, OfWhatConcernsAChildWithoutConsentOnlyTheReferenceIsTold) {
  TestWorld world(R"(subscribers {
    subscriber_id: "partner" organisation_id: "partner" purpose: "referrals"
    agreement {
      filter { type_prefixes: "mlup." } fields { type: "*" paths: "*" }
      consent: CONSENT_PURPOSE_SHARE_WITH_GOVERNMENT
    }
  })");
  for (const unsigned person : {1U, 2U}) {
    world.Register(person);
    world.Consent(person);
  }
  const std::string stream = "distribution/" + TestId(30);
  const auto give = [&](const std::vector<unsigned>& persons) {
    donations::v1::ItemsDistributed event;
    for (const unsigned person : persons) event.add_beneficiaries()->set_person_id(TestId(person));
    return world.log().Append(stream, event);
  };
  const Position of_one = give({1});
  const Position of_both = give({1, 2});
  const auto feed = world.Open("partner");
  EXPECT_THAT(Positions(world.Drain(*feed)), ElementsAre(1, 2, 3, 4, 5, 6));
  world.Consent(1, false);
  const Position void_of_one = world.Void(stream, of_one);
  const Position void_of_both = world.Void(stream, of_both);
  EXPECT_THAT(Positions(world.Drain(*feed)), ElementsAre(8, 9));
  EXPECT_EQ(world.OutcomeOf("partner", void_of_one), Outcome::kReference);
  EXPECT_EQ(world.OutcomeOf("partner", void_of_both), Outcome::kDelivered);
}

TEST(CorrectionFieldsTest, ACorrectionTellsNewValuesOfSharedFieldsOnly) {
  TestWorld world(R"(subscribers { subscriber_id: "own" organisation_id: "mro" purpose: "reporting"
      agreement { filter { categories: "case" }
                  fields { type: "mlup.cases.v1." paths: "case_type" }
                  fields { type: "mlup.common.v1.DetailsCorrected" paths: "*" } } })");
  const Position opened = world.OpenCase(11, 1);
  common::v1::DetailsCorrected event;
  event.set_corrects_event_id(world.log().id_of(opened));
  for (const std::string field : {"case_type", "owner_org_id"}) {
    auto* change = event.add_changes();
    change->set_field(field);
    change->set_new_value("\"new\"");
  }
  world.log().Append(CaseStream(11), event);
  const auto records = world.Drain(*world.Open("own"));
  ASSERT_EQ(records.size(), 2u);
  const auto joined = *payload::JoinClear(records[1].event());
  const auto& seen = dynamic_cast<const common::v1::DetailsCorrected&>(*joined);
  ASSERT_EQ(seen.changes_size(), 1);
  EXPECT_EQ(seen.changes(0).field(), "case_type");
}

TEST(SensitivityTest, SafeguardingStaysInsideUnlessTheAgreementCoversIt) {
  TestWorld world(R"(
      subscribers { subscriber_id: "own" organisation_id: "mro" purpose: "reporting"
        agreement { filter { type_prefixes: "mlup." } } }
      subscribers { subscriber_id: "unit" organisation_id: "mro" purpose: "safeguarding"
        agreement { filter { type_prefixes: "mlup." } sensitivity: SENSITIVITY_SAFEGUARDING } })");
  world.log().envelope().set_sensitivity(log::v1::SENSITIVITY_SAFEGUARDING);
  world.Register(1);
  EXPECT_THAT(world.Drain(*world.Open("own")), IsEmpty());
  EXPECT_EQ(world.Drain(*world.Open("unit")).size(), 1u);
}

}  // namespace
}  // namespace mlup::sharing
