// Random facts on one record, voids among them: what the table of its life says may be done now is
// exactly what is accepted, and folding what stands from nothing gives the same answers.
#include <algorithm>
#include <initializer_list>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "services/domain/aggregates.h"
#include "services/domain/case.h"
#include "services/domain/case_state.h"
#include "services/domain/household_state.h"
#include "services/domain/rule_test.h"

namespace mlup::domain::lives_property_test {
namespace {

// Somebody else than who recorded what stands there.
Asking Another() {
  Asking asking;
  asking.actor_id = "staff-sw-2";
  return asking;
}

// A record that random facts are said to, with others beside it that stay as they are.
class OneRecord {
 public:
  // `beside` holds `events` events.
  OneRecord(std::string stream, Records beside, int events)
      : stream_(std::move(stream)), records_(std::move(beside)), events_(events) {}
  virtual ~OneRecord() = default;

  // Facts that may be said now; those that name something open name all that is.
  virtual std::vector<std::string> Candidates() const = 0;
  // Names of the facts that the table allows now, and of all that it knows.
  virtual std::vector<std::string> MayNow() const = 0;
  virtual std::set<std::string> Known() const { return {}; }

  std::vector<std::string> Accepted() const {
    std::vector<std::string> accepted;
    for (const std::string& fact : Candidates()) {
      if (Refusal(fact).empty()) accepted.push_back(fact);
    }
    return accepted;
  }

  std::string Refusal(const std::string& fact) const {
    return records_.Refusal(stream_, fact, Another());
  }

  void Add(const std::string& fact) {
    records_.And(stream_, {fact});
    facts_.push_back(fact);
    ++events_;
    ++fresh_;
  }

  // The events of the record by id, in order.
  std::string EventId(std::size_t index) const {
    return absl::StrCat("e", events_ - static_cast<int>(facts_.size() - index) + 1);
  }

  const std::vector<std::string>& facts() const { return facts_; }
  std::string Fresh(const char* kind) const { return absl::StrCat(kind, fresh_); }

  template <typename State>
  const State& StateOf(const Aggregate<State>& aggregate) const {
    held_ = records_.Of(stream_);
    return *static_cast<const State*>(held_->StateOf(aggregate));
  }

  // What stands, added to a history that held nothing.
  std::shared_ptr<StreamHistory> FromNothing() const {
    const auto all = records_.Of(stream_);
    auto anew = std::make_shared<StreamHistory>(stream_);
    for (std::size_t i = 0; i < all->size(); ++i) {
      if (!all->At(i).voided && all->At(i).type != "mlup.common.v1.EntryVoided") {
        anew->Add(all->At(i));
      }
    }
    return anew;
  }

 private:
  std::string stream_;
  Records records_;
  int events_;
  int fresh_ = 1;
  std::vector<std::string> facts_;
  mutable std::shared_ptr<const StreamHistory> held_;
};

std::string Name(const std::string& fact) { return fact.substr(0, fact.find(' ')); }

// Approvals of a subject: asked for, granted, rejected.
void AddApprovals(const ApprovalState& state, const std::string& subject, const std::string& id,
                  std::vector<std::string>& facts) {
  facts.push_back(absl::StrCat("approval_requested { approval_id: '", subject, id,
                               "' subject: APPROVAL_SUBJECT_", subject, " }"));
  for (const auto& [asked, what] : state.pending) {
    facts.push_back(absl::StrCat("approval_granted { approval_id: '", asked, "' }"));
    facts.push_back(absl::StrCat("approval_rejected { approval_id: '", asked, "' }"));
  }
}

class CaseOfSok : public OneRecord {
 public:
  CaseOfSok()
      : OneRecord(
            "case/c",
            Given("person/sok",
                  {"consent_recorded { person { person_id: 'sok' decision: CONSENT_DECISION_GIVEN "
                   "purpose: CONSENT_PURPOSE_SERVICE } }"})
                .And("case/d", {"case_opened { child { person_id: 'sok' } }"}),
            2) {}

  std::vector<std::string> MayNow() const override { return CaseLife().MayNow(StateOf(Case())); }

  std::set<std::string> Known() const override {
    std::set<std::string> names;
    for (const Step<CaseState>& step : CaseLife().steps) {
      if (!step.follows_only) names.insert(FactName(*step.fact));
    }
    return names;
  }

  std::vector<std::string> Candidates() const override {
    const CaseState& state = StateOf(Case());
    const std::string child = " { child { person_id: 'sok' } ";
    std::vector<std::string> facts = {
        "concern_received" + child + "}",
        "case_screened_out" + child + "}",
        "case_opened" + child + "}",
        "assessment_completed { subject: ASSESSMENT_SUBJECT_CHILD }",
        "assessment_completed { subject: ASSESSMENT_SUBJECT_HOUSEHOLD }",
        "best_interests_determined" + child + "}",
        "case_reviewed" + child + "}",
        "service_provided { }",
        "follow_up_conducted { followup_type: FOLLOW_UP_TYPE_IN_CARE }",
        "follow_up_conducted { followup_type: FOLLOW_UP_TYPE_AFTERCARE }",
        "case_reopened" + child + "}",
        "task_created { task_id: '" + Fresh("k") + "' }",
        "case_worker_assigned { worker_id: '" + Fresh("w") + "' }",
        "care_plan_adopted" + child + "plan_version: " + absl::StrCat(state.plan_version + 1) +
            " goals { goal_id: 'g' } goals { goal_id: '" + Fresh("g") + "' } }",
        "referral_made { person { person_id: 'sok' } referral_id: '" + Fresh("r") +
            "' to_org_id: 'o' consent_event_id: 'e1' }",
        "transfer_offered" + child + "transfer_id: '" + Fresh("t") + "' consent_event_id: 'e1' }",
        "placement_started" + child + "placement_id: '" + Fresh("p") +
            "' care_type: CARE_TYPE_KINSHIP }",
        "cases_unmerged" + child + "merge_event_id: '" + state.merge.merge_event_id + "' }",
    };
    for (const char* const placement : {"placement_ended", "placement_reviewed"}) {
      if (state.placement_id.empty()) break;
      facts.push_back(absl::StrCat(placement, child, "placement_id: '", state.placement_id, "' }"));
    }
    const auto for_open = [&facts](const Begun& things, const std::string& start) {
      for (const std::string& id : things.running()) facts.push_back(start + id + "' }");
    };
    for_open(state.goals, "goal_ended" + child + "goal_id: '");
    for_open(state.workers, "case_worker_unassigned { worker_id: '");
    for_open(state.tasks, "task_ended { task_id: '");
    for_open(state.referrals,
             "referral_answered { answer: HANDSHAKE_ANSWER_ACCEPTED referral_id: '");
    for_open(state.transfers,
             "transfer_answered { answer: HANDSHAKE_ANSWER_ACCEPTED transfer_id: '");
    for_open(state.transfers,
             "transfer_answered { answer: HANDSHAKE_ANSWER_REJECTED transfer_id: '");
    for (const auto& [id, subject] : state.approvals.granted) {
      facts.push_back(absl::StrCat("case_closed", child, "approval_id: '", id, "' }"));
      facts.push_back(
          absl::StrCat("cases_merged", child, "survivor_id: 'd' approval_id: '", id, "' }"));
    }
    AddApprovals(state.approvals, "CLOSURE", Fresh("a"), facts);
    AddApprovals(state.approvals, "MERGE", Fresh("a"), facts);
    return facts;
  }
};

class FosterFamily : public OneRecord {
 public:
  FosterFamily() : OneRecord("household/h", Given("household/other"), 0) {
    Add("household_registered { }");
    Add("foster_family_recruited { }");
  }

  std::vector<std::string> MayNow() const override {
    return FosterFamilyLife().MayNow(StateOf(Household()));
  }

  std::set<std::string> Known() const override {
    std::set<std::string> names;
    for (const auto& step : FosterFamilyLife().steps) names.insert(FactName(*step.fact));
    return names;
  }

  std::vector<std::string> Candidates() const override {
    const HouseholdState& state = StateOf(Household());
    std::vector<std::string> facts = {"foster_family_recruited { }", "foster_family_suspended { }",
                                      "foster_family_retired { }"};
    for (const char* const child : {"sok", "dara", "sophea"}) {
      facts.push_back(absl::StrCat("household_member_added { member { person_id: '", child,
                                   "' relation: RELATION_FOSTER_CHILD } }"));
      facts.push_back(
          absl::StrCat("household_member_removed { member { person_id: '", child, "' } }"));
    }
    for (const auto& [id, subject] : state.approvals.granted) {
      facts.push_back(
          absl::StrCat("foster_family_approved { capacity: 2 approval_id: '", id, "' }"));
    }
    AddApprovals(state.approvals, "FOSTER_FAMILY", Fresh("a"), facts);
    return facts;
  }

  std::size_t children() const { return StateOf(Household()).members.size(); }
};

class LivesTest : public testing::TestWithParam<unsigned> {
 protected:
  // A fact that is accepted, or the void of one that stands; nothing where all is at an end.
  std::string Choose(const OneRecord& life, const std::vector<std::string>& accepted) {
    const auto below = [this](std::size_t n) {
      return std::uniform_int_distribution<std::size_t>(0, n - 1)(engine_);
    };
    if (!life.facts().empty() && (accepted.empty() || below(12) == 0)) {
      std::string entry = absl::StrCat("entry_voided { voids_event_id: '",
                                       life.EventId(below(life.facts().size())), "' }");
      if (life.Refusal(entry).empty()) return entry;
    }
    return accepted.empty() ? "" : accepted[below(accepted.size())];
  }

  std::mt19937 engine_{GetParam()};
};

std::set<std::string> Names(const std::vector<std::string>& facts,
                            const std::set<std::string>& known) {
  std::set<std::string> names;
  for (const std::string& fact : facts) {
    if (known.contains(Name(fact))) names.insert(Name(fact));
  }
  return names;
}

TEST_P(LivesTest, WhatTheTableAllowsIsWhatIsAccepted) {
  CaseOfSok case_of_sok;
  FosterFamily family;
  for (OneRecord* const life : std::initializer_list<OneRecord*>{&case_of_sok, &family}) {
    const std::set<std::string> known = life->Known();
    for (int step = 0; step < 120; ++step) {
      const std::vector<std::string> accepted = life->Accepted();
      const std::vector<std::string> may = life->MayNow();
      ASSERT_EQ(Names(accepted, known), std::set<std::string>(may.begin(), may.end()))
          << "seed " << GetParam() << " after " << testing::PrintToString(life->facts());
      // Taking back that a child has left may fill a family beyond its room.
      const bool voided =
          std::any_of(life->facts().begin(), life->facts().end(),
                      [](const std::string& fact) { return Name(fact) == "entry_voided"; });
      ASSERT_TRUE(voided || family.children() <= 2) << testing::PrintToString(life->facts());
      const std::string next = Choose(*life, accepted);
      if (next.empty()) break;
      life->Add(next);
    }
  }
}

TEST_P(LivesTest, FoldingWhatStandsFromNothingGivesTheSameState) {
  CaseOfSok life;
  for (int step = 0; step < 120; ++step) {
    const auto anew = life.FromNothing();
    const auto& folded = *static_cast<const CaseState*>(anew->StateOf(Case()));
    const CaseState& state = life.StateOf(Case());
    ASSERT_EQ(folded.life.now, state.life.now) << "seed " << GetParam();
    ASSERT_EQ(folded.life.before, state.life.before);
    ASSERT_EQ(folded.placement_id, state.placement_id);
    ASSERT_EQ(folded.plan_version, state.plan_version);
    ASSERT_EQ(folded.goals.running(), state.goals.running());
    ASSERT_EQ(folded.workers.running(), state.workers.running());
    ASSERT_EQ(folded.transfers.running(), state.transfers.running());
    ASSERT_EQ(folded.approvals.granted, state.approvals.granted);
    const std::string next = Choose(life, life.Accepted());
    if (next.empty()) break;
    life.Add(next);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, LivesTest, testing::Range(1u, 41u));

}  // namespace
}  // namespace mlup::domain::lives_property_test
