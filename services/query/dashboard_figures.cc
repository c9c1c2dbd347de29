// Panels of figures, and balances.
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "eventstore/base/decimal.h"
#include "projections/counting/evaluate.h"
#include "projections/counting/suppression.h"
#include "services/fields/validator.h"
#include "services/query/asking.h"
#include "services/query/dashboard_service.h"

namespace mlup::query {
namespace {

namespace dashboards_pb = ::mlup::dashboards::v1;
using counting::Balance;
using counting::Panel;
using reports::v1::Row;

struct Quarter {
  int year;
  int number;

  std::string Name() const { return absl::StrCat(year, "-Q", number); }
  DayRange Days() const { return *ParsePeriod(Name()); }
  Quarter Before() const { return number > 1 ? Quarter{year, number - 1} : Quarter{year - 1, 4}; }
  Quarter LastYear() const { return {year - 1, number}; }
};

// Nothing where a year back is before our days too.
std::optional<Quarter> ParseQuarter(const std::string& text) {
  constexpr int kYearMin = 1910;
  Quarter quarter{0, 0};
  if (text.size() != 7 || text.substr(4, 2) != "-Q" ||
      !absl::SimpleAtoi(text.substr(0, 4), &quarter.year) ||
      !absl::SimpleAtoi(text.substr(6), &quarter.number) || quarter.year < kYearMin ||
      !ParsePeriod(text)) {
    return std::nullopt;
  }
  return quarter;
}

// The rows of a figure, and whether they are rounded.
struct Told {
  std::vector<Row> rows;
  bool rounded = false;

  // Why a row is not there: where the total is withheld, its parts are left out.
  reports::v1::WhyNone WhyMissing() const {
    const bool withheld =
        !rows.empty() && rows.front().why_none() == reports::v1::WHY_NONE_WITHHELD;
    return withheld ? reports::v1::WHY_NONE_WITHHELD : reports::v1::WHY_NONE_NOTHING_RECORDED;
  }
};

// To multiples of what is next to a small number, so that the difference of two states fits more
// than one number of people who came and went.
void RoundDown(std::vector<Row>& rows) {
  constexpr std::int64_t kStep = counting::kSmallMax + 1;
  for (Row& row : rows) {
    std::int64_t value = 0;
    if (absl::SimpleAtoi(row.value(), &value)) row.set_value(absl::StrCat(value / kStep * kStep));
  }
}

// The rows of a figure as the reader may see them. Values of few people are withheld where some of
// them stand on records that the reader may not open.
Told RowsOf(DashboardReading& reading, const counting::Indicator& figure, const Quarter& quarter) {
  const DayRange days = quarter.Days();
  const counting::Figures figures = counting::Evaluate(
      figure, reading.world(), days, [&](counting::RowId row) { return reading.MayCount(row); });
  std::vector<Row> rows;
  for (const counting::CellFigures& cell : figures.cells) {
    Row& row = rows.emplace_back();
    row.mutable_cell()->set_code(figure.definition->code());
    row.mutable_cell()->set_dimension(cell.dimension);
    row.mutable_cell()->set_member(cell.member);
    row.set_unit(figure.definition->unit());
    row.set_value(cell.value);
    row.set_why_none(cell.why_none);
  }
  const bool opens_all = std::ranges::all_of(figures.items, [&](const counting::Item& item) {
    return reading.MayOpen(reading.table().StreamOf(item.event));
  });
  if (opens_all) return {std::move(rows), false};
  counting::WithholdSmall(rows);
  const bool is_state = figure.definition->period_rule() == reports::v1::PERIOD_RULE_ON_LAST_DAY;
  if (is_state) RoundDown(rows);
  return {std::move(rows), is_state};
}

bool IsAskedFor(const dashboards_pb::GetPanelRequest& request, const reports::v1::Cell& cell) {
  if (!request.member().empty()) {
    return cell.dimension() == request.dimension() && cell.member() == request.member();
  }
  return request.dimension().empty() || cell.dimension().empty() ||
         cell.dimension() == request.dimension();
}

// Adds what is told of one figure in a quarter, beside that of the year before.
void AddRows(const dashboards_pb::GetPanelRequest& request, const Told& now, const Told& then,
             dashboards_pb::PanelQuarter& quarter) {
  using Key = std::pair<std::string, std::string>;
  std::map<Key, dashboards_pb::PanelRow*> told;
  const auto at = [&](const Row& row) -> dashboards_pb::PanelRow* {
    if (!IsAskedFor(request, row.cell())) return nullptr;
    dashboards_pb::PanelRow*& found = told[{row.cell().dimension(), row.cell().member()}];
    if (found != nullptr) return found;
    found = quarter.add_rows();
    *found->mutable_cell() = row.cell();
    found->set_unit(row.unit());
    found->set_rounded(now.rounded || then.rounded);
    found->set_why_none(now.WhyMissing());
    found->set_last_year_why_none(then.WhyMissing());
    return found;
  };
  for (const Row& row : now.rows) {
    if (dashboards_pb::PanelRow* one = at(row)) {
      one->set_value(row.value());
      one->set_why_none(row.why_none());
    }
  }
  for (const Row& row : then.rows) {
    if (dashboards_pb::PanelRow* one = at(row)) {
      one->set_last_year(row.value());
      one->set_last_year_why_none(row.why_none());
    }
  }
}

// The place of a key among those of a balance. INVALID_ARGUMENT KEY_UNKNOWN.
absl::StatusOr<std::size_t> PlaceOf(const Balance& balance, const std::string& key) {
  std::string names;
  for (int i = 0; i < balance.definition->keys_size(); ++i) {
    if (balance.definition->keys(i).name() == key) return static_cast<std::size_t>(i);
    absl::StrAppend(&names, i == 0 ? "" : ", ", balance.definition->keys(i).name());
  }
  return FieldError(absl::StatusCode::kInvalidArgument, "KEY_UNKNOWN", "only.key",
                    absl::StrCat("must be a key of the balance: ", names));
}

std::vector<dashboards_pb::Alert> AlertsOf(const Balance& balance, const counting::BalanceRow& row,
                                           Day today) {
  std::vector<dashboards_pb::Alert> alerts;
  const auto every = static_cast<std::int32_t>(balance.definition->count_every_days());
  if (row.left.thousandths < 0) alerts.push_back(dashboards_pb::ALERT_NEGATIVE);
  if (row.has_unknown || row.is_too_large) alerts.push_back(dashboards_pb::ALERT_NOT_EXACT);
  if (every == 0) return alerts;
  if (row.left.thousandths == 0) alerts.push_back(dashboards_pb::ALERT_EMPTY);
  if (!row.counted_on || row.counted_on->value + every < today.value) {
    alerts.push_back(dashboards_pb::ALERT_COUNT_DUE);
  }
  return alerts;
}

dashboards_pb::BalanceRow Describe(const Balance& balance, const counting::BalanceRow& row,
                                   Day today) {
  dashboards_pb::BalanceRow described;
  for (const std::string& key : row.keys) described.add_keys(key);
  described.set_came_in(FormatDecimal(row.in));
  described.set_went_out(FormatDecimal(row.out));
  described.set_left(FormatDecimal(row.left));
  if (row.counted_on) described.set_counted_on(FormatDay(*row.counted_on));
  for (const dashboards_pb::Alert alert : AlertsOf(balance, row, today)) {
    described.add_alerts(alert);
  }
  return described;
}

// The rows that the reader may see and asked for.
absl::StatusOr<std::vector<dashboards_pb::BalanceRow>> RowsOf(
    DashboardReading& reading, const Balance& balance,
    const dashboards_pb::ListBalanceRequest& request) {
  std::vector<std::pair<std::size_t, std::string>> only;
  for (const dashboards_pb::KeyIs& one : request.only()) {
    ASSIGN_OR_RETURN(const std::size_t place, PlaceOf(balance, one.key()));
    only.emplace_back(place, one.value());
  }
  const std::string category =
      balance.definition->keys_size() == 0 ? "" : balance.definition->keys(0).category();
  counting::Within within;
  if (category.empty()) {
    within = [&](counting::RowId row) { return reading.MayCount(row); };
  }
  std::vector<dashboards_pb::BalanceRow> rows;
  for (const counting::BalanceRow& row :
       counting::ComputeBalance(balance, reading.world(), within)) {
    const bool wanted = std::ranges::all_of(
        only, [&](const auto& one) { return row.keys[one.first] == one.second; });
    if (!wanted || (!category.empty() && !reading.ReachesRecord(category, row.keys[0]))) continue;
    dashboards_pb::BalanceRow described = Describe(balance, row, reading.today());
    if (request.alerts_only() && described.alerts().empty()) continue;
    rows.push_back(std::move(described));
  }
  return rows;
}

}  // namespace

absl::StatusOr<dashboards_pb::ListPanelsResponse> DashboardService::ListPanels(
    const dashboards_pb::ListPanelsRequest& request) const {
  RETURN_IF_ERROR(fields::Validate(request));
  ASSIGN_OR_RETURN(const auto reading,
                   DashboardReading::Open(parts_, ActorOf(request.reader()), "ListPanels"));
  dashboards_pb::ListPanelsResponse response;
  for (const Panel& panel : reading->dashboards().panels()) {
    *response.add_panels() = *panel.definition;
  }
  for (const Balance& balance : reading->dashboards().balances()) {
    *response.add_balances() = *balance.definition;
  }
  return response;
}

absl::StatusOr<dashboards_pb::GetPanelResponse> DashboardService::GetPanel(
    const dashboards_pb::GetPanelRequest& request) const {
  RETURN_IF_ERROR(fields::Validate(request));
  if (!request.member().empty() && request.dimension().empty()) {
    return FieldError(absl::StatusCode::kInvalidArgument, "FIELD_REQUIRED", "dimension",
                      "must be given with a member");
  }
  const std::optional<Quarter> last = ParseQuarter(request.quarter());
  if (!last) {
    return FieldError(absl::StatusCode::kInvalidArgument, "QUARTER_INVALID", "quarter",
                      "must be a quarter, as `2021-Q1`");
  }
  ASSIGN_OR_RETURN(const auto reading,
                   DashboardReading::Open(parts_, ActorOf(request.reader()), "GetPanel"));
  ASSIGN_OR_RETURN(const Panel* panel, reading->dashboards().PanelNamed(request.panel()));
  std::vector<Quarter> quarters = {*last};
  while (quarters.size() < request.quarters()) quarters.push_back(quarters.back().Before());
  std::ranges::reverse(quarters);
  dashboards_pb::GetPanelResponse response;
  response.set_code(panel->definition->code());
  *response.mutable_name() = panel->definition->name();
  for (const counting::Indicator& figure : panel->figures) {
    dashboards_pb::PanelFigure& told = *response.add_figures();
    told.set_code(figure.definition->code());
    told.mutable_name()->set_en(figure.definition->name());
    told.mutable_name()->set_km(figure.definition->name_km());
  }
  for (const Quarter& quarter : quarters) {
    dashboards_pb::PanelQuarter& told = *response.add_quarters();
    told.set_quarter(quarter.Name());
    told.set_last_year(quarter.LastYear().Name());
    for (const counting::Indicator& figure : panel->figures) {
      AddRows(request, RowsOf(*reading, figure, quarter),
              RowsOf(*reading, figure, quarter.LastYear()), told);
    }
  }
  ASSIGN_OR_RETURN(*response.mutable_freshness(), reading->FreshnessOf());
  return response;
}

absl::StatusOr<dashboards_pb::ListBalanceResponse> DashboardService::ListBalance(
    const dashboards_pb::ListBalanceRequest& request) const {
  RETURN_IF_ERROR(fields::Validate(request));
  ASSIGN_OR_RETURN(const auto reading,
                   DashboardReading::Open(parts_, ActorOf(request.reader()), "ListBalance"));
  ASSIGN_OR_RETURN(const Balance* balance, reading->dashboards().BalanceNamed(request.balance()));
  const PageMark mark = MarkOf(request);
  ASSIGN_OR_RETURN(const PageToken token, TokenOf(request, mark, reading->newest()));
  reading->TurnTo(token.as_of);
  ASSIGN_OR_RETURN(std::vector<dashboards_pb::BalanceRow> rows,
                   RowsOf(*reading, *balance, request));
  dashboards_pb::ListBalanceResponse response;
  const std::size_t begin = std::min(token.offset, rows.size());
  const std::size_t end = std::min(begin + PageSize(request.page_size()), rows.size());
  for (std::size_t i = begin; i < end; ++i) *response.add_rows() = std::move(rows[i]);
  if (end < rows.size()) {
    response.set_next_page_token(FormatPageToken({.as_of = token.as_of, .offset = end}, mark));
  }
  response.set_total(static_cast<std::uint32_t>(rows.size()));
  ASSIGN_OR_RETURN(*response.mutable_freshness(), reading->FreshnessOf());
  response.set_today(FormatDay(reading->today()));
  return response;
}

}  // namespace mlup::query
