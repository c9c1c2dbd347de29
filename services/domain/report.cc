#include "services/domain/report.h"

#include <set>

#include "mlup/network/v1/network_events.pb.h"

namespace mlup::domain {

namespace network_pb = ::mlup::network::v1;

struct ReportState {
  // Periods whose entry is finished, for example `2021-Q1`.
  std::set<std::string> closed_periods;
};

namespace {

void On(ReportState& state, const network_pb::ReportPeriodClosed& closed, const EventInfo&) {
  state.closed_periods.insert(closed.period());
}

absl::Status May(const ReportState& state, const network_pb::ReportPublished& report,
                 const RuleContext& context) {
  const std::optional<Day> known = ParseDay(report.as_known_at());
  if (!known || *known > context.today) {
    return FieldError(absl::StatusCode::kInvalidArgument, "KNOWN_IN_FUTURE",
                      "report_published.as_known_at", "a day up to today is required");
  }
  if (state.closed_periods.contains(report.period())) return absl::OkStatus();
  return Refuse("PERIOD_NOT_CLOSED", "the entry of the period is not finished",
                "close it first with report_period_closed");
}

}  // namespace

const Aggregate<ReportState>& Report() {
  static const auto& rules = Aggregate<ReportState>::Make("report")
                                 .On<network_pb::ReportPeriodClosed>(On)
                                 .May<network_pb::ReportPublished>(May);
  return rules;
}

}  // namespace mlup::domain
