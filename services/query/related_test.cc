// What belongs together is told as far as it stands in histories that the reader may read, and each
// of them is on record.
#include "services/query/related.h"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eventstore/base/categories.h"
#include "eventstore/base/random.h"
#include "mlup/cases/v1/casework_events.pb.h"
#include "projections/case_history/timeline.h"
#include "projections/store/keys.h"
#include "services/domain/account.h"
#include "services/query/audit_world.h"
#include "services/query/dashboard_test_world.h"

namespace mlup::query::related_tests {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr unsigned kHousehold = 20;
constexpr unsigned kIncident = 30;

class RelatedHistoryTest : public AuditWorld {
 protected:
  // What the following events belong to.
  void Work(const std::string& id) { log_.envelope().set_correlation_id(id); }
  void From(const std::string& system, const std::string& id) {
    log_.envelope().set_source_system(system);
    log_.envelope().set_source_id(id);
  }
  Position NoteOf(unsigned case_id, unsigned child, const std::string& text) {
    cases::v1::NoteRecorded event;
    event.mutable_person()->set_person_id(TestId(child));
    event.mutable_person()->set_text(text);
    event.set_kind(cases::v1::NOTE_KIND_NOTE);
    return log_.Append("case/" + TestId(case_id), event);
  }
  Position OpenCaseOf(unsigned case_id, unsigned child) {
    cases::v1::CaseOpened event;
    event.mutable_child()->set_person_id(TestId(child));
    return log_.Append("case/" + TestId(case_id), event);
  }
  Position Join(unsigned child) {
    cases::v1::HouseholdMemberAdded event;
    event.mutable_member()->set_person_id(TestId(child));
    return log_.Append("household/" + TestId(kHousehold), event);
  }
  // About a member of staff, who is named in the part of the sibling only.
  Position Concern(const std::string& staff) {
    cases::v1::SafeguardingConcernReported concern;
    concern.add_children()->set_person_id(TestId(kSibling));
    concern.mutable_children(0)->set_about_staff_id(staff);
    log_.envelope().set_sensitivity(log::v1::SENSITIVITY_SAFEGUARDING);
    const Position position = log_.Append("incident/" + TestId(kIncident), concern);
    log_.envelope().set_sensitivity(log::v1::SENSITIVITY_NORMAL);
    return position;
  }

  static GetCaseHistoryRequest Asking(const std::string& actor = "staff-cm-1",
                                      const std::string& role = "case_manager") {
    GetCaseHistoryRequest request = Request(kChild, actor, role);
    request.clear_id();
    return request;
  }
  static GetCaseHistoryRequest OfWork(const std::string& id,
                                      const std::string& actor = "staff-cm-1",
                                      const std::string& role = "case_manager") {
    GetCaseHistoryRequest request = Asking(actor, role);
    request.set_correlation_id(id);
    return request;
  }
  std::string Refusal(const GetCaseHistoryRequest& request) {
    return ErrorReason(service_->GetCaseHistory(request).status());
  }
  // The readings that stand on the reader's own account.
  std::vector<audit::v1::RecordAccessed> Questions(const std::string& actor) {
    log::v1::ReadStreamRequest request;
    request.set_stream("access/" + std::string(RecordIdOf(domain::AccountStream(actor))));
    std::vector<audit::v1::RecordAccessed> questions;
    const auto page = log_.log().ReadStream(request);
    for (const log::v1::Record& record : page->records()) {
      audit::v1::RecordAccessed accessed;
      if (record.event().type() != accessed.GetTypeName()) continue;
      EXPECT_TRUE(accessed.ParseFromString(record.event().common()));
      questions.push_back(std::move(accessed));
    }
    return questions;
  }
};

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

// A note that only few may know withholds the incident from the sibling's history, and not from
// the child's, in which that note is not: the sibling's part of the incident stays closed there.
TEST_F(RelatedHistoryTest, WhatOneHistoryWithholdsIsNotOpenedByAnother) {
  Register(kChild, "Sok Dara");     // 1
  Register(kSibling, "Sok Vanna");  // 2
  Work("visit-7");
  NoteOf(10, kSibling, "unrelated");  // 3
  cases::v1::IncidentReported incident;
  incident.add_children()->set_person_id(TestId(kChild));
  incident.add_children()->set_person_id(TestId(kSibling));
  incident.mutable_children(1)->set_age_at_incident(7);
  log_.Append("incident/" + TestId(kIncident), incident);  // 4
  Work("");
  cases::v1::NoteRecorded note;
  note.mutable_person()->set_person_id(TestId(kSibling));
  log_.envelope().set_sensitivity(log::v1::SENSITIVITY_SAFEGUARDING);
  log_.Append("incident/" + TestId(kIncident), note);  // 5
  const auto alone = Read(Request(kChild, "staff-dir-1", "director"));
  ASSERT_THAT(Positions(alone), ElementsAre(1, 4));
  ASSERT_THAT(Positions(Read(Request(kSibling, "staff-dir-1", "director"))), ElementsAre(2, 3));
  const auto response = Read(OfWork("visit-7", "staff-dir-1", "director"));
  ASSERT_THAT(Positions(response), ElementsAre(3, 4));
  EXPECT_THAT(response.persons(), SizeIs(2));
  EXPECT_EQ(DetailsOf(response.entries(1)), DetailsOf(alone.entries(1)));
  EXPECT_THAT(response.entries(1).persons(), ElementsAre(TestId(kChild)));
  EXPECT_THAT(DetailsOf(Read(OfWork("visit-7")).entries(1)),
              testing::HasSubstr("Age at incident: 7"));
}

TEST_F(RelatedHistoryTest, ChildrenWhomARoleDoesNotReachAreNotThere) {
  dashboards_test::Grants grants;
  grants.Add("staff-cm-1", {.role = "case_manager",
                            .organisation_id = "mro",
                            .scope = identity::v1::GRANT_SCOPE_ORGANISATION});
  identity::Policy policy = *identity::Policy::Parse(kAuditRoles);
  policy.Follow(grants);
  AuditService scoped(
      {broken_, policy, *keyring_, log_.clock(), *disclosure_, store_, *worker_, bundles_});
  Work("visit-7");
  Register(kChild, "Sok Dara");  // 1
  log_.envelope().mutable_actor()->set_organisation_id("other");
  Register(kSibling, "Sok Vanna");  // 2
  log_.envelope().mutable_actor()->set_organisation_id("mro");
  Join(kSibling);  // 3
  Join(kChild);    // 4
  EXPECT_THAT(Positions(Read(OfWork("visit-7"))), ElementsAre(1, 2, 3, 4)) << "by the file";
  const auto response = scoped.GetCaseHistory(OfWork("visit-7"));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_THAT(Positions(*response), ElementsAre(1, 4));
  EXPECT_EQ(response->total(), 2u);
  EXPECT_THAT(response->persons(), ElementsAre(TestId(kChild)));
  EXPECT_THAT(Accesses(kSibling), SizeIs(1));
  // A child whom the reader comes to reach between two pages is not on record in this reading.
  GetCaseHistoryRequest paged = OfWork("visit-7");
  paged.set_page_size(1);
  const auto first = scoped.GetCaseHistory(paged);
  ASSERT_TRUE(first.ok()) << first.status();
  paged.set_page_token(first->next_page_token());
  const auto second = Read(paged);
  EXPECT_THAT(Positions(second), ElementsAre(4));
  EXPECT_EQ(second.next_page_token(), "");
  EXPECT_THAT(Accesses(kSibling), SizeIs(1));
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

// Events of children, cases, a household and incidents, with merges, voids and corrections, of few
// pieces of work.
class RandomVisits {
 public:
  RandomVisits(std::uint64_t seed, projections::TestLog& log) : random_(seed), log_(log) {
    for (unsigned i = 1; i <= 4; ++i) {
      cases::v1::PersonRegistered person;
      person.mutable_person()->set_person_id(TestId(i));
      person.mutable_person()->set_name_latin(absl::StrCat("Sok ", i));
      log_.Append("person/" + TestId(i), person);
      cases::v1::CaseOpened opened;
      opened.mutable_child()->set_person_id(TestId(i));
      log_.Append("case/" + TestId(10 + i), opened);
    }
  }

  void Add() {
    log_.envelope().set_correlation_id(Below(2) == 0 ? absl::StrCat("work-", Below(3)) : "");
    log_.envelope().set_causation_id(Below(4) == 0 ? AnyId() : "");
    log_.envelope().set_sensitivity(log::v1::SENSITIVITY_NORMAL);
    const unsigned child = Child();
    switch (Below(8)) {
      case 0:
        return Act<common::v1::EntryVoided>(
            [this](auto& event) { event.set_voids_event_id(target_); });
      case 1:
        return Act<common::v1::DetailsCorrected>(
            [this](auto& event) { event.set_corrects_event_id(target_); });
      case 2: {
        cases::v1::PersonsMerged event;
        event.mutable_person()->set_person_id(TestId(child));
        event.mutable_survivor()->set_person_id(TestId(Child()));
        return Append("person/" + TestId(child), event);
      }
      case 3: {
        cases::v1::PersonsUnmerged event;
        event.mutable_person()->set_person_id(TestId(child));
        event.set_merge_event_id(merges_.empty() ? AnyId() : merges_[Below(merges_.size())]);
        return Append("person/" + TestId(child), event);
      }
      case 4: {
        cases::v1::HouseholdMemberAdded event;
        event.mutable_member()->set_person_id(TestId(child));
        return Append("household/" + TestId(kHousehold + static_cast<unsigned>(Below(2))), event);
      }
      case 5: {
        log_.envelope().set_sensitivity(log::v1::SENSITIVITY_SAFEGUARDING);
        cases::v1::SafeguardingConcernReported event;
        event.add_children()->set_person_id(TestId(child));
        event.mutable_children(0)->set_about_staff_id(Below(2) == 0 ? "staff-cm-2" : "staff-x");
        return Append("incident/" + TestId(kIncident + static_cast<unsigned>(Below(9))), event);
      }
      case 6: {
        cases::v1::IncidentReported event;
        event.add_children()->set_person_id(TestId(child));
        event.add_children()->set_person_id(TestId(Child()));
        return Append("incident/" + TestId(kIncident + static_cast<unsigned>(Below(9))), event);
      }
      default: {
        cases::v1::NoteRecorded event;
        event.mutable_person()->set_person_id(TestId(child));
        event.mutable_person()->set_text("a note");
        return Append("case/" + TestId(10 + child), event);
      }
    }
  }

 private:
  std::uint64_t Below(std::uint64_t bound) { return random_.Next() % bound; }
  unsigned Child() { return static_cast<unsigned>(1 + Below(4)); }
  std::string AnyId() { return log_.id_of({1 + Below(log_.head().value)}); }

  template <typename Event, typename Set>
  void Act(const Set& set) {
    if (told_.empty()) return;
    const auto& [stream, id] = told_[Below(told_.size())];
    target_ = id;
    Event event;
    set(event);
    Append(std::string(stream), event);
  }

  void Append(const std::string& stream, const google::protobuf::Message& event) {
    const std::string id = log_.id_of(log_.Append(stream, event));
    told_.emplace_back(stream, id);
    if (event.GetDescriptor() == cases::v1::PersonsMerged::descriptor()) merges_.push_back(id);
  }

  SeededRandom random_;
  projections::TestLog& log_;
  std::string target_;
  std::vector<std::pair<std::string, std::string>> told_;
  std::vector<std::string> merges_;
};

class RandomHistoryTest : public RelatedHistoryTest,
                          public testing::WithParamInterface<std::uint64_t> {
 protected:
  static constexpr unsigned kChildren = 4;

  // Which entries of which histories, one after the other, belong to it.
  std::map<std::uint64_t, HistoryEntry> OneByOne(const std::string& actor, const std::string& role,
                                                 const std::set<std::uint64_t>& wanted) {
    std::map<std::uint64_t, HistoryEntry> entries;
    for (unsigned child = 1; child <= kChildren; ++child) {
      const auto history = Read(Request(child, actor, role));
      for (const HistoryEntry& entry : history.entries()) {
        if (!wanted.contains(entry.position())) continue;
        // Of several children, what is closed or masked of one of them.
        HistoryEntry& kept = entries.try_emplace(entry.position(), entry).first->second;
        kept.set_sealed(kept.sealed() || entry.sealed());
        kept.set_masked(kept.masked() || entry.masked());
      }
    }
    return entries;
  }
};

TEST_P(RandomHistoryTest, ItIsWhatTheHistoriesTellOneByOneInEveryRole) {
  RandomVisits visits(GetParam(), log_);
  for (int i = 0; i < 60; ++i) visits.Add();
  std::size_t told = 0;
  for (const auto& [actor, role] :
       std::vector<std::pair<std::string, std::string>>{{"staff-cm-1", "case_manager"},
                                                        {"staff-cm-2", "case_manager"},
                                                        {"staff-dir-1", "director"},
                                                        {"staff-mel-1", "mel_officer"},
                                                        {"staff-rd-1", "reader"}}) {
    for (int work = 0; work < 3; ++work) {
      const std::string name = absl::StrCat("work-", work);
      const Position end = *log_.log().Head();
      const auto response = Read(OfWork(name, actor, role));
      const auto related = projections::FindRelated(
          *store_.TakeSnapshot(), projections::CorrelationEntity(name), end, kRelatedEventsMax);
      std::set<std::uint64_t> wanted;
      for (const Position position : *related) wanted.insert(position.value);
      const auto expected = OneByOne(actor, role, wanted);
      std::map<std::uint64_t, HistoryEntry> got;
      for (const HistoryEntry& entry : response.entries()) got.emplace(entry.position(), entry);
      EXPECT_EQ(got.size(), static_cast<std::size_t>(response.entries_size())) << "once each";
      ASSERT_EQ(got.size(), expected.size()) << actor << " " << name;
      for (const auto& [position, entry] : expected) {
        ASSERT_TRUE(got.contains(position)) << actor << " " << name << " " << position;
        EXPECT_EQ(got[position].masked(), entry.masked());
        EXPECT_EQ(got[position].sealed(), entry.sealed());
        EXPECT_EQ(got[position].voided_by(), entry.voided_by());
      }
      told += got.size();
    }
  }
  EXPECT_GT(told, 0u);
  for (const auto& [actor, role] : std::vector<std::pair<std::string, std::string>>{
           {"staff-tr-1", "trainer"}, {"staff-sw-1", "social_worker"}}) {
    EXPECT_EQ(Refusal(OfWork("work-0", actor, role)), "CALL_NOT_GRANTED") << role;
    const auto questions = Questions(actor);
    ASSERT_THAT(questions, SizeIs(1)) << "the refusal is on record";
    EXPECT_EQ(questions[0].result(), audit::v1::ACCESS_RESULT_REFUSED);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomHistoryTest, testing::Range<std::uint64_t>(1, 21));

}  // namespace
}  // namespace mlup::query::related_tests
