// `mlup dashboard`: worklists, caseloads, panels of figures and balances.
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "mlup/dashboards/v1/dashboard_service.pb.h"
#include "services/mlup/commands/commands.h"
#include "services/mlup/proto_json.h"
#include "services/mlup/report_words.h"
#include "services/mlup/server_rpc.h"
#include "services/mlup/table.h"
#include "services/mlup/words.h"

namespace mlup::cli {
namespace {

namespace pb = ::mlup::dashboards::v1;

template <typename Request>
Request AskedBy(const Reader& reader) {
  Request request;
  SetAsker(reader, *request.mutable_reader());
  return request;
}

template <typename Response>
absl::StatusOr<Response> AskDashboards(const Session& session, const std::string& method,
                                       const google::protobuf::Message& request) {
  return CallOnce<Response>(session.server,
                            absl::StrCat("mlup.dashboards.v1.DashboardService/", method), request);
}

template <typename Response, typename Request>
absl::StatusOr<Response> AskAllPages(const Session& session, const std::string& method,
                                     const Request& request) {
  return CallAllPages<Response>(
      session.server, absl::StrCat("mlup.dashboards.v1.DashboardService/", method), request);
}

std::string FreshWords(const pb::Freshness& freshness) {
  if (!freshness.has_recorded_at()) return "nothing is recorded";
  return absl::StrCat("as of position ", freshness.position(), ", last entry recorded ",
                      TimeWords(freshness.recorded_at()));
}

std::string OverdueWords(std::uint32_t overdue) {
  return overdue == 0 ? "" : absl::StrCat(overdue, " overdue");
}

template <typename Response, typename Print>
int Show(const Session& session, const absl::StatusOr<Response>& response, const Print& print) {
  if (!response.ok()) return Fail(session, response.status());
  if (session.json) {
    session.out << ToJson(*response) << "\n";
  } else {
    print(*response);
  }
  return kExitOk;
}

// Splits `key=value`; a text without `=` is a key.
std::pair<std::string, std::string> SplitPair(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) return {text, ""};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

std::string FigureWords(const std::string& value, reports::v1::WhyNone why_none) {
  reports::v1::Row row;
  row.set_value(value);
  row.set_why_none(why_none);
  return ValueWords(row);
}

void PrintPanel(std::ostream& out, const pb::GetPanelResponse& panel) {
  out << panel.name().en() << ", " << FreshWords(panel.freshness()) << "\n";
  for (const pb::PanelQuarter& quarter : panel.quarters()) {
    Table table({1, 2});
    table.Add({quarter.quarter(), "now", quarter.last_year()});
    for (const pb::PanelRow& row : quarter.rows()) {
      const bool part = !row.cell().dimension().empty();
      std::string name = part ? absl::StrCat("    ", MemberWords(row.cell()))
                              : absl::StrCat("  ", row.cell().code());
      table.Add({std::move(name), FigureWords(row.value(), row.why_none()),
                 FigureWords(row.last_year(), row.last_year_why_none()),
                 row.rounded() && !(row.value().empty() && row.last_year().empty())
                     ? "or up to 4 more"
                     : ""});
    }
    out << "\n" << table.Render();
  }
}

void PrintBalance(std::ostream& out, const pb::ListBalanceResponse& balance) {
  Table table;
  for (const pb::BalanceRow& row : balance.rows()) {
    std::vector<std::string> cells(row.keys().begin(), row.keys().end());
    std::vector<std::string> alerts;
    for (const int alert : row.alerts()) {
      alerts.push_back(EnumWords(*pb::Alert_descriptor(), alert));
    }
    cells.push_back(absl::StrCat("in ", row.came_in()));
    cells.push_back(absl::StrCat("out ", row.went_out()));
    cells.push_back(absl::StrCat("left ", row.left()));
    cells.push_back(row.counted_on().empty() ? "" : absl::StrCat("counted ", row.counted_on()));
    cells.push_back(absl::StrJoin(alerts, ", "));
    table.Add(std::move(cells));
  }
  out << table.Render() << balance.total() << " rows, " << FreshWords(balance.freshness()) << "\n";
}

}  // namespace

int RunWorklists(const Session& session, const Reader& reader, const DashboardOptions& options) {
  auto request = AskedBy<pb::ListWorklistsRequest>(reader);
  request.set_worker_id(options.worker);
  const auto response = AskDashboards<pb::ListWorklistsResponse>(session, "ListWorklists", request);
  return Show(session, response, [&](const pb::ListWorklistsResponse& lists) {
    Table table({2});
    for (const pb::WorklistSummary& one : lists.worklists()) {
      table.Add({one.definition().code(), one.definition().name().en(), absl::StrCat(one.count()),
                 OverdueWords(one.overdue()), absl::StrJoin(one.roles(), ", ")});
    }
    session.out << table.Render() << FreshWords(lists.freshness()) << "\n";
  });
}

int RunWorklistItems(const Session& session, const Reader& reader,
                     const DashboardOptions& options) {
  auto request = AskedBy<pb::ListWorklistItemsRequest>(reader);
  request.set_worklist(options.code);
  request.set_worker_id(options.worker);
  request.set_province(options.province);
  request.set_due_by(options.due_by);
  const auto response =
      AskAllPages<pb::ListWorklistItemsResponse>(session, "ListWorklistItems", request);
  return Show(session, response, [&](const pb::ListWorklistItemsResponse& items) {
    Table table;
    for (const pb::WorklistItem& item : items.items()) {
      table.Add({item.due_on().empty() ? "no day" : item.due_on(), item.overdue() ? "overdue" : "",
                 item.stream(), absl::StrJoin(item.workers(), ", "),
                 absl::StrJoin(item.values(), " "), item.may_act() ? item.action() : ""});
    }
    session.out << table.Render() << items.total() << " items, " << FreshWords(items.freshness())
                << "\n";
  });
}

int RunCaseloads(const Session& session, const Reader& reader) {
  const auto response = AskAllPages<pb::ListCaseloadsResponse>(
      session, "ListCaseloads", AskedBy<pb::ListCaseloadsRequest>(reader));
  return Show(session, response, [&](const pb::ListCaseloadsResponse& loads) {
    Table table({1});
    for (const pb::Caseload& load : loads.caseloads()) {
      std::vector<std::string> waiting;
      for (const pb::Waiting& one : load.waiting()) {
        if (one.count() == 0) continue;
        waiting.push_back(absl::StrCat(one.worklist(), " ", one.count(),
                                       one.overdue() == 0 ? "" : " (", OverdueWords(one.overdue()),
                                       one.overdue() == 0 ? "" : ")"));
      }
      table.Add({load.label(), absl::StrCat(load.cases(), " cases"), absl::StrJoin(waiting, ", ")});
    }
    session.out << table.Render() << FreshWords(loads.freshness()) << "\n";
  });
}

int RunPanels(const Session& session, const Reader& reader) {
  const auto response = AskDashboards<pb::ListPanelsResponse>(
      session, "ListPanels", AskedBy<pb::ListPanelsRequest>(reader));
  return Show(session, response, [&](const pb::ListPanelsResponse& panels) {
    Table table;
    for (const pb::Panel& panel : panels.panels()) {
      table.Add({"panel", panel.code(), panel.name().en()});
    }
    for (const pb::Balance& balance : panels.balances()) {
      std::vector<std::string> keys;
      for (const pb::Column& key : balance.keys()) keys.push_back(key.name());
      table.Add({"balance", balance.code(),
                 absl::StrCat(balance.name().en(), ", by ", absl::StrJoin(keys, ", "))});
    }
    session.out << table.Render();
  });
}

int RunPanel(const Session& session, const Reader& reader, const DashboardOptions& options) {
  auto request = AskedBy<pb::GetPanelRequest>(reader);
  request.set_panel(options.code);
  request.set_quarter(options.quarter);
  request.set_quarters(options.quarters);
  const auto [dimension, member] = SplitPair(options.by);
  request.set_dimension(dimension);
  request.set_member(member);
  const auto response = AskDashboards<pb::GetPanelResponse>(session, "GetPanel", request);
  return Show(session, response,
              [&](const pb::GetPanelResponse& panel) { PrintPanel(session.out, panel); });
}

int RunBalance(const Session& session, const Reader& reader, const DashboardOptions& options) {
  auto request = AskedBy<pb::ListBalanceRequest>(reader);
  request.set_balance(options.code);
  request.set_alerts_only(options.alerts);
  for (const std::string& text : options.only) {
    auto& only = *request.add_only();
    std::tie(*only.mutable_key(), *only.mutable_value()) = SplitPair(text);
  }
  const auto response = AskAllPages<pb::ListBalanceResponse>(session, "ListBalance", request);
  return Show(session, response,
              [&](const pb::ListBalanceResponse& balance) { PrintBalance(session.out, balance); });
}

}  // namespace mlup::cli
