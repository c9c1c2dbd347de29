#include "services/domain/indicator.h"

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"

#include "mlup/network/v1/outcome_events.pb.h"

namespace mlup::domain {

namespace network_pb = ::mlup::network::v1;

struct IndicatorState {
  std::string code;
  // Of the definition in force; 0 for none.
  std::uint32_t version = 0;
  // Of the statement on the stream, if it is one.
  EventInfo harvested;
};

namespace {

void On(IndicatorState& state, const network_pb::IndicatorDefined& defined, const EventInfo&) {
  state.code = defined.code();
  state.version = defined.version();
}

void On(IndicatorState& state, const network_pb::OutcomeHarvested&, const EventInfo& info) {
  state.harvested = info;
}

absl::Status May(const IndicatorState& state, const network_pb::IndicatorDefined& defined,
                 const RuleContext&) {
  if (state.version > 0 && defined.code() != state.code) {
    return Refuse("OTHER_INDICATOR", absl::StrCat("the record is of the indicator ", state.code),
                  "define another indicator on a record of its own", ".code");
  }
  if (defined.version() == state.version + 1) return absl::OkStatus();
  return Refuse("INDICATOR_VERSION",
                absl::StrCat("the definition in force has version ", state.version),
                absl::StrCat("the next one is ", state.version + 1), ".version");
}

absl::Status May(const IndicatorState& state, const network_pb::OutcomeSubstantiated& said,
                 const RuleContext& context) {
  if (state.harvested.event_id.empty() || state.harvested.event_id != said.outcome_event_id()) {
    return Refuse("EVENT_NOT_ON_STREAM", "no harvested outcome with this event id stands here",
                  "name the outcome_harvested of this record", ".outcome_event_id");
  }
  for (const std::string& author : {state.harvested.actor_id, state.harvested.on_behalf_of}) {
    if (!author.empty() && (author == context.actor_id || author == context.on_behalf_of)) {
      return Refuse("SAME_PERSON_HARVESTED", "who wrote the statement does not substantiate it",
                    "somebody else has to ask somebody who knows");
    }
  }
  return absl::OkStatus();
}

}  // namespace

const Aggregate<IndicatorState>& Indicator() {
  static const auto& rules = Aggregate<IndicatorState>::Make("indicator")
                                 .On<network_pb::IndicatorDefined>(On)
                                 .May<network_pb::IndicatorDefined>(May)
                                 .On<network_pb::OutcomeHarvested>(On)
                                 .May<network_pb::OutcomeSubstantiated>(May);
  return rules;
}

}  // namespace mlup::domain
