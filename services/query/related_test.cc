// What belongs together is told to who may read everything, and each of its children is on record.
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eventstore/base/days.h"
#include "services/query/dashboard_test_world.h"
#include "services/query/related_world.h"

namespace mlup::query::related_tests {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST_F(RelatedHistoryTest, AVisitIsToldOverAllItsChildrenAndEachIsOnRecord) {
  Register(kChild, "Sok Dara");     // 1
  Register(kSibling, "Sok Vanna");  // 2
  OpenCaseOf(10, kChild);           // 3
  OpenCaseOf(11, kSibling);         // 4
  Work("visit-7");
  const Position seen = NoteOf(10, kChild, "was at school");  // 5
  log_.envelope().set_causation_id(log_.id_of(seen));
  Work("");
  NoteOf(11, kSibling, "was not");  // 6: the effect, of the other child
  log_.envelope().clear_causation_id();
  NoteOf(11, kSibling, "something else");  // 7
  Void("case/" + TestId(11), {6});         // 8
  const auto response = Read(OfWork("visit-7"));
  EXPECT_THAT(Positions(response), ElementsAre(5, 6, 8));
  EXPECT_EQ(response.entries(1).caused_by(), 5u);
  EXPECT_EQ(response.entries(1).voided_by(), 8u);
  EXPECT_THAT(response.entries(0).persons(), ElementsAre(TestId(kChild)));
  EXPECT_THAT(response.entries(1).persons(), ElementsAre(TestId(kSibling)));
  EXPECT_THAT(response.persons(), ElementsAre(TestId(kChild), TestId(kSibling)));
  EXPECT_THAT(DetailsOf(response.entries(1)), testing::HasSubstr("was not"));
  EXPECT_EQ(response.subject(), "");
  for (const unsigned person : {kChild, kSibling}) {
    const auto accesses = Accesses(person);
    ASSERT_THAT(accesses, SizeIs(1));
    EXPECT_EQ(accesses[0].scope(), "person/" + TestId(person));
    EXPECT_EQ(accesses[0].through(), "correlation/visit-7");
    EXPECT_EQ(accesses[0].result(), audit::v1::ACCESS_RESULT_SERVED);
  }
  const auto questions = Questions("staff-cm-1");
  ASSERT_THAT(questions, SizeIs(1));
  EXPECT_EQ(questions[0].scope(), "");
  EXPECT_EQ(questions[0].through(), "correlation/visit-7");
  EXPECT_EQ(response.access_position(), 9u);
}

TEST_F(RelatedHistoryTest, WithoutARecordOfTheReadingNothingIsShown) {
  Work("visit-7");
  Register(kChild, "Sok Dara");
  broken_.broken = true;
  EXPECT_EQ(Refusal(OfWork("visit-7")), "DISK_GONE");
}

TEST_F(RelatedHistoryTest, AHouseholdAndAThingOfAnotherSystemAreTold) {
  Register(kChild, "Sok Dara");     // 1
  Register(kSibling, "Sok Vanna");  // 2
  Join(kChild);                     // 3
  Join(kSibling);                   // 4
  From("oscar", "12");
  OpenCase();  // 5
  GetCaseHistoryRequest household = Asking();
  household.set_household_id(TestId(kHousehold));
  EXPECT_THAT(Positions(Read(household)), ElementsAre(3, 4));
  EXPECT_EQ(Accesses(kSibling).back().through(), "household/" + TestId(kHousehold));
  GetCaseHistoryRequest source = Asking();
  source.set_source_system("oscar");
  source.set_source_id("12");
  EXPECT_THAT(Positions(Read(source)), ElementsAre(5));
  EXPECT_EQ(Accesses(kChild).back().through(), "source/oscar/12");
  EXPECT_THAT(Accesses(kSibling), SizeIs(1)) << "nothing of the sibling came from there";
}

TEST_F(RelatedHistoryTest, AVoidIsToldOfWhomItsTargetIsAbout) {
  Register(kChild, "Sok Dara");  // 1
  cases::v1::IncidentReported incident;
  incident.add_children()->set_person_id(TestId(kChild));
  const Position reported = log_.Append("incident/" + TestId(kIncident), incident);  // 2
  Work("clean-up");
  Void("incident/" + TestId(kIncident), reported);  // 3: names nobody
  const auto response = Read(OfWork("clean-up"));
  ASSERT_THAT(Positions(response), ElementsAre(3));
  EXPECT_EQ(response.entries(0).concerns(), reported.value);
  EXPECT_THAT(response.persons(), ElementsAre(TestId(kChild)));
}

TEST_F(RelatedHistoryTest, OnlyWhoMayReadEverythingMayAskAndARefusalIsOnRecord) {
  Work("visit-7");
  Register(kChild, "Sok Dara");
  Work("");
  const std::vector<std::array<std::string, 3>> refused = {
      {"staff-dir-1", "director", "RELATED_NOT_GRANTED"},
      {"staff-mel-1", "mel_officer", "RELATED_NOT_GRANTED"},
      {"staff-rd-1", "reader", "RELATED_NOT_GRANTED"},
      {"staff-tr-1", "trainer", "CALL_NOT_GRANTED"},
      {"staff-sw-1", "social_worker", "CALL_NOT_GRANTED"}};
  for (const auto& [actor, role, reason] : refused) {
    for (const char* work : {"visit-7", "visit-9"}) {
      EXPECT_EQ(Refusal(OfWork(work, actor, role)), reason) << role;
    }
    const auto questions = Questions(actor);
    ASSERT_THAT(questions, SizeIs(2)) << role;
    EXPECT_EQ(questions[0].result(), audit::v1::ACCESS_RESULT_REFUSED);
    EXPECT_EQ(questions[0].through(), "correlation/visit-7");
  }
  EXPECT_THAT(Accesses(kChild), IsEmpty());
}

TEST_F(RelatedHistoryTest, OneThingIsAskedForAndOnlyWhatSeveralChildrenHave) {
  EXPECT_EQ(Refusal(Asking()), "FIELD_REQUIRED");
  GetCaseHistoryRequest two = OfWork("visit-7");
  two.set_id(TestId(kChild));
  EXPECT_EQ(Refusal(two), "FIELD_EXCESS");
  GetCaseHistoryRequest half = Asking();
  half.set_source_id("12");
  EXPECT_EQ(Refusal(half), "FIELD_REQUIRED");
  GetCaseHistoryRequest states = OfWork("visit-7");
  states.set_with_states(true);
  EXPECT_EQ(Refusal(states), "FIELD_EXCESS");
  GetCaseHistoryRequest readings = OfWork("visit-7");
  readings.set_with_readings(true);
  EXPECT_EQ(Refusal(readings), "FIELD_EXCESS");
  GetCaseHistoryRequest lines = Asking();
  lines.set_source_system("oscar");
  lines.set_source_id("12\n4711 another line");
  EXPECT_EQ(Refusal(lines), "TEXT_INVALID");
  EXPECT_EQ(Refusal(OfWork("visit\t7")), "TEXT_INVALID");
}

TEST_F(RelatedHistoryTest, WhatIsNotThereAndWhatIsNotToldAnswerAlike) {
  Register(kSibling, "Sok Vanna");  // 1
  Work("visit-7");
  Concern("staff-cm-1");  // 2
  Work("");
  const auto nothing = Read(OfWork("visit-9"));
  auto hidden = Read(OfWork("visit-7"));
  EXPECT_THAT(hidden.entries(), IsEmpty());
  EXPECT_THAT(hidden.persons(), IsEmpty());
  EXPECT_EQ(hidden.total(), nothing.total());
  EXPECT_THAT(Accesses(kSibling), IsEmpty()) << "nothing was told of the child";
  const auto questions = Questions("staff-cm-1");
  ASSERT_THAT(questions, SizeIs(2));
  EXPECT_EQ(questions[0].result(), questions[1].result());
  EXPECT_THAT(Positions(Read(OfWork("visit-7", "staff-cm-2"))), ElementsAre(2));
}

TEST_F(RelatedHistoryTest, WhatIsWithheldIsInNoChildsPart) {
  Register(kChild, "Sok Dara");     // 1
  Register(kSibling, "Sok Vanna");  // 2
  Work("visit-7");
  NoteOf(10, kSibling, "unrelated");  // 3
  cases::v1::IncidentReported incident;
  incident.add_children()->set_person_id(TestId(kChild));
  incident.add_children()->set_person_id(TestId(kSibling));
  log_.Append("incident/" + TestId(kIncident), incident);  // 4
  Work("");
  Concern("staff-cm-1");  // 5, of the sibling only
  const auto response = Read(OfWork("visit-7"));
  ASSERT_THAT(Positions(response), ElementsAre(3));
  EXPECT_THAT(response.persons(), ElementsAre(TestId(kSibling)));
  EXPECT_THAT(Positions(Read(OfWork("visit-7", "staff-cm-2"))), ElementsAre(3, 4));
}

// What is withheld is no reason for what it caused to be there.
TEST_F(RelatedHistoryTest, WhatIsHiddenLeadsToNothing) {
  Register(kChild, "Sok Dara");     // 1
  Register(kSibling, "Sok Vanna");  // 2
  Work("visit-7");
  const Position concern = Concern("staff-cm-1");  // 3
  Work("");
  log_.envelope().set_causation_id(log_.id_of(concern));
  NoteOf(10, kChild, "looked after since");  // 4
  log_.envelope().clear_causation_id();
  const auto hidden = Read(OfWork("visit-7"));
  EXPECT_THAT(hidden.entries(), IsEmpty());
  EXPECT_THAT(hidden.persons(), IsEmpty());
  EXPECT_THAT(Accesses(kChild), IsEmpty());
  EXPECT_THAT(Positions(Read(OfWork("visit-7", "staff-cm-2"))), ElementsAre(3, 4));
}

TEST_F(RelatedHistoryTest, WhoWasOnePersonThenIsOnRecordUnderBothIds) {
  Register(kChild, "Sok Dara");  // 1
  Work("visit-7");
  Register(kSibling, "Sok Vanna");  // 2
  Work("");
  cases::v1::PersonsMerged merged;
  merged.mutable_person()->set_person_id(TestId(kSibling));
  merged.mutable_survivor()->set_person_id(TestId(kChild));
  const Position merge = log_.Append("person/" + TestId(kSibling), merged);  // 3
  cases::v1::PersonsUnmerged unmerged;
  unmerged.mutable_person()->set_person_id(TestId(kSibling));
  unmerged.set_merge_event_id(log_.id_of(merge));
  log_.Append("person/" + TestId(kSibling), unmerged);  // 4
  GetCaseHistoryRequest then = OfWork("visit-7");
  then.set_as_of_position(3);
  EXPECT_THAT(Read(then).persons(), ElementsAre(TestId(kChild), TestId(kSibling)));
  EXPECT_THAT(Accesses(kChild), SizeIs(1));
  EXPECT_THAT(Accesses(kSibling), SizeIs(1));
  EXPECT_THAT(Read(OfWork("visit-7")).persons(), ElementsAre(TestId(kSibling)));
  EXPECT_THAT(Accesses(kChild), SizeIs(1));
}

TEST_F(RelatedHistoryTest, HouseholdsAreMergedAsFarAsThatWasKnown) {
  Register(kChild, "Sok Dara");  // 1
  Join(kChild);                  // 2: of household 20
  const std::string other = "household/" + TestId(kHousehold + 1);
  log_.Append(other, cases::v1::HouseholdRegistered());  // 3
  log_.clock().Advance(absl::Hours(48));
  cases::v1::HouseholdsMerged merged;
  merged.set_survivor_id(TestId(kHousehold + 1));
  log_.Append("household/" + TestId(kHousehold), merged);  // 4
  Work("visit-7");
  // Of the household that goes on, naming nobody: the child is known from the other one.
  const Position visited = log_.Append(other, cases::v1::FollowUpConducted());  // 5
  Work("");
  EXPECT_THAT(Positions(Read(OfWork("visit-7"))), ElementsAre(visited.value));
  EXPECT_THAT(Accesses(kChild), SizeIs(1));
  GetCaseHistoryRequest household = Asking();
  household.set_household_id(TestId(kHousehold));
  EXPECT_THAT(Positions(Read(household)), ElementsAre(2, 3, 4, 5));
  household.set_as_known_at(FormatDay(DayOf(log_.clock().Now() - absl::Hours(24))));
  EXPECT_THAT(Positions(Read(household)), ElementsAre(2));
}

TEST_F(RelatedHistoryTest, AtACutACaseIsOfWhomItWasOfThen) {
  Register(kChild, "Sok Dara");                    // 1
  const Position opened = OpenCaseOf(10, kChild);  // 2
  Work("visit-7");
  log_.Append("case/" + TestId(10), cases::v1::FollowUpConducted());  // 3: names nobody
  Work("");
  Void("case/" + TestId(10), opened);  // 4
  GetCaseHistoryRequest then = OfWork("visit-7");
  then.set_as_of_position(3);
  EXPECT_THAT(Positions(Read(then)), ElementsAre(3));
  EXPECT_THAT(Read(OfWork("visit-7")).entries(), IsEmpty());
}

TEST_F(RelatedHistoryTest, ALaterPageOfOtherPersonsIsRefused) {
  Register(kSibling, "Sok Vanna");  // 1
  Work("visit-7");
  Register(kChild, "Sok Dara");  // 2
  const std::string incident = "incident/" + TestId(kIncident);
  cases::v1::IncidentReported reported;
  reported.add_children()->set_person_id(TestId(kSibling));
  log_.Append(incident, reported);  // 3
  Work("");
  GetCaseHistoryRequest paged = OfWork("visit-7");
  paged.set_page_size(1);
  const auto first = Read(paged);
  EXPECT_EQ(first.total(), 2u);
  paged.set_page_token(first.next_page_token());
  EXPECT_THAT(Positions(Read(paged)), ElementsAre(3));
  Concern("staff-cm-1");  // from now on the reader must not know of the incident
  EXPECT_EQ(Refusal(paged), "PAGE_TOKEN_EXPIRED");
}

// A scope that does not reach every record.
TEST_F(RelatedHistoryTest, ThroughWhatSomebodyWasReadIsShownToWhoMayReadEverything) {
  dashboards_test::Grants grants;
  for (const char* actor : {"staff-cm-1", "staff-cm-2"}) {
    const bool all = std::string_view(actor) == "staff-cm-1";
    grants.Add(actor, {.role = "case_manager",
                       .organisation_id = "mro",
                       .scope = all ? identity::v1::GRANT_SCOPE_ALL
                                    : identity::v1::GRANT_SCOPE_ORGANISATION});
  }
  identity::Policy policy = *identity::Policy::Parse(kAuditRoles);
  policy.Follow(grants);
  AuditService scoped(
      {broken_, policy, *keyring_, log_.clock(), *disclosure_, store_, *worker_, bundles_});
  Register(kChild, "Sok Dara");  // 1
  Work("visit-7");
  NoteOf(10, kChild, "was at school");  // 2
  ASSERT_TRUE(scoped.GetCaseHistory(OfWork("visit-7")).ok());
  EXPECT_EQ(ErrorReason(scoped.GetCaseHistory(OfWork("visit-7", "staff-cm-2")).status()),
            "RELATED_NOT_GRANTED");
  for (const std::string actor : {"staff-cm-1", "staff-cm-2"}) {
    audit::v1::ListAccessesRequest request;
    request.set_actor_id(actor);
    request.set_role("case_manager");
    request.set_organisation_id("mro");
    request.set_person_id(TestId(kChild));
    const auto listed = scoped.ListAccesses(request);
    ASSERT_TRUE(listed.ok()) << listed.status();
    ASSERT_THAT(listed->accesses(), SizeIs(1));
    EXPECT_EQ(listed->accesses(0).through(), actor == "staff-cm-1" ? "correlation/visit-7" : "");
  }
  GetCaseHistoryRequest readings = Request(kChild);
  readings.set_with_readings(true);
  const auto history = scoped.GetCaseHistory(readings);
  ASSERT_TRUE(history.ok()) << history.status();
  EXPECT_GE(history->entries_size(), 3);
  for (const HistoryEntry& entry : history->entries()) {
    EXPECT_THAT(DetailsOf(entry), testing::Not(testing::HasSubstr("visit-7")));
  }
}

TEST_F(RelatedHistoryTest, PagesAreOneReadingOfOneStateOfOneThing) {
  Register(kChild, "Sok Dara");
  Work("visit-7");
  for (int i = 0; i < 5; ++i) NoteOf(10, kChild, absl::StrCat("note ", i));
  const auto whole = Positions(Read(OfWork("visit-7")));
  GetCaseHistoryRequest request = OfWork("visit-7");
  request.set_page_size(2);
  std::vector<std::uint64_t> paged;
  do {
    const auto page = Read(request);
    for (const HistoryEntry& entry : page.entries()) paged.push_back(entry.position());
    request.set_page_token(page.next_page_token());
    NoteOf(10, kChild, "later");
  } while (!request.page_token().empty());
  EXPECT_EQ(paged, whole);
  EXPECT_THAT(Accesses(kChild), SizeIs(2));
  request = OfWork("visit-7");
  request.set_page_size(2);
  const std::string token = Read(request).next_page_token();
  request.set_correlation_id("visit-8");
  request.set_page_token(token);
  EXPECT_EQ(Refusal(request), "PAGE_TOKEN_INVALID");
}

TEST_F(RelatedHistoryTest, WhoIsErasedStaysSealed) {
  Work("visit-7");
  Register(kChild, "Sok Dara");
  Register(kSibling, "Sok Vanna");
  ASSERT_TRUE(keyring_->Destroy(TestId(kChild)).ok());
  const auto response = Read(OfWork("visit-7"));
  ASSERT_THAT(Positions(response), ElementsAre(1, 2));
  EXPECT_TRUE(response.entries(0).sealed());
  EXPECT_FALSE(response.entries(1).sealed());
}

TEST_F(RelatedHistoryTest, WhatHasTooManyPersonsIsRefused) {
  Work("import-1");
  for (unsigned i = 1; i <= kRelatedPersonsMax; ++i) Register(100 + i, "Sok");
  EXPECT_EQ(Read(OfWork("import-1")).total(), kRelatedPersonsMax);
  Register(100, "Sok");
  EXPECT_EQ(Refusal(OfWork("import-1")), "RELATED_TOO_MANY");
  EXPECT_EQ(Questions("staff-cm-1").back().result(), audit::v1::ACCESS_RESULT_REFUSED);
}

TEST_F(RelatedHistoryTest, WhoReadsWhatBelongsTogetherIsListed) {
  Work("visit-7");
  Register(kChild, "Sok Dara");
  Read(OfWork("visit-7"));
  audit::v1::ListAccessesRequest request;
  request.set_actor_id("staff-cm-2");
  request.set_role("case_manager");
  request.set_organisation_id("mro");
  const auto listed = service_->ListAccesses(request);
  ASSERT_TRUE(listed.ok()) << listed.status();
  ASSERT_THAT(listed->accesses(), SizeIs(2));
  EXPECT_EQ(listed->accesses(0).person_id(), TestId(kChild));
  EXPECT_EQ(listed->accesses(0).through(), "correlation/visit-7");
  EXPECT_EQ(listed->accesses(1).person_id(), "");
  EXPECT_EQ(listed->accesses(1).through(), "correlation/visit-7");
}

}  // namespace
}  // namespace mlup::query::related_tests
