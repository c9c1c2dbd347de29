// What one household, piece of work or thing of another system ties together, over all children.
#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eventstore/base/categories.h"
#include "eventstore/base/random.h"
#include "eventstore/payload/event_references.h"
#include "eventstore/payload/payload.h"
#include "mlup/cases/v1/case_events.pb.h"
#include "mlup/cases/v1/person_events.pb.h"
#include "mlup/common/v1/common.pb.h"
#include "mlup/training/v1/training_events.pb.h"
#include "projections/case_history/case_history_projection.h"
#include "projections/case_history/timeline.h"
#include "projections/store/keys.h"
#include "projections/test_log.h"
#include "projections/worker.h"

namespace mlup::projections {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::size_t kMax = 10'000;

class RelatedTest : public testing::Test {
 protected:
  std::unique_ptr<Snapshot> Index() {
    const CaseHistoryProjection projection;
    const Worker worker(log_.reader(), projection, store_);
    EXPECT_TRUE(worker.WaitUntil(log_.head(), absl::Seconds(20)).ok());
    return store_.TakeSnapshot();
  }
  std::vector<std::uint64_t> Found(const std::string& entity, Position up_to = {1'000'000}) {
    const auto found = FindRelated(*Index(), entity, {up_to, kMax});
    EXPECT_TRUE(found.ok()) << found.status();
    std::vector<std::uint64_t> positions;
    for (const Position position : *found) positions.push_back(position.value);
    return positions;
  }
  Position Note(unsigned case_id, const std::string& work, const std::string& cause = "") {
    log_.envelope().set_correlation_id(work);
    log_.envelope().set_causation_id(cause);
    const Position position =
        log_.Append("case/" + TestId(case_id), cases::v1::FollowUpConducted());
    log_.envelope().clear_correlation_id();
    log_.envelope().clear_causation_id();
    return position;
  }

  TestLog log_;
  MemoryReadModelStore store_;
};

TEST_F(RelatedTest, APieceOfWorkHasWhatItRecordedAndWhatThatCaused) {
  Note(10, "visit-7");                                    // 1
  Note(11, "visit-7");                                    // 2
  Note(12, "visit-77");                                   // 3
  const Position effect = Note(13, "", log_.id_of({2}));  // 4
  Note(14, "visit-8", log_.id_of(effect));                // 5
  common::v1::EntryVoided voided;
  voided.set_voids_event_id(log_.id_of({1}));
  log_.Append("case/" + TestId(10), voided);  // 6
  EXPECT_THAT(Found(CorrelationEntity("visit-7")), ElementsAre(1, 2, 4, 5, 6));
  EXPECT_THAT(Found(CorrelationEntity("visit-7"), {4}), ElementsAre(1, 2, 4));
  EXPECT_THAT(Found(CorrelationEntity("visit-8")), ElementsAre(5));
  EXPECT_THAT(Found(CorrelationEntity("visit")), IsEmpty());
}

TEST_F(RelatedTest, ACircleOfCausesEnds) {
  Note(10, "visit-7", log_.id_of({2}));
  Note(10, "", log_.id_of({1}));
  EXPECT_THAT(Found(CorrelationEntity("visit-7")), ElementsAre(1, 2));
}

TEST_F(RelatedTest, SystemAndIdAreNotMistakenForOthers) {
  const auto from = [this](const std::string& system, const std::string& id) {
    log_.envelope().set_source_system(system);
    log_.envelope().set_source_id(id);
    return Note(10, "");
  };
  from("a/b", "c");                   // 1
  from("a", "b/c");                   // 2
  from("a", "");                      // 3
  from("", "c");                      // 4
  from("a", std::string("b\0c", 3));  // 5
  EXPECT_THAT(Found(SourceEntity("a/b", "c")), ElementsAre(1));
  EXPECT_THAT(Found(SourceEntity("a", "b/c")), ElementsAre(2));
  EXPECT_THAT(Found(SourceEntity("a", "")), IsEmpty());
  EXPECT_THAT(Found(SourceEntity("a", "b")), IsEmpty());
}

TEST_F(RelatedTest, MergedHouseholdsAreOneUntilTheMergeIsVoided) {
  cases::v1::HouseholdMemberAdded added;
  added.mutable_member()->set_person_id(TestId(1));
  log_.Append("household/" + TestId(20), added);  // 1
  log_.Append("household/" + TestId(21), added);  // 2
  cases::v1::HouseholdsMerged merged;
  merged.set_survivor_id(TestId(20));
  log_.Append("household/" + TestId(21), merged);  // 3
  EXPECT_THAT(Found("household/" + TestId(20)), ElementsAre(1, 2, 3));
  common::v1::EntryVoided voided;
  voided.set_voids_event_id(log_.id_of({3}));
  log_.Append("household/" + TestId(21), voided);  // 4
  EXPECT_THAT(Found("household/" + TestId(20)), ElementsAre(1));
  EXPECT_THAT(Found("household/" + TestId(21)), ElementsAre(2, 3, 4));
}

TEST_F(RelatedTest, TooMuchIsRefusedAndNotCut) {
  for (int i = 0; i < 4; ++i) Note(10, "visit-7");
  EXPECT_TRUE(FindRelated(*Index(), CorrelationEntity("visit-7"), {{100}, 4}).ok());
  const auto refused = FindRelated(*Index(), CorrelationEntity("visit-7"), {{100}, 3});
  EXPECT_EQ(ErrorReason(refused.status()), "RELATED_TOO_MANY");
}

TEST_F(RelatedTest, AnEventIsFoundByItsIdOnItsStreamOnly) {
  Note(10, "");
  const auto index = Index();
  EXPECT_EQ(*FindEvent(*index, "case/" + TestId(10), log_.id_of({1})), Position{1});
  EXPECT_EQ(*FindEvent(*index, "case/" + TestId(11), log_.id_of({1})), std::nullopt);
  EXPECT_EQ(*FindEvent(*index, "case/" + TestId(10), log_.id_of({2})), std::nullopt);
}

// The same by looking at all events again and again, until nothing is added.
class AllEvents {
 public:
  explicit AllEvents(log::EventLog& log) {
    log::v1::ReadAllRequest request;
    request.set_from_position(1);
    while (true) {
      const auto page = log.ReadAll(request);
      for (const log::v1::Record& record : page->records()) {
        auto message = payload::JoinClear(record.event());
        if (!message.ok() || !CategoryFor(record.stream()).may_be_about_person) continue;
        events_.push_back({record, payload::ReferencesOf(**message)});
      }
      if (page->next_position() == 0) return;
      request.set_from_position(page->next_position());
    }
  }

  template <typename Begins>
  std::vector<std::uint64_t> From(const Begins& begins) const {
    std::set<std::uint64_t> found;
    std::size_t before = 1;
    for (const Event& event : events_) {
      if (begins(event.record)) found.insert(event.record.position());
    }
    for (before = found.size() + 1; before != found.size();) {
      before = found.size();
      for (const Event& event : events_) {
        for (const Event& other : events_) {
          if (found.contains(other.record.position()) && Follows(event, other)) {
            found.insert(event.record.position());
          }
        }
      }
    }
    return {found.begin(), found.end()};
  }

 private:
  struct Event {
    log::v1::Record record;
    std::vector<payload::EventReference> references;
  };

  static bool Follows(const Event& event, const Event& other) {
    const std::string& id = other.record.event().event_id();
    if (event.record.event().causation_id() == id) return true;
    if (event.record.stream() != other.record.stream()) return false;
    return std::any_of(event.references.begin(), event.references.end(), [&](const auto& one) {
      return payload::IsAbout(one.refers) && one.event_id == id;
    });
  }

  std::vector<Event> events_;
};

// Few records, works and sources, so that much of it meets.
class RandomWork {
 public:
  RandomWork(std::uint64_t seed, TestLog& log) : random_(seed), log_(log) {}

  void Add() {
    log::v1::Event& envelope = log_.envelope();
    envelope.set_correlation_id(Chance(40) ? absl::StrCat("work-", Below(4)) : "");
    envelope.set_causation_id(Chance(30) ? AnyId() : "");
    envelope.set_source_system(Chance(30) ? absl::StrCat("system-", Below(2)) : "");
    envelope.set_source_id(Chance(80) ? absl::StrCat(Below(3)) : "");
    Append();
  }

 private:
  std::uint64_t Below(std::uint64_t bound) { return random_.Next() % bound; }
  bool Chance(std::uint64_t percent) { return Below(100) < percent; }
  std::string AnyId() { return log_.id_of({1 + Below(log_.head().value + 1)}); }
  std::string Person() { return TestId(static_cast<unsigned>(1 + Below(4))); }
  std::string Stream() {
    static constexpr std::string_view kKinds[] = {"person", "case", "household", "activity",
                                                  "store"};
    return absl::StrCat(std::string(kKinds[Below(5)]), "/",
                        TestId(static_cast<unsigned>(1 + Below(4))));
  }

  void Append() {
    switch (Below(7)) {
      case 0: {
        common::v1::EntryVoided event;
        event.set_voids_event_id(AnyId());
        log_.Append(Stream(), event);
        return;
      }
      case 1: {
        common::v1::DetailsCorrected event;
        event.set_corrects_event_id(AnyId());
        log_.Append(Stream(), event);
        return;
      }
      case 2: {
        cases::v1::PersonsUnmerged event;
        event.mutable_person()->set_person_id(Person());
        event.set_merge_event_id(AnyId());
        log_.Append("person/" + Person(), event);
        return;
      }
      case 3: {
        cases::v1::HouseholdMemberAdded event;
        event.mutable_member()->set_person_id(Person());
        log_.Append("household/" + Person(), event);
        return;
      }
      case 4: {
        training::v1::AttendanceRecorded event;
        event.mutable_person()->set_person_id(Person());
        log_.Append("activity/" + Person(), event);
        return;
      }
      case 5:
        log_.AppendUnknown(Stream());
        return;
      default:
        log_.Append(Stream(), cases::v1::FollowUpConducted());
    }
  }

  SeededRandom random_;
  TestLog& log_;
};

class RandomRelatedTest : public RelatedTest, public testing::WithParamInterface<std::uint64_t> {};

TEST_P(RandomRelatedTest, TheIndexFindsWhatALoopOverAllEventsFinds) {
  RandomWork work(GetParam(), log_);
  for (int i = 0; i < 120; ++i) work.Add();
  const AllEvents all(log_.log());
  std::size_t found = 0;
  for (int i = 0; i < 5; ++i) {
    const std::string name = absl::StrCat("work-", i);
    const auto expected =
        all.From([&](const auto& record) { return record.event().correlation_id() == name; });
    EXPECT_EQ(Found(CorrelationEntity(name)), expected) << name;
    found += expected.size();
  }
  for (int i = 0; i < 6; ++i) {
    const std::string system = absl::StrCat("system-", i % 2);
    const std::string id = absl::StrCat(i / 2);
    const auto expected = all.From([&](const auto& record) {
      return record.event().source_system() == system && record.event().source_id() == id;
    });
    EXPECT_EQ(Found(SourceEntity(system, id)), expected) << system << " " << id;
  }
  for (unsigned i = 1; i < 5; ++i) {
    const std::string stream = "household/" + TestId(i);
    const auto expected = all.From([&](const auto& record) { return record.stream() == stream; });
    EXPECT_EQ(Found(stream), expected) << stream;
  }
  EXPECT_GT(found, 0u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomRelatedTest, testing::Range<std::uint64_t>(1, 31));

}  // namespace
}  // namespace mlup::projections
