// Worklists and caseloads through the service: who is told of what, in every row and every number.
// What random logs come to is compared with what the rules of cases and the relations of commands
// say of them.
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "eventstore/base/files.h"
#include "services/command/relation.h"
#include "services/domain/case.h"
#include "services/domain/case_state.h"
#include "services/domain/fact_table.h"
#include "services/query/dashboard_test_world.h"

namespace mlup::query::dashboards_test {

std::string Text(const char* path) {
  const auto text = SystemFiles().ReadAll(path);
  EXPECT_TRUE(text.ok()) << text.status();
  return *text;
}

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(DashboardTest, AWorkerSeesTheOwnCasesAndASupervisorThoseOfTheOrganisation) {
  grants_.Add("w1", {"social_worker", "mro", identity::v1::GRANT_SCOPE_OWN_CASELOAD});
  grants_.Add("boss", {"social_worker", "mro", identity::v1::GRANT_SCOPE_ORGANISATION});
  By("w1");
  Open(1);
  Task(1, "a", "2021-01-05");
  By("w2");
  Open(2);
  Task(2, "b", "2099-01-05");
  By("w3", "other");
  Open(3);
  Task(3, "c", "2021-01-05");
  EXPECT_THAT(Lines(Items("w1", "follow_ups_due")), ElementsAre("a 2021-01-05 overdue"));
  EXPECT_THAT(Lines(Items("boss", "follow_ups_due")),
              ElementsAre("a 2021-01-05 overdue", "b 2099-01-05"));
  EXPECT_THAT(Lines(Items("file-all", "follow_ups_due")),
              ElementsAre("a 2021-01-05 overdue", "c 2021-01-05 overdue", "b 2099-01-05"));
  const Position assigned = Assign(2, "w1");
  EXPECT_THAT(Lines(Items("w1", "follow_ups_due")),
              ElementsAre("a 2021-01-05 overdue", "b 2099-01-05"));
  Assign(1, "w9");
  EXPECT_THAT(Lines(Items("w1", "follow_ups_due")), ElementsAre("b 2099-01-05"));
  Void(2, assigned);
  EXPECT_THAT(Lines(Items("w1", "follow_ups_due")), IsEmpty());
}

TEST_F(DashboardTest, AnswersSayHowFreshTheyAreAndWhoMayDoTheWork) {
  By("w1");
  Open(1);
  const Position task = Task(1, "a", "2021-01-05");
  const auto lists = service_->ListWorklists(Make<pb::ListWorklistsRequest>("file-all"));
  ASSERT_TRUE(lists.ok()) << lists.status();
  EXPECT_EQ(lists->freshness().position(), task.value);
  EXPECT_TRUE(lists->freshness().has_recorded_at());
  EXPECT_EQ(lists->today(), FormatDay(DayOf(log_.clock().Now())));
  std::map<std::string, pb::WorklistSummary> by_code;
  for (const auto& summary : lists->worklists()) by_code[summary.definition().code()] = summary;
  EXPECT_EQ(by_code["follow_ups_due"].count(), 1u);
  EXPECT_EQ(by_code["follow_ups_due"].overdue(), 1u);
  EXPECT_EQ(by_code["active_cases"].count(), 1u);
  EXPECT_THAT(by_code["follow_ups_due"].roles(), ElementsAre("social_worker"));
  EXPECT_EQ(by_code["conflicts_open"].count(), 0u);
  const auto items = Items("file-all", "follow_ups_due");
  ASSERT_EQ(items.size(), 1u);
  EXPECT_EQ(items[0].stream(), Case(1));
  EXPECT_EQ(items[0].event_id(), log_.id_of(task));
  EXPECT_EQ(items[0].action(), "task_ended");
  EXPECT_EQ(items[0].province(), "02");
  EXPECT_THAT(items[0].workers(), ElementsAre("w1"));
  EXPECT_TRUE(items[0].may_act());
}

TEST_F(DashboardTest, AnApprovalIsNotForWhoAskedForIt) {
  By("w1");
  grants_.Add("w1", {"social_worker", "mro", identity::v1::GRANT_SCOPE_ORGANISATION});
  Open(1);
  common::v1::ApprovalRequested asked;
  asked.set_approval_id("p");
  asked.set_subject(common::v1::APPROVAL_SUBJECT_CLOSURE);
  log_.Append(Case(1), asked);
  ASSERT_EQ(Items("w1", "approvals_waiting").size(), 1u);
  EXPECT_FALSE(Items("w1", "approvals_waiting")[0].may_act());
  EXPECT_TRUE(Items("file-all", "approvals_waiting")[0].may_act());
}

TEST_F(DashboardTest, WhatIsForAFewStandsOnNoListAndWithoutHistoriesThereAreNoRecordsOfPeople) {
  By("w1");
  grants_.Add("mel", {"mel_officer", "mro", identity::v1::GRANT_SCOPE_ALL});
  Open(1);
  Task(1, "a", "2021-01-05");
  log_.envelope().set_sensitivity(log::v1::SENSITIVITY_RESTRICTED);
  Task(1, "hidden", "2021-01-05");
  log_.envelope().clear_sensitivity();
  EXPECT_THAT(Lines(Items("file-all", "follow_ups_due")), ElementsAre("a 2021-01-05 overdue"));
  auto request = Make<pb::ListWorklistItemsRequest>("mel", "mel_officer");
  request.set_worklist("follow_ups_due");
  EXPECT_THAT(Items(request), IsEmpty());
  auto none = Make<pb::ListWorklistItemsRequest>("file-none", "nobody");
  none.set_worklist("follow_ups_due");
  EXPECT_TRUE(absl::IsPermissionDenied(service_->ListWorklistItems(none).status()));
}

TEST_F(DashboardTest, FiltersAndPages) {
  By("w1");
  for (unsigned i = 1; i <= 20; ++i) {
    By("w1", "mro", i % 2 == 0 ? "02" : "0301");
    Open(i);
    Task(i, absl::StrCat("t", i), absl::StrCat("2021-01-", 9 + i));
  }
  Assign(3, "w7");
  auto request = Make<pb::ListWorklistItemsRequest>("file-all");
  request.set_worklist("follow_ups_due");
  request.set_province("03");
  EXPECT_EQ(Items(request).size(), 10u);
  request.set_due_by("2021-01-12");
  EXPECT_THAT(Lines(Items(request)), ElementsAre("t1 2021-01-10 overdue", "t3 2021-01-12 overdue"));
  request.set_worker_id("w7");
  EXPECT_THAT(Lines(Items(request)), ElementsAre("t3 2021-01-12 overdue"));
  request.set_worker_id("w8");
  EXPECT_THAT(Items(request), IsEmpty());
  request.set_page_token("x");
  EXPECT_EQ(ErrorReason(service_->ListWorklistItems(request).status()), "PAGE_TOKEN_INVALID");
  request.clear_page_token();
  request.set_worklist("follow_ups");
  EXPECT_EQ(ErrorReason(service_->ListWorklistItems(request).status()), "WORKLIST_UNKNOWN");
}

TEST_F(DashboardTest, PagesAreOfOnePositionAndOfRightsAsTheyAreNow) {
  grants_.Add("w7", {"social_worker", "mro", identity::v1::GRANT_SCOPE_OWN_CASELOAD});
  By("w1");
  std::vector<Position> assigned;
  for (unsigned i = 1; i <= 6; ++i) {
    Open(i);
    assigned.push_back(Assign(i, "w7"));
    Task(i, absl::StrCat("t", i), absl::StrCat("2021-01-1", i));
  }
  auto request = Make<pb::ListWorklistItemsRequest>("w7");
  request.set_worklist("follow_ups_due");
  request.set_page_size(2);
  const auto first = service_->ListWorklistItems(request);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->total(), 6u);
  Task(6, "t0", "2021-01-01");
  request.set_page_token(first->next_page_token());
  const auto second = service_->ListWorklistItems(request);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->items(0).values(0), "t3") << "what came since is not on the pages";
  EXPECT_EQ(second->freshness().position(), first->freshness().position());
  for (unsigned i = 1; i <= 6; ++i) Void(i, assigned[i - 1]);
  const auto later = service_->ListWorklistItems(request);
  ASSERT_TRUE(later.ok()) << later.status();
  EXPECT_EQ(later->total(), 0u) << "an old page gives nobody what he may not see any more";
}

TEST_F(DashboardTest, CaseloadsAreOfWhoIsAssigned) {
  By("w1");
  Open(1);
  Open(2);
  Open(3);
  Assign(1, "w2");
  Assign(1, "w3");
  Assign(2, "w2");
  Task(2, "a", "2021-01-05");
  Task(2, "b", "2099-01-05");
  cases::v1::CaseClosed closed;
  log_.Append(Case(3), closed);
  const auto loads = service_->ListCaseloads(Make<pb::ListCaseloadsRequest>("file-all"));
  ASSERT_TRUE(loads.ok()) << loads.status();
  std::vector<std::string> lines;
  for (const pb::Caseload& load : loads->caseloads()) {
    for (const pb::Waiting& waiting : load.waiting()) {
      if (waiting.worklist() != "follow_ups_due") continue;
      lines.push_back(absl::StrCat(load.worker_id(), " ", load.cases(), " ", waiting.count(), " ",
                                   waiting.overdue()));
    }
  }
  EXPECT_THAT(lines, ElementsAre("w2 2 2 1", "w3 1 0 0"));
}

TEST_F(DashboardTest, WhatWasRefusedIsForWhoMadeItAndWhoReachesHim) {
  grants_.Add("w1", {"social_worker", "mro", identity::v1::GRANT_SCOPE_OWN_CASELOAD});
  grants_.Add("w2", {"social_worker", "mro", identity::v1::GRANT_SCOPE_OWN_CASELOAD});
  grants_.Add("boss", {"social_worker", "mro", identity::v1::GRANT_SCOPE_ORGANISATION});
  grants_.Add("far", {"social_worker", "other", identity::v1::GRANT_SCOPE_ORGANISATION});
  By("w1", "");
  sync::v1::ItemsSettled settled;
  settled.set_device("tablet-07");
  settled.add_items()->set_sequence(1);
  auto& refused = *settled.add_items();
  refused.set_sequence(2);
  refused.mutable_refused()->mutable_info()->set_reason("CASE_NOT_OPEN");
  refused.mutable_refused()->mutable_info()->set_field("facts[0].stream");
  log_.Append("device/" + TestId(77), settled);
  for (const char* reader : {"w1", "boss", "file-all"}) {
    const auto items = Items(reader, "drafts_refused");
    ASSERT_EQ(items.size(), 1u) << reader;
    EXPECT_THAT(items[0].values(),
                ElementsAre("w1", "tablet-07", "2", "CASE_NOT_OPEN", "facts[0].stream"));
    EXPECT_EQ(items[0].may_act(), std::string(reader) == "w1");
  }
  EXPECT_THAT(Items("w2", "drafts_refused"), IsEmpty());
  auto other = Make<pb::ListWorklistItemsRequest>("far");
  other.mutable_reader()->set_organisation_id("other");
  other.set_worklist("drafts_refused");
  EXPECT_THAT(Items(other), IsEmpty());
  const auto loads = service_->ListCaseloads(Make<pb::ListCaseloadsRequest>("boss"));
  ASSERT_TRUE(loads.ok()) << loads.status();
  ASSERT_EQ(loads->caseloads_size(), 1);
  EXPECT_EQ(loads->caseloads(0).worker_id(), "w1");
  log_.clock().Advance(absl::Hours(24 * 100));
  EXPECT_THAT(Items("boss", "drafts_refused"), IsEmpty());
}

TEST_F(DashboardTest, ScopesOfRandomLogsAreThoseOfTheCommands) {
  const std::vector<identity::HeldRole> roles = {
      {"social_worker", "mro", identity::v1::GRANT_SCOPE_ALL},
      {"social_worker", "mro", identity::v1::GRANT_SCOPE_ORGANISATION},
      {"social_worker", "mro", identity::v1::GRANT_SCOPE_OWN_CASELOAD},
      {"social_worker", "mro", identity::v1::GRANT_SCOPE_TEAM, "north"},
      {"social_worker", "mro", identity::v1::GRANT_SCOPE_PROVINCE, "", "03"},
      {"social_worker", "mro", identity::v1::GRANT_SCOPE_SECTOR, "", "", log::v1::SECTOR_CASE_MGMT},
  };
  for (std::size_t i = 0; i < roles.size(); ++i) grants_.Add(absl::StrCat("w", i), roles[i]);
  std::mt19937 random(11);
  const auto draw = [&random](unsigned below) { return static_cast<unsigned>(random() % below); };
  std::vector<std::pair<unsigned, Position>> told;
  constexpr unsigned kCases = 12;
  for (unsigned number = 1; number <= kCases; ++number) {
    By(absl::StrCat("w", draw(6)), draw(3) == 0 ? "other" : "mro", draw(2) == 0 ? "02" : "0304");
    log_.envelope().set_sector(draw(2) == 0 ? log::v1::SECTOR_CASE_MGMT : log::v1::SECTOR_RCI);
    Open(number);
  }
  for (int i = 0; i < 400; ++i) {
    const unsigned number = 1 + draw(kCases);
    const std::string worker = absl::StrCat("w", draw(6));
    switch (draw(6)) {
      case 0:
      case 1:
        told.emplace_back(
            number,
            Task(number, absl::StrCat("t", i), absl::StrCat("2021-01-", 10 + draw(20)),
                 draw(2) == 0 ? cases::v1::TASK_KIND_FOLLOW_UP : cases::v1::TASK_KIND_SERVICE));
        break;
      case 2: {
        cases::v1::TaskEnded ended;
        ended.set_task_id(absl::StrCat("t", draw(400)));
        told.emplace_back(number, log_.Append(Case(number), ended));
        break;
      }
      case 3:
        told.emplace_back(number, Assign(number, worker, draw(3) == 0 ? "north" : ""));
        break;
      case 4: {
        cases::v1::CaseWorkerUnassigned unassigned;
        unassigned.set_worker_id(worker);
        told.emplace_back(number, log_.Append(Case(number), unassigned));
        break;
      }
      default: {
        if (told.empty()) break;
        const auto& [other, position] = told[draw(static_cast<unsigned>(told.size()))];
        Void(other, position);
      }
    }
  }
  const auto histories = Histories();
  for (std::size_t i = 0; i < roles.size(); ++i) {
    const std::string reader = absl::StrCat("w", i);
    SCOPED_TRACE(reader);
    std::set<std::string> expected;
    std::set<std::string> cases_expected;
    for (const auto& [stream, history] : histories) {
      if (!identity::Covers(roles[i], reader, command::RelationOf(*history))) continue;
      cases_expected.insert(stream);
      const auto& state = *static_cast<const domain::CaseState*>(history->StateOf(domain::Case()));
      for (std::size_t at = 0; at < history->size(); ++at) {
        const domain::LiveEvent& event = history->At(at);
        const auto* task = dynamic_cast<const cases::v1::TaskCreated*>(event.message.get());
        if (task == nullptr || event.voided || task->kind() != cases::v1::TASK_KIND_FOLLOW_UP ||
            !state.tasks.IsOpen(task->task_id()))
          continue;
        expected.insert(absl::StrCat(stream, " ", task->task_id()));
      }
    }
    std::set<std::string> found;
    for (const pb::WorklistItem& item : Items(reader, "follow_ups_due"))
      found.insert(absl::StrCat(item.stream(), " ", item.values(0)));
    EXPECT_EQ(found, expected);
    std::set<std::string> active;
    for (const pb::WorklistItem& item : Items(reader, "active_cases")) active.insert(item.stream());
    EXPECT_EQ(active, cases_expected);
    const auto lists = service_->ListWorklists(Make<pb::ListWorklistsRequest>(reader));
    ASSERT_TRUE(lists.ok()) << lists.status();
    for (const pb::WorklistSummary& summary : lists->worklists()) {
      if (summary.definition().code() == "follow_ups_due") {
        EXPECT_EQ(summary.count(), expected.size());
      }
    }
    auto panel = Make<pb::GetPanelRequest>(reader);
    panel.set_panel("case_flow");
    panel.set_quarter("2021-Q1");
    const auto flow = service_->GetPanel(panel);
    ASSERT_TRUE(flow.ok()) << flow.status();
    EXPECT_EQ(flow->quarters(0).rows(0).cell().code(), "cases_opened");
    EXPECT_EQ(flow->quarters(0).rows(0).value(),
              cases_expected.empty() ? "" : absl::StrCat(cases_expected.size()));
  }
}

TEST_F(DashboardTest, EveryActionOfTheBuiltinWorklistsIsAFact) {
  for (const counting::Worklist& worklist : definitions_.dashboards().worklists()) {
    for (const pb::Source& source : worklist.definition->sources()) {
      EXPECT_NE(domain::FactTable::Get().Find(source.action(), "case"), nullptr) << source.action();
    }
  }
  const auto panels = service_->ListPanels(Make<pb::ListPanelsRequest>("file-all"));
  ASSERT_TRUE(panels.ok()) << panels.status();
  EXPECT_EQ(panels->panels_size(), 2);
  EXPECT_EQ(panels->balances_size(), 4);
}

}  // namespace
}  // namespace mlup::query::dashboards_test
