// The language of rule tests: events and requests as protobuf text, states folded from them,
// refusals by reason.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include <google/protobuf/text_format.h>

#include "eventstore/base/check.h"
#include "eventstore/base/status.h"
#include "services/command/rule_context.h"

namespace mlup::command {

// A message from protobuf text; the test stops when the text is wrong.
template <typename Message>
Message FromText(std::string_view text) {
  Message message;
  CHECK(google::protobuf::TextFormat::ParseFromString(std::string(text), &message));
  return message;
}

// The state after these events, whose ids are "1", "2" and so on.
template <typename State, typename Event>
State StateAfter(const std::vector<std::string>& events) {
  State state;
  for (std::size_t i = 0; i < events.size(); ++i) {
    EventInfo info;
    info.event_id = std::to_string(i + 1);
    Evolve(state, FromText<Event>(events[i]), info);
  }
  return state;
}

// The refusal of a request on 2021-04-22, or nothing where it is accepted as the one event it
// states.
template <typename Request, typename State>
std::string RefusalOf(const State& state, const std::string& request) {
  RuleContext context;
  context.today = *ParseDay("2021-04-22");
  const auto decision = Decide(state, FromText<Request>(request), context);
  if (!decision.ok()) return ErrorReason(decision.status());
  CHECK(decision->size() == 1 && decision->front().stream.empty());
  EXPECT_EQ(decision->front().event.ShortDebugString(),
            FromText<Request>(request).ShortDebugString());
  return "";
}

}  // namespace mlup::command
