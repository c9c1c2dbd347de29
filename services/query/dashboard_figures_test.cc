// Panels and balances through the service: what is told of whom.
#include <string>
#include <vector>

#include "services/query/dashboard_test_world.h"

namespace mlup::query::dashboards_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST_F(DashboardTest, APanelTellsTheQuarterAndTheSameOneOfLastYear) {
  By("w1");
  log_.Occurred("2020-02-01");
  for (unsigned i = 1; i <= 6; ++i) Open(i);
  log_.Occurred("2021-02-01");
  for (unsigned i = 7; i <= 9; ++i) Open(i);
  for (unsigned i = 1; i <= 5; ++i) log_.Append(Case(i), cases::v1::CaseClosed());
  cases::v1::CaseReopened reopened;
  log_.Append(Case(1), reopened);
  auto request = Make<pb::GetPanelRequest>("file-all");
  request.set_panel("case_flow");
  request.set_quarter("2021-Q1");
  request.set_quarters(2);
  const auto totals = [&](const pb::GetPanelResponse& panel, int quarter) {
    std::vector<std::string> lines;
    for (const pb::PanelRow& row : panel.quarters(quarter).rows()) {
      if (row.cell().dimension().empty())
        lines.push_back(absl::StrCat(row.cell().code(), " ", row.value(), " ", row.last_year()));
    }
    return lines;
  };
  const auto flow = service_->GetPanel(request);
  ASSERT_TRUE(flow.ok()) << flow.status();
  ASSERT_EQ(flow->quarters_size(), 2);
  EXPECT_EQ(flow->quarters(0).quarter(), "2020-Q4");
  EXPECT_EQ(flow->quarters(1).last_year(), "2020-Q1");
  EXPECT_THAT(totals(*flow, 0), ElementsAre("cases_opened  ", "cases_reopened  ", "case_closures  ",
                                            "cases_transferred  ", "cases_active 6 "));
  EXPECT_THAT(totals(*flow, 1),
              ElementsAre("cases_opened 3 6", "cases_reopened 1 ", "case_closures 5 ",
                          "cases_transferred  ", "cases_active 5 6"));
  request.set_quarters(1);
  request.set_dimension("province");
  request.set_member("02");
  const auto province = service_->GetPanel(request);
  ASSERT_TRUE(province.ok()) << province.status();
  ASSERT_EQ(province->quarters(0).rows_size(), 4);
  EXPECT_EQ(province->quarters(0).rows(0).value(), "3");
  EXPECT_EQ(province->quarters(0).rows(0).last_year(), "6");
  request.clear_dimension();
  EXPECT_EQ(ErrorField(service_->GetPanel(request).status()), "dimension");
  request.clear_member();
  request.set_quarter("2021");
  EXPECT_EQ(ErrorReason(service_->GetPanel(request).status()), "QUARTER_INVALID");
}

TEST_F(DashboardTest, FewPeopleAreWithheldFromWhoMayNotOpenTheirRecords) {
  grants_.Add("mel", {"mel_officer", "mro", identity::v1::GRANT_SCOPE_ALL});
  log_.Occurred("2021-02-01");
  for (unsigned i = 1; i <= 12; ++i) {
    By("w1", "mro", i <= 2 ? "02" : i <= 6 ? "03" : "04");
    Open(i);
  }
  const auto parts = [&](const std::string& actor, const std::string& role) {
    auto request = Make<pb::GetPanelRequest>(actor, role);
    request.set_panel("case_flow");
    request.set_quarter("2021-Q1");
    request.set_dimension("province");
    const auto panel = service_->GetPanel(request);
    EXPECT_TRUE(panel.ok()) << panel.status();
    std::vector<std::string> lines;
    for (const pb::PanelRow& row : panel->quarters(0).rows()) {
      if (row.cell().code() != "cases_opened") continue;
      lines.push_back(absl::StrCat(
          row.cell().member(), "=",
          row.why_none() == reports::v1::WHY_NONE_WITHHELD ? "withheld" : row.value()));
    }
    return lines;
  };
  EXPECT_THAT(parts("file-all", "social_worker"), ElementsAre("=12", "02=2", "03=4", "04=6"));
  EXPECT_THAT(parts("mel", "mel_officer"),
              ElementsAre("=12", "02=withheld", "03=withheld", "04=6"));
}

TEST_F(DashboardTest, PartsOfASmallTotalAreNotSaidToBeNothing) {
  grants_.Add("mel", {"mel_officer", "mro", identity::v1::GRANT_SCOPE_ALL});
  By("w1");
  log_.Occurred("2020-02-01");
  Open(1);
  log_.Occurred("2021-02-01");
  for (unsigned i = 2; i <= 8; ++i) Open(i);
  auto request = Make<pb::GetPanelRequest>("mel", "mel_officer");
  request.set_panel("case_flow");
  request.set_quarter("2021-Q1");
  request.set_dimension("province");
  request.set_member("02");
  const auto panel = service_->GetPanel(request);
  ASSERT_TRUE(panel.ok()) << panel.status();
  const pb::PanelRow& opened = panel->quarters(0).rows(0);
  EXPECT_EQ(opened.value(), "7");
  EXPECT_EQ(opened.last_year(), "");
  EXPECT_EQ(opened.last_year_why_none(), reports::v1::WHY_NONE_WITHHELD);
}

TEST_F(DashboardTest, WhatCameAndWentIsNoDifferenceOfTwoStates) {
  grants_.Add("mel", {"mel_officer", "mro", identity::v1::GRANT_SCOPE_ALL});
  By("w1");
  log_.Occurred("2021-02-01");
  for (unsigned i = 1; i <= 11; ++i) Open(i);
  log_.Occurred("2021-05-01");
  for (unsigned i = 12; i <= 14; ++i) Open(i);
  const auto active = [&](const std::string& actor, const std::string& role) {
    auto request = Make<pb::GetPanelRequest>(actor, role);
    request.set_panel("case_flow");
    request.set_quarter("2021-Q2");
    request.set_quarters(2);
    const auto panel = service_->GetPanel(request);
    EXPECT_TRUE(panel.ok()) << panel.status();
    std::vector<std::string> lines;
    for (const pb::PanelQuarter& quarter : panel->quarters()) {
      for (const pb::PanelRow& row : quarter.rows()) {
        if (row.cell().code() != "cases_active" || !row.cell().dimension().empty()) continue;
        lines.push_back(absl::StrCat(row.value(), row.rounded() ? " rounded" : ""));
      }
    }
    return lines;
  };
  EXPECT_THAT(active("file-all", "social_worker"), ElementsAre("11", "14"));
  EXPECT_THAT(active("mel", "mel_officer"), ElementsAre("10 rounded", "10 rounded"));
}

TEST_F(DashboardTest, ACaseThatEndedInAnotherIsNoFigure) {
  By("w1");
  log_.Occurred("2021-02-01");
  Open(1);
  Open(2);
  cases::v1::CasesMerged merged;
  merged.set_survivor_id(TestId(2));
  const Position merge = log_.Append(Case(1), merged);
  const auto opened = [&] {
    auto request = Make<pb::GetPanelRequest>("file-all");
    request.set_panel("case_flow");
    request.set_quarter("2021-Q1");
    return service_->GetPanel(request)->quarters(0).rows(0).value();
  };
  EXPECT_EQ(opened(), "1");
  Void(1, merge);
  EXPECT_EQ(opened(), "2");
}

TEST_F(DashboardTest, StockIsOfTheStoresThatAreReached) {
  grants_.Add("boss", {"social_worker", "mro", identity::v1::GRANT_SCOPE_ORGANISATION});
  const auto buy = [&](unsigned store, const std::string& item, const std::string& quantity) {
    donations::v1::GoodsPurchased bought;
    auto& line = *bought.add_lines();
    line.set_item_code(item);
    line.set_quantity(quantity);
    line.set_unit("kg");
    log_.Append("store/" + TestId(store), bought);
  };
  By("w1");
  log_.Occurred("2021-02-01");
  buy(1, "rice", "10");
  By("w2", "other");
  buy(2, "rice", "5");
  By("w1");
  donations::v1::StockCounted counted;
  auto& line = *counted.add_lines();
  line.set_item_code("rice");
  line.set_quantity("0");
  line.set_unit("kg");
  log_.Append("store/" + TestId(1), counted);
  const auto rows = [&](const pb::ListBalanceRequest& request) {
    const auto balance = service_->ListBalance(request);
    EXPECT_TRUE(balance.ok()) << balance.status();
    std::vector<std::string> lines;
    for (const pb::BalanceRow& row : balance->rows()) {
      std::string text = absl::StrCat(row.keys(0) == TestId(1) ? "own" : "other", " ", row.left());
      for (const int alert : row.alerts()) absl::StrAppend(&text, " ", pb::Alert_Name(alert));
      lines.push_back(text);
    }
    return lines;
  };
  auto request = Make<pb::ListBalanceRequest>("file-all");
  request.set_balance("stock");
  EXPECT_THAT(rows(request), UnorderedElementsAre("own 0 ALERT_EMPTY", "other 5 ALERT_COUNT_DUE"));
  log_.clock().Advance(absl::Hours(24 * 120));
  auto own = Make<pb::ListBalanceRequest>("boss");
  own.set_balance("stock");
  EXPECT_THAT(rows(own), ElementsAre("own 0 ALERT_EMPTY ALERT_COUNT_DUE"));
  auto& only = *own.add_only();
  only.set_key("item");
  only.set_value("oil");
  EXPECT_THAT(rows(own), IsEmpty());
  only.set_key("colour");
  EXPECT_EQ(ErrorReason(service_->ListBalance(own).status()), "KEY_UNKNOWN");
}

}  // namespace
}  // namespace mlup::query::dashboards_test
