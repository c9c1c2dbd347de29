// A history at a cut of both clocks, with readings, links and states: what is told, and to whom.
#include "services/query/history_cut.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eventstore/base/days.h"
#include "eventstore/log/timestamp.h"
#include "mlup/cases/v1/casework_events.pb.h"
#include "services/query/audit_world.h"

namespace mlup::query {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr unsigned kSharedIncident = 20;

class HistoryCutTest : public AuditWorld {
 protected:
  // As an earlier system knew it on a day.
  void KnownOn(const std::string& day) {
    *log_.envelope().mutable_source_recorded_at() = log::ToTimestamp(StartOf(*ParseDay(day)));
  }
  void KnownWhenRecorded() { log_.envelope().clear_source_recorded_at(); }

  Position Merge(unsigned ending, unsigned lasting) {
    cases::v1::PersonsMerged merged;
    merged.mutable_person()->set_person_id(TestId(ending));
    merged.mutable_survivor()->set_person_id(TestId(lasting));
    return log_.Append("person/" + TestId(ending), merged);
  }
  Position Unmerge(unsigned ended, Position merge) {
    cases::v1::PersonsUnmerged unmerged;
    unmerged.mutable_person()->set_person_id(TestId(ended));
    unmerged.set_merge_event_id(log_.id_of(merge));
    unmerged.set_reason("two_persons_after_all");
    return log_.Append("person/" + TestId(ended), unmerged);
  }
  Position CorrectDay(const std::string& stream, Position target, const std::string& day) {
    common::v1::DetailsCorrected correction;
    correction.set_corrects_event_id(log_.id_of(target));
    correction.set_reason("misread");
    correction.mutable_occurred()->set_precision(log::v1::PRECISION_DAY);
    correction.mutable_occurred()->set_from(day);
    correction.mutable_occurred()->set_to(day);
    return log_.Append(stream, correction);
  }
  Position Consent(const std::string& until) {
    cases::v1::ConsentRecorded consent;
    consent.mutable_person()->set_person_id(TestId(kChild));
    consent.mutable_person()->set_decision(cases::v1::CONSENT_DECISION_GIVEN);
    consent.mutable_person()->set_purpose(cases::v1::CONSENT_PURPOSE_SERVICE);
    consent.mutable_person()->set_valid_until(until);
    return log_.Append("person/" + TestId(kChild), consent);
  }
  Position Place(const std::string& household) {
    cases::v1::PlacementStarted placement;
    placement.set_placement_id(TestId(40));
    placement.mutable_child()->set_person_id(TestId(kChild));
    placement.set_care_type(cases::v1::CARE_TYPE_KINSHIP);
    placement.set_household_id(household);
    return log_.Append("case/" + TestId(kCase), placement);
  }

  GetCaseHistoryResponse At(Position position) {
    GetCaseHistoryRequest request = Request(kChild);
    request.set_as_of_position(position.value);
    return Read(request);
  }
  static std::string Entries(const GetCaseHistoryResponse& response) {
    std::string text = response.subject();
    for (const HistoryEntry& entry : response.entries())
      absl::StrAppend(&text, entry.DebugString());
    return text;
  }
  static std::string StateOf(const HistoryEntry& entry) {
    std::string text;
    for (const auto& state : entry.state()) {
      absl::StrAppend(&text, state.label(), ": ", state.value(), "\n");
    }
    return text;
  }
  static const HistoryEntry& EntryAt(const GetCaseHistoryResponse& response, Position position) {
    for (const HistoryEntry& entry : response.entries()) {
      if (entry.position() == position.value) return entry;
    }
    ADD_FAILURE() << "no entry at " << position.value;
    return HistoryEntry::default_instance();
  }
};

TEST_F(HistoryCutTest, AtAnEarlierPositionTheAnswerIsThatOfThen) {
  std::map<std::uint64_t, std::string> told;
  const auto tell = [&] {
    const GetCaseHistoryResponse now = Read(Request(kChild));
    told[now.position()] = Entries(now);
  };
  Register(kChild, "Sok Dara");
  tell();
  Register(kSibling, "Sok Daraa");
  OpenCase();
  const Position note = Note("first");
  tell();
  const Position merge = Merge(kSibling, kChild);
  tell();
  Void("case/" + TestId(kCase), note);
  tell();
  Unmerge(kSibling, merge);
  tell();
  ASSERT_EQ(told.size(), 5u);
  for (const auto& [position, entries] : told) {
    const GetCaseHistoryResponse then = At({position});
    EXPECT_EQ(Entries(then), entries) << position;
    EXPECT_EQ(then.position(), position);
    EXPECT_EQ(then.total(), static_cast<std::uint32_t>(then.entries_size()));
  }
}

TEST_F(HistoryCutTest, APositionBeyondTheEndAndADayThatIsNoneAreRefused) {
  Register(kChild, "Sok Dara");
  GetCaseHistoryRequest request = Request(kChild);
  request.set_as_of_position(2);
  const auto ahead = service_->GetCaseHistory(request);
  EXPECT_EQ(ErrorReason(ahead.status()), "POSITION_AHEAD");
  EXPECT_EQ(ErrorField(ahead.status()), "as_of_position");
  request = Request(kChild);
  request.set_as_known_at("yesterday");
  EXPECT_EQ(ErrorField(service_->GetCaseHistory(request).status()), "as_known_at");
  EXPECT_THAT(Accesses(kChild), IsEmpty());
}

TEST_F(HistoryCutTest, WhatWasKnownLaterIsAsIfItHadNotBeenRecorded) {
  KnownOn("2021-01-10");
  Register(kChild, "Sok Dara");  // 1
  OpenCase();                    // 2
  const Position note = Note("first");
  Register(kSibling, "Sok Daraa");  // 4
  KnownOn("2021-01-20");
  Void("case/" + TestId(kCase), note);  // 5
  KnownOn("2021-02-01");
  const Position merge = Merge(kSibling, kChild);  // 6
  KnownWhenRecorded();
  Unmerge(kSibling, merge);  // 7: 2021-02-17
  const auto known_at = [this](const std::string& day) {
    GetCaseHistoryRequest request = Request(kChild);
    request.set_as_known_at(day);
    return Read(request);
  };
  EXPECT_THAT(Positions(known_at("2021-01-09")), IsEmpty());
  const auto first = known_at("2021-01-19");
  EXPECT_THAT(Positions(first), ElementsAre(1, 2, 3));
  EXPECT_EQ(EntryAt(first, note).voided_by(), 0u);
  EXPECT_EQ(EntryAt(known_at("2021-01-20"), note).voided_by(), 5u);
  const auto merged = known_at("2021-02-16");
  EXPECT_THAT(Positions(merged), ElementsAre(1, 2, 3, 5, 4, 6));
  EXPECT_THAT(merged.persons(), ElementsAre(TestId(kChild), TestId(kSibling)));
  EXPECT_THAT(known_at("2021-02-17").persons(), IsEmpty());
}

TEST_F(HistoryCutTest, WhatHappenedLaterIsLeftOutByTheDaysThatHold) {
  log_.Occurred("2021-01-05");
  Register(kChild, "Sok Dara");  // 1
  log_.Occurred("2021-02-01");
  OpenCase();                                 // 2
  const Position note = Note("a wrong day");  // 3: was on 2021-01-10
  log_.Occurred("2021-02-05");
  CorrectDay("case/" + TestId(kCase), note, "2021-01-10");  // 4
  log_.Occurred("2021-01-10", "2021-02-10");
  Note("some day of a month");  // 5
  GetCaseHistoryRequest request = Request(kChild);
  request.set_as_occurred_at("2021-01-09");
  EXPECT_THAT(Positions(Read(request)), ElementsAre(1));
  request.set_as_occurred_at("2021-01-10");
  EXPECT_THAT(Positions(Read(request)), testing::UnorderedElementsAre(1, 3, 4, 5))
      << "what may have happened by then stays, a correction with what it corrects";
  EXPECT_EQ(Read(request).total(), 4u);
  request.set_as_of_position(3);
  EXPECT_THAT(Positions(Read(request)), ElementsAre(1)) << "the correction is not known yet";
}

TEST_F(HistoryCutTest, AnEarlierCutShowsNobodyWhatTheyMustNotKnowNow) {
  Register(kChild, "Sok Dara");  // 1
  cases::v1::SafeguardingConcernReported concern;
  concern.add_children()->set_person_id(TestId(kChild));
  concern.mutable_children(0)->set_about_staff_id("staff-dir-1");
  log_.envelope().set_sensitivity(log::v1::SENSITIVITY_SAFEGUARDING);
  log_.Append("incident/" + TestId(kSharedIncident), concern);  // 2
  common::v1::DetailsCorrected correction;
  correction.set_corrects_event_id(log_.id_of({2}));
  correction.set_reason("misheard");
  correction.add_persons()->set_person_id(TestId(kChild));
  auto& change = *correction.mutable_persons(0)->add_personal_changes();
  change.set_field("children[0].about_staff_id");
  change.set_old_value("\"staff-dir-1\"");
  change.set_new_value("\"staff-cm-2\"");
  log_.Append("incident/" + TestId(kSharedIncident), correction);  // 3
  log_.envelope().set_sensitivity(log::v1::SENSITIVITY_NORMAL);
  GetCaseHistoryRequest request = Request(kChild, "staff-cm-2");
  request.set_as_of_position(2);
  request.set_with_states(true);
  const GetCaseHistoryResponse named = Read(request);
  EXPECT_THAT(Positions(named), ElementsAre(1)) << "whom it names since may not look back";
  EXPECT_EQ(named.total(), 1u);
  EXPECT_THAT(named.DebugString(), Not(HasSubstr(TestId(kSharedIncident))));
  request.set_actor_id("staff-cm-1");
  EXPECT_THAT(Positions(Read(request)), ElementsAre(1, 2));
}

TEST_F(HistoryCutTest, OfARecordThatIsNoLongerMergedAllIsJudged) {
  Register(kChild, "Sok Dara");     // 1
  Register(kSibling, "Sok Daraa");  // 2
  cases::v1::SafeguardingConcernReported concern;
  concern.add_children()->set_person_id(TestId(kSibling));
  log_.envelope().set_sensitivity(log::v1::SENSITIVITY_SAFEGUARDING);
  log_.Append("incident/" + TestId(kSharedIncident), concern);  // 3: names nobody of the staff
  log_.envelope().set_sensitivity(log::v1::SENSITIVITY_NORMAL);
  const Position merge = Merge(kSibling, kChild);  // 4
  Unmerge(kSibling, merge);                        // 5
  cases::v1::SafeguardingConcernReported more;
  more.add_children()->set_person_id(TestId(kSibling));
  more.mutable_children(0)->set_about_staff_id("staff-cm-2");
  log_.envelope().set_sensitivity(log::v1::SENSITIVITY_SAFEGUARDING);
  log_.Append("incident/" + TestId(kSharedIncident), more);  // 6
  GetCaseHistoryRequest request = Request(kChild, "staff-cm-2");
  request.set_as_of_position(merge.value);
  EXPECT_THAT(Positions(Read(request)), ElementsAre(1, 2, 4));
  request.set_actor_id("staff-cm-1");
  EXPECT_THAT(Positions(Read(request)), ElementsAre(1, 2, 3, 4));
}

TEST_F(HistoryCutTest, ReadingsAreEntriesForWhoeverMayListThem) {
  Register(kChild, "Sok Dara");                                                          // 1
  OpenCase();                                                                            // 2
  Read(Request(kChild, "staff-dir-1", "director"));                                      // 3
  EXPECT_FALSE(service_->GetCaseHistory(Request(kCase, "staff-tr-1", "trainer")).ok());  // 4
  EXPECT_TRUE(service_->ExportBundle(ExportRequest(kChild)).ok());                       // 5 and 6
  GetCaseHistoryRequest request = Request(kChild);
  EXPECT_THAT(Positions(Read(request)), ElementsAre(1, 2)) << "only when asked for";  // 7
  request.set_with_readings(true);
  const GetCaseHistoryResponse with = Read(request);
  EXPECT_THAT(Positions(with), testing::UnorderedElementsAre(1, 2, 3, 4, 5, 6, 7));
  EXPECT_EQ(with.total(), 7u);
  EXPECT_EQ(with.earlier_readings(), 0u);
  const HistoryEntry& reading = EntryAt(with, {3});
  EXPECT_EQ(reading.label(), "Record read");
  EXPECT_EQ(reading.actor(), "Director 1");
  EXPECT_EQ(reading.reason(), "Case review");
  EXPECT_EQ(DetailsOf(reading), "Result: Served\n");
  EXPECT_THAT(DetailsOf(EntryAt(with, {4})), HasSubstr("Refused"));
  EXPECT_EQ(EntryAt(with, {6}).label(), "Data exported");
  EXPECT_THAT(DetailsOf(EntryAt(with, {6})), HasSubstr("Format: Audit bundle"));
  EXPECT_THAT(with.DebugString(), Not(HasSubstr("person/" + TestId(kChild) + "\\n")));
  request.set_as_of_position(4);
  EXPECT_THAT(Positions(Read(request)), testing::UnorderedElementsAre(1, 2, 3, 4));
}

TEST_F(HistoryCutTest, WhoMayNotListReadingsIsRefusedThemAndThatIsOnRecord) {
  Register(kChild, "Sok Dara");
  GetCaseHistoryRequest request = Request(kChild, "staff-rd-1", "reader");
  EXPECT_TRUE(service_->GetCaseHistory(request).ok());
  request.set_with_readings(true);
  EXPECT_EQ(ErrorReason(service_->GetCaseHistory(request).status()), "CALL_NOT_GRANTED");
  EXPECT_EQ(Accesses(kChild).back().result(), audit::v1::ACCESS_RESULT_REFUSED);
}

TEST_F(HistoryCutTest, OfManyReadingsTheNewestAreToldAndTheOthersCounted) {
  Register(kChild, "Sok Dara");
  audit::v1::RecordAccessed accessed;
  accessed.set_result(audit::v1::ACCESS_RESULT_SERVED);
  for (std::size_t i = 0; i < kReadingsMax + 3; ++i) {
    log_.Append("access/" + TestId(kChild), accessed);
  }
  GetCaseHistoryRequest request = Request(kChild);
  request.set_with_readings(true);
  request.set_page_size(1);
  const GetCaseHistoryResponse response = Read(request);
  EXPECT_EQ(response.total(), kReadingsMax + 1);
  EXPECT_EQ(response.earlier_readings(), 3u);
}

TEST_F(HistoryCutTest, AnEntryNamesItsCauseAndItsApprovalsAmongTheEntriesOnly) {
  Register(kChild, "Sok Dara");  // 1
  log_.envelope().set_correlation_id("visit-7");
  log_.envelope().set_source_system("oscar");
  log_.envelope().set_source_id("c-12");
  OpenCase();  // 2
  log_.envelope().clear_source_system();
  log_.envelope().clear_source_id();
  log_.envelope().set_causation_id(log_.id_of({2}));
  Note("an effect");  // 3
  log_.envelope().set_causation_id(log_.id_of({77}));
  Note("of what is not in this history");  // 4
  log_.envelope().set_causation_id(log_.id_of({6}));
  Note("a circle");  // 5
  log_.envelope().set_causation_id(log_.id_of({5}));
  Note("the circle's other half");  // 6
  log_.envelope().clear_causation_id();
  log_.envelope().clear_correlation_id();
  common::v1::ApprovalRequested asked;
  asked.set_approval_id(TestId(50));
  asked.set_subject(common::v1::APPROVAL_SUBJECT_CLOSURE);
  log_.Append("case/" + TestId(kCase), asked);  // 7
  common::v1::ApprovalGranted granted;
  granted.set_approval_id(TestId(50));
  log_.Append("case/" + TestId(kCase), granted);  // 8
  cases::v1::CaseClosed closed;
  closed.mutable_child()->set_person_id(TestId(kChild));
  closed.set_approval_id(TestId(50));
  closed.set_reason(cases::v1::CLOSE_REASON_GOALS_MET);
  log_.Append("case/" + TestId(kCase), closed);  // 9
  const GetCaseHistoryResponse response = Read(Request(kChild));
  EXPECT_EQ(EntryAt(response, {2}).correlation_id(), "visit-7");
  EXPECT_EQ(EntryAt(response, {2}).source_system(), "oscar");
  EXPECT_EQ(EntryAt(response, {2}).source_id(), "c-12");
  EXPECT_EQ(EntryAt(response, {3}).caused_by(), 2u);
  EXPECT_EQ(EntryAt(response, {4}).caused_by(), 0u);
  EXPECT_EQ(EntryAt(response, {5}).caused_by() + EntryAt(response, {6}).caused_by(), 6u)
      << "a circle is left open";
  EXPECT_THAT(EntryAt(response, {9}).approvals(), ElementsAre(7, 8));
  EXPECT_THAT(EntryAt(response, {8}).approvals(), ElementsAre(7));
  EXPECT_THAT(EntryAt(response, {1}).approvals(), IsEmpty());
  EXPECT_EQ(EntryAt(response, {3}).recorded_with(), 3u);
}

TEST_F(HistoryCutTest, EachEntryTellsWhatHoldsAfterIt) {
  KnownOn("2021-01-10");
  const Position registered = Register(kChild, "Sok Dara");
  const Position opened = OpenCase();
  const Position consent = Consent("2021-01-31");
  const Position placed = Place(TestId(30));
  KnownWhenRecorded();
  const Position note = Note("weeks later");
  const Position undone = Void("case/" + TestId(kCase), placed);
  GetCaseHistoryRequest request = Request(kChild);
  EXPECT_THAT(Read(request).entries(0).state(), IsEmpty()) << "only when asked for";
  request.set_with_states(true);
  const GetCaseHistoryResponse whole = Read(request);
  EXPECT_EQ(StateOf(EntryAt(whole, registered)), "");
  EXPECT_EQ(StateOf(EntryAt(whole, opened)), "Case: Open\n");
  EXPECT_EQ(StateOf(EntryAt(whole, consent)), "Consents in force: Service\nCase: Open\n");
  EXPECT_EQ(StateOf(EntryAt(whole, placed)),
            "Consents in force: Service\nCase: Open\nPlacement: Kinship\n");
  EXPECT_EQ(StateOf(EntryAt(whole, note)), "Case: Open\nPlacement: Kinship\n")
      << "the consent has ended by itself";
  EXPECT_EQ(StateOf(EntryAt(whole, undone)), "Case: Open\n");
  for (const HistoryEntry& entry : whole.entries()) {
    request.set_as_of_position(entry.position());
    EXPECT_EQ(StateOf(EntryAt(Read(request), {entry.position()})), StateOf(entry))
        << "a step is the cut at its position";
  }
}

}  // namespace
}  // namespace mlup::query
