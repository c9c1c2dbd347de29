// One child's timeline holds what concerns the child, once, and never another person's part.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mlup/cases/v1/case_events.pb.h"
#include "mlup/cases/v1/person_events.pb.h"
#include "mlup/common/v1/common.pb.h"
#include "mlup/donations/v1/donation_events.pb.h"
#include "mlup/training/v1/training_events.pb.h"
#include "projections/case_history/case_history_projection.h"
#include "projections/case_history/timeline.h"
#include "projections/test_log.h"
#include "projections/worker.h"

namespace mlup::projections {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr unsigned kChild = 1;
constexpr unsigned kSibling = 2;
constexpr unsigned kMother = 3;

std::string Stream(std::string_view category, unsigned id) {
  return std::string(category) + "/" + TestId(id);
}

template <typename Event>
Event About(unsigned person) {
  Event event;
  event.mutable_person()->set_person_id(TestId(person));
  return event;
}

class CaseHistoryTest : public testing::Test {
 protected:
  CaseHistoryTest() {
    for (const unsigned person : {kChild, kSibling, kMother}) Register(person);
  }

  Position Register(unsigned person) {
    return log_.Append(Stream("person", person), About<cases::v1::PersonRegistered>(person));
  }
  Position Open(unsigned case_id, unsigned child) {
    cases::v1::CaseOpened event;
    event.mutable_child()->set_person_id(TestId(child));
    return log_.Append(Stream("case", case_id), event);
  }
  Position AddMember(unsigned household, unsigned person) {
    cases::v1::HouseholdMemberAdded event;
    event.mutable_member()->set_person_id(TestId(person));
    return log_.Append(Stream("household", household), event);
  }
  Position RegisterHousehold(unsigned household, unsigned head) {
    cases::v1::HouseholdRegistered event;
    event.mutable_head()->set_person_id(TestId(head));
    return log_.Append(Stream("household", household), event);
  }
  Position GiveTo(unsigned distribution, unsigned household) {
    donations::v1::ItemsDistributed event;
    event.set_recipient_kind(common::v1::RECIPIENT_KIND_HOUSEHOLD);
    event.set_recipient_id(TestId(household));
    return log_.Append(Stream("distribution", distribution), event);
  }
  Position Attend(unsigned activity, unsigned person) {
    return log_.Append(Stream("activity", activity),
                       About<training::v1::AttendanceRecorded>(person));
  }
  Position Void(const std::string& stream, Position target) {
    common::v1::EntryVoided event;
    event.set_voids_event_id(log_.id_of(target));
    return log_.Append(stream, event);
  }

  // Positions of the timeline of a person or case.
  std::vector<std::uint64_t> TimelineOf(unsigned id, Position up_to = {1'000}) {
    Replay();
    const auto snapshot = store_.TakeSnapshot();
    const auto subject = FindSubject(*snapshot, TestId(id));
    EXPECT_TRUE(subject.ok()) << subject.status();
    const auto timeline = FindTimeline(*snapshot, *subject, up_to);
    EXPECT_TRUE(timeline.ok()) << timeline.status();
    last_ = *timeline;
    std::vector<std::uint64_t> positions;
    for (const Position position : timeline->positions) positions.push_back(position.value);
    return positions;
  }
  void Replay() {
    const CaseHistoryProjection projection;
    const Worker worker(log_.reader(), projection, store_);
    const absl::Status status = worker.WaitUntil(log_.head(), absl::Seconds(20));
    ASSERT_TRUE(status.ok()) << status;
  }

  TestLog log_;
  MemoryReadModelStore store_;
  Timeline last_;
};

TEST_F(CaseHistoryTest, TheUnionOfAllStreamsHoldsEachEventOnce) {
  Open(10, kChild);                                                            // 4
  log_.Append(Stream("case", 10), cases::v1::FollowUpConducted());             // 5
  RegisterHousehold(20, kMother);                                              // 6
  AddMember(20, kChild);                                                       // 7
  AddMember(20, kSibling);                                                     // 8: the sibling's
  log_.Append(Stream("distribution", 30), donations::v1::DistributionHeld());  // 9
  GiveTo(30, 20);                                                              // 10
  GiveTo(30, 21);                                                     // 11: another household
  log_.Append(Stream("activity", 40), training::v1::ActivityHeld());  // 12
  Attend(40, kChild);                                                 // 13
  Attend(40, kSibling);                                               // 14: the sibling's
  cases::v1::CaseGroupFormed formed;
  formed.add_case_ids(TestId(10));
  formed.add_case_ids(TestId(11));
  log_.Append(Stream("case_group", 50), formed);  // 15
  EXPECT_THAT(TimelineOf(kChild), ElementsAre(1, 4, 5, 6, 7, 9, 10, 12, 13, 15));
  EXPECT_THAT(TimelineOf(kSibling), ElementsAre(2, 6, 8, 9, 10, 12, 14));
}

TEST_F(CaseHistoryTest, ACaseLeadsToItsChild) {
  Open(10, kChild);
  EXPECT_THAT(TimelineOf(10), ElementsAre(1, 4));
  EXPECT_EQ(last_.person_id, TestId(kChild));
  Replay();
  EXPECT_EQ(ErrorReason(FindSubject(*store_.TakeSnapshot(), TestId(99)).status()),
            "SUBJECT_UNKNOWN");
}

TEST_F(CaseHistoryTest, ACaregiverNamedInACaseDoesNotGetTheCase) {
  Open(10, kChild);
  log_.Append(Stream("case", 10), About<cases::v1::ServiceProvided>(kMother));  // 5
  log_.Append(Stream("case", 10), About<cases::v1::NoteRecorded>(kChild));      // 6
  EXPECT_THAT(TimelineOf(kMother), ElementsAre(3, 5));
  EXPECT_THAT(TimelineOf(kChild), ElementsAre(1, 4, 5, 6));
}

TEST_F(CaseHistoryTest, AnIncidentShowsItsReportAndNotTheOthersNotes) {
  cases::v1::IncidentReported incident;
  incident.add_children()->set_person_id(TestId(kChild));
  incident.add_children()->set_person_id(TestId(kSibling));
  log_.Append(Stream("incident", 60), incident);                                  // 4
  log_.Append(Stream("incident", 60), About<cases::v1::NoteRecorded>(kSibling));  // 5
  EXPECT_THAT(TimelineOf(kChild), ElementsAre(1, 4));
  EXPECT_THAT(TimelineOf(kSibling), ElementsAre(2, 4, 5));
}

TEST_F(CaseHistoryTest, VoidsAndCorrectionsFollowWhatTheyConcern) {
  log_.Append(Stream("activity", 40), training::v1::ActivityHeld());  // 4
  const Position own = Attend(40, kChild);                            // 5
  const Position others = Attend(40, kSibling);                       // 6
  Void(Stream("activity", 40), own);                                  // 7
  common::v1::DetailsCorrected corrected;
  corrected.set_corrects_event_id(log_.id_of(others));
  corrected.add_persons()->set_person_id(TestId(kSibling));
  log_.Append(Stream("activity", 40), corrected);  // 8
  // The attendance was never so: the activity does not concern the child either.
  EXPECT_THAT(TimelineOf(kChild), ElementsAre(1, 5, 7));
  EXPECT_THAT(TimelineOf(kSibling), ElementsAre(2, 4, 6, 8));
}

TEST_F(CaseHistoryTest, AVoidThatIsItselfVoidedHasNoEffect) {
  log_.Append(Stream("activity", 40), training::v1::ActivityHeld());  // 4
  const Position attended = Attend(40, kChild);                       // 5
  const Position voided = Void(Stream("activity", 40), attended);     // 6
  const Position restored = Void(Stream("activity", 40), voided);     // 7
  EXPECT_THAT(TimelineOf(kChild), ElementsAre(1, 4, 5, 6, restored.value));
  EXPECT_THAT(TimelineOf(kChild, voided), ElementsAre(1, 5, 6));
}

TEST_F(CaseHistoryTest, AReversalOfAnotherHouseholdsGoodsStaysAway) {
  AddMember(20, kChild);
  const Position own = GiveTo(30, 20);
  const Position others = GiveTo(30, 21);
  donations::v1::DistributionReversed reversed;
  reversed.set_reverses_event_id(log_.id_of(own));
  const Position own_back = log_.Append(Stream("distribution", 30), reversed);
  reversed.set_reverses_event_id(log_.id_of(others));
  log_.Append(Stream("distribution", 30), reversed);
  EXPECT_THAT(TimelineOf(kChild), ElementsAre(1, 4, own.value, own_back.value));
}

TEST_F(CaseHistoryTest, MergedRecordsHaveOneTimelineUntilTheMergeIsUndone) {
  const Position twin = Register(9);
  Open(10, 9);
  auto merged = About<cases::v1::PersonsMerged>(9);
  merged.mutable_survivor()->set_person_id(TestId(kChild));
  const Position merge = log_.Append(Stream("person", 9), merged);
  EXPECT_THAT(TimelineOf(kChild), ElementsAre(1, twin.value, 5, merge.value));
  EXPECT_THAT(last_.person_ids, UnorderedElementsAre(TestId(kChild), TestId(9)));
  EXPECT_THAT(TimelineOf(9), ElementsAre(1, twin.value, 5, merge.value));
  auto unmerged = About<cases::v1::PersonsUnmerged>(9);
  unmerged.set_merge_event_id(log_.id_of(merge));
  const Position undone = log_.Append(Stream("person", 9), unmerged);
  EXPECT_THAT(TimelineOf(kChild), ElementsAre(1, merge.value, undone.value));
  // As it stood before it was undone.
  EXPECT_THAT(TimelineOf(kChild, merge), ElementsAre(1, twin.value, 5, merge.value));
}

TEST_F(CaseHistoryTest, TheDonationBehindTheGoodsBelongsToTheHousehold) {
  AddMember(20, kChild);                                                   // 4
  log_.Append(Stream("donation", 70), donations::v1::DonationReceived());  // 5
  donations::v1::DonationAllocated allocated;
  allocated.set_beneficiary_kind(common::v1::RECIPIENT_KIND_HOUSEHOLD);
  allocated.set_beneficiary_id(TestId(21));
  log_.Append(Stream("donation", 70), allocated);  // 6: another's
  donations::v1::ItemsDistributed goods;
  goods.set_recipient_kind(common::v1::RECIPIENT_KIND_HOUSEHOLD);
  goods.set_recipient_id(TestId(20));
  goods.set_donation_id(TestId(70));
  log_.Append(Stream("distribution", 30), goods);  // 7
  EXPECT_THAT(TimelineOf(kChild), ElementsAre(1, 4, 5, 7));
}

TEST_F(CaseHistoryTest, MergedHouseholdsAreOne) {
  AddMember(20, kChild);                  // 4
  const Position given = GiveTo(30, 21);  // 5
  cases::v1::HouseholdsMerged merged;
  merged.set_survivor_id(TestId(20));
  log_.Append(Stream("household", 21), merged);  // 6
  EXPECT_THAT(TimelineOf(kChild), ElementsAre(1, 4, given.value, 6));
}

TEST_F(CaseHistoryTest, AnEventOfAnUnknownTypeIsInNobodysHistoryAndTheHistorySaysSo) {
  Open(10, kChild);                                                 // 4
  const Position unknown = log_.AppendUnknown(Stream("case", 10));  // 5
  log_.Append(Stream("case", 10), cases::v1::FollowUpConducted());  // 6
  log_.AppendUnknown(Stream("household", 20));                      // 7
  AddMember(20, kChild);                                            // 8
  EXPECT_THAT(TimelineOf(kChild), ElementsAre(1, 4, 6, 8));
  EXPECT_THAT(last_.unreadable, ElementsAre(unknown));
  EXPECT_THAT(TimelineOf(kSibling), ElementsAre(2));
  EXPECT_THAT(last_.unreadable, IsEmpty());
}

TEST_F(CaseHistoryTest, AnEventThatCannotBeReadIsNotHiddenFromThoseWhoHaveAPartInIt) {
  const Position damaged = log_.AppendDamaged(
      Stream("activity", 40), About<training::v1::AttendanceRecorded>(kChild));  // 4
  Attend(40, kSibling);                                                          // 5
  EXPECT_THAT(TimelineOf(kChild), ElementsAre(1));
  EXPECT_THAT(last_.unreadable, ElementsAre(damaged));
  EXPECT_THAT(TimelineOf(kSibling), ElementsAre(2, 5));
  EXPECT_THAT(last_.unreadable, IsEmpty());
}

TEST_F(CaseHistoryTest, AStreamOfACategoryWithoutPersonsIsInNobodysHistory) {
  common::v1::DetailsCorrected corrected;
  corrected.add_persons()->set_person_id(TestId(kChild));
  log_.Append(Stream("store", 80), corrected);
  EXPECT_THAT(TimelineOf(kChild), ElementsAre(1));
}

}  // namespace
}  // namespace mlup::projections
