// What belongs together is what the histories of its children tell one by one.
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eventstore/base/random.h"
#include "projections/case_history/timeline.h"
#include "projections/store/keys.h"
#include "services/query/related_world.h"

namespace mlup::query::related_tests {
namespace {

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

  // Which entries of which histories, one after the other, are wanted; all where none are.
  std::map<std::uint64_t, HistoryEntry> OneByOne(const std::string& actor, const std::string& role,
                                                 const std::set<std::uint64_t>& wanted) {
    std::map<std::uint64_t, HistoryEntry> entries;
    for (unsigned child = 1; child <= kChildren; ++child) {
      const auto history = Read(Request(child, actor, role));
      for (const HistoryEntry& entry : history.entries()) {
        if (!wanted.empty() && !wanted.contains(entry.position())) continue;
        // Of several children, what is closed or masked of one of them.
        HistoryEntry& kept = entries.try_emplace(entry.position(), entry).first->second;
        kept.set_sealed(kept.sealed() || entry.sealed());
        kept.set_masked(kept.masked() || entry.masked());
      }
    }
    return entries;
  }
};

TEST_P(RandomHistoryTest, ItIsWhatTheHistoriesTellOneByOne) {
  RandomVisits visits(GetParam(), log_);
  for (int i = 0; i < 60; ++i) visits.Add();
  std::size_t told = 0;
  for (const auto& [actor, role] : std::vector<std::pair<std::string, std::string>>{
           {"staff-cm-1", "case_manager"}, {"staff-cm-2", "case_manager"}}) {
    std::set<Position> visible;
    for (const auto& [position, entry] : OneByOne(actor, role, {})) visible.insert({position});
    for (int work = 0; work < 3; ++work) {
      const std::string name = absl::StrCat("work-", work);
      const Position end = *log_.log().Head();
      const auto response = Read(OfWork(name, actor, role));
      const auto related =
          projections::FindRelated(*store_.TakeSnapshot(), projections::CorrelationEntity(name),
                                   {end, kRelatedEventsMax, nullptr, &visible});
      std::set<std::uint64_t> wanted;
      for (const Position position : *related) wanted.insert(position.value);
      const auto expected =
          wanted.empty() ? std::map<std::uint64_t, HistoryEntry>() : OneByOne(actor, role, wanted);
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
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomHistoryTest, testing::Range<std::uint64_t>(1, 21));

}  // namespace
}  // namespace mlup::query::related_tests
