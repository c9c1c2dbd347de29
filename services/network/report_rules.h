// The rules of a report: published with its knowledge cut, once its period is closed.
#pragma once

#include <set>
#include <string>

#include "mlup/network/v1/network_service.pb.h"
#include "services/command/rule_context.h"

namespace mlup::network {

namespace pb = ::mlup::network::v1;
using Decision = command::Decision<pb::NetworkEvent>;

// What the rules remember of a report's stream.
struct ReportState {
  // Periods whose entry is finished, for example `2021-Q1`.
  std::set<std::string> closed_periods;
};

void Evolve(ReportState& state, const pb::NetworkEvent& event, const command::EventInfo& info);

// PERIOD_NOT_CLOSED; INVALID_ARGUMENT KNOWN_IN_FUTURE.
Decision Decide(const ReportState& state, const pb::PublishReportRequest& request,
                const command::RuleContext& context);

}  // namespace mlup::network
