// One child's history through the service: recorded before it is shown, complete, ordered, in
// words.
#include "services/query/audit_service.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eventstore/proof/merkle.h"
#include "mlup/cases/v1/case_events.pb.h"
#include "mlup/cases/v1/person_events.pb.h"
#include "mlup/common/v1/common.pb.h"
#include "mlup/training/v1/training_events.pb.h"
#include "services/query/audit_world.h"

namespace mlup::query {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

using AuditServiceTest = AuditWorld;

TEST_F(AuditServiceTest, TheAccessIsRecordedBeforeTheHistoryIsShown) {
  Register(kChild, "Sok Dara");
  const GetCaseHistoryResponse response = Read(Request(kChild));
  EXPECT_EQ(response.subject(), "Sok Dara");
  EXPECT_EQ(response.position(), 1u);
  EXPECT_EQ(response.access_position(), 2u);
  const auto accesses = Accesses(kChild);
  ASSERT_EQ(accesses.size(), 1u);
  EXPECT_EQ(accesses[0].scope(), "person/" + TestId(kChild));
  EXPECT_EQ(accesses[0].purpose(), "case_review");
  EXPECT_EQ(accesses[0].result(), audit::v1::ACCESS_RESULT_SERVED);
}

TEST_F(AuditServiceTest, WithoutARecordOfTheAccessNothingIsShown) {
  Register(kChild, "Sok Dara");
  broken_.broken = true;
  EXPECT_EQ(ErrorReason(service_->GetCaseHistory(Request(kChild)).status()), "DISK_GONE");
}

TEST_F(AuditServiceTest, ARefusedReadIsRecordedAndSaysNothing) {
  Register(kChild, "Sok Dara");
  const auto known = service_->GetCaseHistory(Request(kChild, "staff-tr-1", "trainer"));
  const auto unknown = service_->GetCaseHistory(Request(77, "staff-tr-1", "trainer"));
  EXPECT_TRUE(absl::IsPermissionDenied(known.status()));
  EXPECT_EQ(known.status(), unknown.status());
  ASSERT_EQ(Accesses(kChild).size(), 1u);
  EXPECT_EQ(Accesses(kChild)[0].result(), audit::v1::ACCESS_RESULT_REFUSED);
}

TEST_F(AuditServiceTest, AnUnknownChildIsNotFound) {
  EXPECT_EQ(ErrorReason(service_->GetCaseHistory(Request(77)).status()), "SUBJECT_UNKNOWN");
}

TEST_F(AuditServiceTest, ABadRequestNamesItsField) {
  GetCaseHistoryRequest request = Request(kChild);
  request.clear_purpose();
  EXPECT_EQ(ErrorField(service_->GetCaseHistory(request).status()), "purpose");
}

TEST_F(AuditServiceTest, ARoleThatMayNotOpenSeesNoPersonalField) {
  Register(kChild, "Sok Dara");
  OpenCase();
  Note("canary text");
  const auto open = Read(Request(kCase));
  EXPECT_THAT(open.DebugString(), HasSubstr("canary text"));
  const auto closed = Read(Request(kCase, "staff-mel-1", "mel_officer"));
  EXPECT_THAT(closed.DebugString(), Not(HasSubstr("canary text")));
  EXPECT_THAT(closed.DebugString(), Not(HasSubstr("Dara")));
  EXPECT_EQ(closed.subject(), "a child (name not shown to this role)");
  EXPECT_TRUE(closed.entries(0).sealed());
  EXPECT_FALSE(closed.entries(1).sealed());
  EXPECT_THAT(DetailsOf(closed.entries(0)), HasSubstr("Residence province: Battambang"));
}

TEST_F(AuditServiceTest, EntriesStandInTheOrderOfWhatHappened) {
  log_.Occurred("2021-02-01");
  Register(kChild, "Sok Dara");  // 1
  log_.Occurred("2021-02-10");
  OpenCase();  // 2
  log_.Occurred("2021-02-09", "2021-02-16");
  Note("an interval");  // 3: known a day after its last day
  log_.Occurred("2021-01-05");
  Note("remembered late");  // 4
  log_.envelope().mutable_occurred()->Clear();
  log_.envelope().mutable_occurred()->set_precision(log::v1::PRECISION_UNKNOWN);
  Note("no idea when");  // 5
  const auto response = Read(Request(kChild));
  EXPECT_THAT(Positions(response), ElementsAre(4, 1, 3, 2, 5));
  std::set<std::uint64_t> late;
  for (const HistoryEntry& entry : response.entries()) {
    if (entry.late()) late.insert(entry.position());
  }
  // The clock stands at 2021-02-17: 2021-02-10 is exactly seven days ago.
  EXPECT_THAT(late, ElementsAre(1, 4));
}

TEST_F(AuditServiceTest, WhatCannotBeReadIsNoEntryAndTheHistorySaysSo) {
  Register(kChild, "Sok Dara");                                          // 1
  OpenCase();                                                            // 2
  log_.AppendUnknown("case/" + TestId(kCase));                           // 3
  log_.AppendDamaged("case/" + TestId(kCase), cases::v1::CaseClosed());  // 4
  log_.Occurred("sometime");
  Note("nobody knows when");  // 5
  const auto response = Read(Request(kChild));
  EXPECT_THAT(Positions(response), ElementsAre(1, 2, 5));
  EXPECT_THAT(response.unreadable(), ElementsAre(3, 4));
  EXPECT_EQ(response.total(), 3u);
}

TEST_F(AuditServiceTest, VoidsAndCorrectionsStandBesideWhatTheyConcern) {
  log_.Occurred("2021-02-01");
  Register(kChild, "Sok Dara");  // 1
  OpenCase();                    // 2
  Note("first");                 // 3
  common::v1::DetailsCorrected correction;
  correction.set_corrects_event_id(log_.id_of({1}));
  correction.set_reason("misheard");
  auto& changes = *correction.add_persons();
  changes.set_person_id(TestId(kChild));
  changes.add_changes()->set_field("person.sex");
  changes.mutable_changes(0)->set_old_value("\"SEX_FEMALE\"");
  changes.mutable_changes(0)->set_new_value("\"SEX_MALE\"");
  changes.add_personal_changes()->set_field("person.name_latin");
  changes.mutable_personal_changes(0)->set_old_value("\"Sok Dara\"");
  changes.mutable_personal_changes(0)->set_new_value("\"Sok Vanna\"");
  log_.Occurred("2021-02-16");
  log_.Append("person/" + TestId(kChild), correction);  // 4
  Void("case/" + TestId(kCase), {3});                   // 5
  const auto response = Read(Request(kChild));
  ASSERT_THAT(Positions(response), ElementsAre(1, 4, 2, 3, 5));
  EXPECT_THAT(response.entries(0).corrected_by(), ElementsAre(4));
  EXPECT_EQ(response.entries(1).concerns(), 1u);
  EXPECT_THAT(DetailsOf(response.entries(1)), HasSubstr("Sex: Female → Male"));
  EXPECT_THAT(DetailsOf(response.entries(1)), HasSubstr("Sok Dara → Sok Vanna"));
  EXPECT_EQ(response.entries(3).voided_by(), 5u);
  EXPECT_EQ(response.entries(4).concerns(), 3u);
  EXPECT_EQ(response.entries(4).reason(), "Duplicate entry");
  EXPECT_EQ(response.subject(), "Sok Vanna");
}

TEST_F(AuditServiceTest, EachLineSaysWhoInWordsAndNeverAnId) {
  log_.envelope().set_place("02");
  log_.envelope().set_reason("planned_visit");
  Register(kChild, "Sok Dara");
  Register(kSibling, "Sok Bopha");
  cases::v1::HouseholdRegistered household;
  household.mutable_head()->set_person_id(TestId(3));
  household.set_type(cases::v1::HOUSEHOLD_TYPE_KINSHIP);
  household.set_residence_province_code("04");
  log_.Append("household/" + TestId(20), household);
  for (const unsigned person : {kChild, kSibling}) {
    cases::v1::HouseholdMemberAdded member;
    member.mutable_member()->set_person_id(TestId(person));
    member.mutable_member()->set_relation(cases::v1::RELATION_GRANDCHILD);
    log_.Append("household/" + TestId(20), member);
  }
  const auto response = Read(Request(kChild));
  ASSERT_THAT(Positions(response), ElementsAre(1, 3, 4));
  for (const HistoryEntry& entry : response.entries()) {
    EXPECT_EQ(entry.actor(), "Social worker 1");
    EXPECT_EQ(entry.role(), "Social worker");
    EXPECT_EQ(entry.reason(), "Planned visit");
    EXPECT_EQ(entry.place(), "Battambang");
    EXPECT_THAT(DetailsOf(entry), Not(HasSubstr("0000-7000")));
    EXPECT_TRUE(entry.has_known_at() && entry.has_recorded_at());
  }
  EXPECT_THAT(DetailsOf(response.entries(1)), HasSubstr("Head: another household member"));
  EXPECT_EQ(DetailsOf(response.entries(2)),
            "Household: Kinship household, Kampong Chhnang, registered 2021-02-17\n"
            "Relation: Grandchild\n");
}

TEST_F(AuditServiceTest, PagesAreOfOneState) {
  Register(kChild, "Sok Dara");
  OpenCase();
  for (int i = 0; i < 5; ++i) Note(absl::StrCat("note ", i));
  GetCaseHistoryRequest request = Request(kChild);
  request.set_page_size(3);
  std::vector<std::uint64_t> positions;
  std::uint64_t as_of = 0;
  do {
    const auto page = Read(request);
    if (as_of == 0) as_of = page.position();
    EXPECT_EQ(page.position(), as_of);
    EXPECT_EQ(page.total(), 7u);
    for (const std::uint64_t position : Positions(page)) positions.push_back(position);
    request.set_page_token(page.next_page_token());
    Note("while it is read");
  } while (!request.page_token().empty());
  EXPECT_THAT(positions, ElementsAre(1, 2, 3, 4, 5, 6, 7));
  EXPECT_EQ(Accesses(kChild).size(), 1u) << "one reading is one record";
  request.set_page_token("nonsense");
  EXPECT_EQ(ErrorReason(service_->GetCaseHistory(request).status()), "PAGE_TOKEN_INVALID");
}

TEST_F(AuditServiceTest, ATokenIsOfOneReadingAndOneReader) {
  Register(kChild, "Sok Dara");
  Register(kSibling, "Sok Bopha");
  OpenCase();
  Note("one");
  GetCaseHistoryRequest request = Request(kChild);
  request.set_page_size(1);
  const auto first = Read(request);
  EXPECT_EQ(first.access_position(), 5u);
  const auto reason = [&](GetCaseHistoryRequest other) {
    other.set_page_size(1);
    other.set_page_token(first.next_page_token());
    return std::string(ErrorReason(service_->GetCaseHistory(other).status()));
  };
  EXPECT_EQ(reason(Request(kChild)), "");
  EXPECT_EQ(reason(Request(kChild, "staff-mel-1", "mel_officer")), "PAGE_TOKEN_INVALID");
  EXPECT_EQ(reason(Request(kSibling)), "PAGE_TOKEN_INVALID");
  GetCaseHistoryRequest other = Request(kChild);
  other.set_purpose("court_request");
  EXPECT_EQ(reason(other), "PAGE_TOKEN_INVALID");
  request.set_page_token(first.next_page_token());
  EXPECT_EQ(Read(request).access_position(), 5u);
  log_.clock().Advance(absl::Hours(2));
  EXPECT_EQ(reason(Request(kChild)), "PAGE_TOKEN_EXPIRED");
  EXPECT_EQ(Accesses(kChild).size(), 1u);
}

TEST_F(AuditServiceTest, AMergedHistorySaysWhoseRecordAnEntryIs) {
  Register(kChild, "Sok Dara");     // 1
  Register(kSibling, "Sok Daraa");  // 2
  OpenCase();                       // 3
  cases::v1::CaseClosed closed;
  closed.set_reason(cases::v1::CLOSE_REASON_GOALS_MET);
  log_.Append("case/" + TestId(kCase), closed);  // 4: names nobody
  EXPECT_THAT(Read(Request(kChild)).persons(), testing::IsEmpty());
  EXPECT_THAT(Read(Request(kChild)).entries(0).persons(), testing::IsEmpty());
  cases::v1::PersonsMerged merged;
  merged.mutable_person()->set_person_id(TestId(kSibling));
  merged.mutable_survivor()->set_person_id(TestId(kChild));
  log_.Append("person/" + TestId(kSibling), merged);
  const auto response = Read(Request(kSibling));
  EXPECT_THAT(response.persons(), ElementsAre(TestId(kSibling), TestId(kChild)));
  std::map<std::uint64_t, std::vector<std::string>> persons;
  for (const HistoryEntry& entry : response.entries()) {
    persons[entry.position()] = {entry.persons().begin(), entry.persons().end()};
  }
  EXPECT_THAT(persons[1], ElementsAre(TestId(kChild)));
  EXPECT_THAT(persons[2], ElementsAre(TestId(kSibling)));
  EXPECT_THAT(persons[3], ElementsAre(TestId(kChild)));
  EXPECT_THAT(persons[4], ElementsAre(TestId(kChild))) << "the case's child";
  EXPECT_TRUE(response.has_position_recorded_at());
}

TEST_F(AuditServiceTest, ADamagedPartIsNotPassedOver) {
  log_.SealWith([](const log::v1::Event&, const std::string&, const std::string&,
                   const std::string&) { return std::string("\x0a\x01"); });
  Register(kChild, "Sok Dara");
  EXPECT_TRUE(absl::IsDataLoss(service_->GetCaseHistory(Request(kChild)).status()));
}

TEST_F(AuditServiceTest, ABundleIsOfTheChildAndHoldsItsOwnAccess) {
  Register(kChild, "Sok Dara");
  OpenCase();
  EXPECT_EQ(*service_->ExportBundle(ExportRequest(kCase)), TestId(kChild) + " at 3");
  EXPECT_EQ(*service_->ExportBundle(ExportRequest(kChild)), TestId(kChild) + " at 5");
  const auto accesses = Accesses(kChild);
  ASSERT_EQ(accesses.size(), 2u);
  EXPECT_EQ(accesses[0].purpose(), "court_request");
  EXPECT_EQ(accesses[0].result(), audit::v1::ACCESS_RESULT_SERVED);
}

TEST_F(AuditServiceTest, AFileThatIsGivenOutIsRecordedByItsDigest) {
  Register(kChild, "Sok Dara");
  const std::string bundle = *service_->ExportBundle(ExportRequest(kChild));
  const auto exports = Exports(kChild);
  ASSERT_EQ(exports.size(), 1u);
  EXPECT_EQ(exports[0].scope(), "person/" + TestId(kChild));
  EXPECT_EQ(exports[0].purpose(), "court_request");
  EXPECT_EQ(exports[0].format(), "audit_bundle");
  EXPECT_EQ(exports[0].bytes(), bundle.size());
  const proof::Hash digest = proof::Sha256(bundle);
  EXPECT_EQ(exports[0].sha256(), absl::BytesToHexString(std::string(digest.begin(), digest.end())));
}

TEST_F(AuditServiceTest, WhoIsUnknownGetsABundleToo) {
  EXPECT_EQ(*service_->ExportBundle(ExportRequest(kSibling)), TestId(kSibling) + " at 1");
  EXPECT_EQ(Accesses(kSibling).size(), 1u);
}

TEST_F(AuditServiceTest, ABundleIsRefusedAsAHistoryIs) {
  Register(kChild, "Sok Dara");
  const auto refused = service_->ExportBundle(ExportRequest(kChild, "staff-tr-1", "trainer"));
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kPermissionDenied);
  ASSERT_EQ(Accesses(kChild).size(), 1u);
  EXPECT_EQ(Accesses(kChild)[0].result(), audit::v1::ACCESS_RESULT_REFUSED);
  EXPECT_TRUE(Exports(kChild).empty());
  audit::v1::ExportBundleRequest request = ExportRequest(kChild);
  request.set_id("Dara");
  EXPECT_EQ(ErrorField(service_->ExportBundle(request).status()), "id");
  broken_.broken = true;
  EXPECT_EQ(ErrorReason(service_->ExportBundle(ExportRequest(kChild)).status()), "DISK_GONE");
}

TEST_F(AuditServiceTest, WhoReadWhatIsToldByPersonAndByReader) {
  Register(kChild, "Sok");
  Register(kSibling, "Dara");
  for (const unsigned person : {kChild, kSibling, kChild}) {
    EXPECT_TRUE(service_->GetCaseHistory(Request(person)).ok());
  }
  EXPECT_FALSE(service_->GetCaseHistory(Request(kChild, "staff-tr-1", "trainer")).ok());
  const auto told = [this](const std::string& person, const std::string& reader,
                           std::uint32_t page_size, std::uint64_t before) {
    audit::v1::ListAccessesRequest request;
    request.set_actor_id("staff-mel-1");
    request.set_role("mel_officer");
    request.set_organisation_id("mro");
    request.set_person_id(person);
    request.set_reader_id(reader);
    request.set_page_size(page_size);
    request.set_before_position(before);
    std::string text;
    const auto page = service_->ListAccesses(request);
    for (const auto& entry : page->accesses()) {
      absl::StrAppend(&text, entry.position(), " ", entry.reader(), " ", entry.purpose(), " ",
                      entry.person_id() == TestId(kChild) ? "child" : "sibling", " ",
                      entry.result(), "; ");
    }
    return absl::StrCat(text, page->next_before_position());
  };
  EXPECT_EQ(told("", "", 2, 0),
            "6 Trainer 1 Case review child 2; 5 Case manager 1 Case review child 1; 5");
  EXPECT_EQ(told("", "", 2, 5),
            "4 Case manager 1 Case review sibling 1; 3 Case manager 1 Case review child 1; 3");
  EXPECT_EQ(told("", "", 2, 3), "0");
  EXPECT_EQ(told(TestId(kSibling), "", 0, 0), "4 Case manager 1 Case review sibling 1; 0");
  EXPECT_EQ(told("", "staff-tr-1", 0, 0), "6 Trainer 1 Case review child 2; 0");
  audit::v1::ListAccessesRequest denied;
  denied.set_actor_id("staff-tr-1");
  denied.set_role("trainer");
  denied.set_organisation_id("mro");
  EXPECT_EQ(ErrorReason(service_->ListAccesses(denied).status()), "CALL_NOT_GRANTED");
}

// Whoever guesses ids is on record, and after a few of them somebody is told.
TEST_F(AuditServiceTest, IdsThatNobodyHasAreOnRecordAndRaiseAnAlarm) {
  for (const unsigned guess : {77U, 78U}) {
    EXPECT_EQ(ErrorReason(service_->GetCaseHistory(Request(guess)).status()), "SUBJECT_UNKNOWN");
    ASSERT_EQ(Accesses(guess).size(), 1U);
    EXPECT_EQ(Accesses(guess)[0].result(), audit::v1::ACCESS_RESULT_UNKNOWN);
  }
  audit::v1::ListAccessesRequest request;
  request.set_actor_id("staff-dir-1");
  request.set_role("director");
  request.set_organisation_id("mro");
  request.set_only_alarms(true);
  const auto alarms = service_->ListAccesses(request);
  ASSERT_TRUE(alarms.ok()) << alarms.status();
  ASSERT_EQ(alarms->accesses_size(), 1);
  EXPECT_EQ(alarms->accesses(0).alarm(), audit::v1::ALARM_KIND_UNKNOWN_IDS);
  EXPECT_EQ(alarms->accesses(0).reader_id(), "staff-cm-1");
  EXPECT_EQ(alarms->accesses(0).person_id(), TestId(78));
}

}  // namespace
}  // namespace mlup::query
