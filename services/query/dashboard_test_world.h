// A log, its facts and the dashboards made of them, for tests.
#pragma once

#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "mlup/cases/v1/case_events.pb.h"
#include "mlup/cases/v1/casework_events.pb.h"
#include "mlup/common/v1/common.pb.h"
#include "mlup/donations/v1/donation_events.pb.h"
#include "mlup/donations/v1/stock_events.pb.h"
#include "projections/facts/fact_projection.h"
#include "projections/test_log.h"
#include "services/domain/stream_history.h"
#include "services/query/dashboard_service.h"

namespace mlup::query::dashboards_test {

namespace pb = ::mlup::dashboards::v1;
using projections::TestId;

inline constexpr char kRoles[] = R"(
  roles { name: "social_worker" label: "Social worker" records: "cases/*"
          calls: "mlup.dashboards.v1.DashboardService/*" calls: "mlup.audit.v1.AuditService/*" }
  roles { name: "mel_officer" label: "MEL officer" calls: "mlup.dashboards.v1.DashboardService/*" }
  roles { name: "nobody" label: "Nobody" }
  actors { actor_id: "file-all" label: "Everything" organisation_id: "mro" roles: "social_worker" }
  actors { actor_id: "file-none" label: "Nothing" organisation_id: "mro" roles: "nobody" }
)";

// Who holds what, as accounts would say.
class Grants final : public identity::Holders {
 public:
  void Add(const std::string& actor_id, identity::HeldRole held) {
    auto& standing = standings_[actor_id];
    if (standing == nullptr) standing = std::make_shared<identity::Standing>();
    standing->organisations.insert(held.organisation_id);
    standing->roles.push_back(std::move(held));
  }
  std::shared_ptr<const identity::Standing> Find(std::string_view actor_id) const override {
    const auto found = standings_.find(std::string(actor_id));
    return found == standings_.end() ? nullptr : found->second;
  }

 private:
  std::map<std::string, std::shared_ptr<identity::Standing>> standings_;
};

// The content of a file of definitions.
std::string Text(const char* path);

class DashboardTest : public testing::Test {
 protected:
  DashboardTest() {
    policy_.Follow(grants_);
    worker_.emplace(log_.reader(), projection_, store_);
    reports_.emplace(ReportService::Parts{log_.log(),
                                          policy_,
                                          definitions_,
                                          facts_,
                                          *worker_,
                                          {&*worker_},
                                          disclosure_,
                                          log_.clock()});
    service_.emplace(DashboardService::Parts{policy_, *reports_, drafts_, log_.clock()});
  }
  ~DashboardTest() override { std::remove(keyring_path_.c_str()); }

  static std::string TemporaryPath() {
    std::string path = absl::StrCat(testing::TempDir(), "dashboard_service_test.", ::getpid(), ".",
                                    testing::UnitTest::GetInstance()->current_test_info()->name());
    std::remove(path.c_str());
    return path;
  }

  static std::string Case(unsigned number) { return "case/" + TestId(number); }

  void By(const std::string& actor_id, const std::string& organisation_id = "mro",
          const std::string& place = "02") {
    log_.envelope().mutable_actor()->set_actor_id(actor_id);
    log_.envelope().mutable_actor()->set_organisation_id(organisation_id);
    log_.envelope().set_place(place);
  }

  Position Open(unsigned number) {
    cases::v1::CaseOpened opened;
    opened.mutable_child()->set_person_id(TestId(1000 + number));
    opened.set_case_type(cases::v1::CASE_TYPE_REINTEGRATION);
    opened.set_owner_org_id(TestId(900));
    return log_.Append(Case(number), opened);
  }
  Position Task(unsigned number, const std::string& task_id, const std::string& due_on,
                cases::v1::TaskKind kind = cases::v1::TASK_KIND_FOLLOW_UP) {
    cases::v1::TaskCreated task;
    task.set_task_id(task_id);
    task.set_kind(kind);
    task.set_due_on(due_on);
    return log_.Append(Case(number), task);
  }
  Position Assign(unsigned number, const std::string& worker, const std::string& team = "") {
    cases::v1::CaseWorkerAssigned assigned;
    assigned.set_worker_id(worker);
    assigned.set_team(team);
    return log_.Append(Case(number), assigned);
  }
  Position Void(unsigned number, Position position) {
    common::v1::EntryVoided voided;
    voided.set_voids_event_id(log_.id_of(position));
    voided.set_reason("duplicate_entry");
    return log_.Append(Case(number), voided);
  }

  template <typename Request>
  static Request Make(const std::string& actor, const std::string& role = "social_worker") {
    Request request;
    request.mutable_reader()->set_actor_id(actor);
    request.mutable_reader()->set_role(role);
    request.mutable_reader()->set_organisation_id("mro");
    return request;
  }

  // All pages of a worklist.
  std::vector<pb::WorklistItem> Items(pb::ListWorklistItemsRequest request,
                                      std::uint32_t page_size = 7) {
    std::vector<pb::WorklistItem> items;
    request.set_page_size(page_size);
    do {
      const auto page = service_->ListWorklistItems(request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      items.insert(items.end(), page->items().begin(), page->items().end());
      request.set_page_token(page->next_page_token());
      if (request.page_token().empty()) {
        EXPECT_EQ(items.size(), page->total());
      }
    } while (!request.page_token().empty());
    return items;
  }
  std::vector<pb::WorklistItem> Items(const std::string& actor, const std::string& worklist) {
    auto request = Make<pb::ListWorklistItemsRequest>(actor);
    request.set_worklist(worklist);
    return Items(request);
  }
  // `value due` of each item's first column.
  static std::vector<std::string> Lines(const std::vector<pb::WorklistItem>& items) {
    std::vector<std::string> lines;
    lines.reserve(items.size());
    for (const pb::WorklistItem& item : items)
      lines.push_back(absl::StrCat(item.values(0), item.due_on().empty() ? "" : " ", item.due_on(),
                                   item.overdue() ? " overdue" : ""));
    return lines;
  }

  std::map<std::string, std::unique_ptr<domain::StreamHistory>> Histories() {
    std::map<std::string, std::unique_ptr<domain::StreamHistory>> histories;
    log::v1::ReadAllRequest request;
    request.set_from_position(1);
    do {
      const auto page = log_.log().ReadAll(request);
      EXPECT_TRUE(page.ok()) << page.status();
      for (const log::v1::Record& record : page->records()) {
        auto& history = histories[record.stream()];
        if (history == nullptr) history = std::make_unique<domain::StreamHistory>(record.stream());
        history->Add(*domain::ReadEvent(record));
      }
      request.set_from_position(page->next_position());
    } while (request.from_position() != 0 && request.from_position() <= log_.head().value);
    return histories;
  }

  projections::TestLog log_;
  Grants grants_;
  identity::Policy policy_ = *identity::Policy::Parse(kRoles);
  const counting::Definitions definitions_ =
      *counting::Definitions::Parse(Text(MLUP_INDICATORS_FILE), Text(MLUP_DASHBOARDS_FILE));
  const projections::FactProjection projection_;
  projections::MemoryReadModelStore store_;
  const projections::FactStore facts_{store_};
  const std::string keyring_path_ = TemporaryPath();
  const std::unique_ptr<privacy::Keyring> keyring_ = *privacy::Keyring::Open(keyring_path_);
  ReadingWatch watch_{log_.clock()};
  Disclosure disclosure_{log_.log(), *keyring_, log_.clock(), log_.random(), watch_};
  std::optional<projections::Worker> worker_;
  std::optional<ReportService> reports_;
  RefusedDrafts drafts_{log_.log()};
  std::optional<DashboardService> service_;
};

}  // namespace mlup::query::dashboards_test
