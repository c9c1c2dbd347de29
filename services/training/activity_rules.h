// The rules of an activity: planned or not, held once or cancelled, then attended and counted.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>

#include "mlup/training/v1/training_service.pb.h"
#include "services/command/rule_context.h"

namespace mlup::training {

namespace pb = ::mlup::training::v1;
using Decision = command::Decision<pb::TrainingEvent>;

// What the rules remember of an activity's stream.
struct ActivityState {
  bool planned = false;
  bool held = false;
  bool cancelled = false;
  // Whose attendance is recorded, present or not: person id and session.
  std::set<std::pair<std::string, std::uint32_t>> attendances;
  // Event ids of all head-counts, and of the one that counts: the last.
  std::set<std::string> headcounts;
  std::string last_headcount;
};

void Evolve(ActivityState& state, const pb::TrainingEvent& event, const command::EventInfo& info);

// ALREADY_HELD, ACTIVITY_CANCELLED.
Decision Decide(const ActivityState& state, const pb::HoldActivityRequest& request,
                const command::RuleContext& context);

// ALREADY_HELD, ACTIVITY_CANCELLED, NOT_PLANNED.
Decision Decide(const ActivityState& state, const pb::CancelActivityRequest& request,
                const command::RuleContext& context);

// ACTIVITY_NOT_HELD, ALREADY_ATTENDED.
Decision Decide(const ActivityState& state, const pb::RecordAttendanceRequest& request,
                const command::RuleContext& context);

// ACTIVITY_NOT_HELD, HEADCOUNT_EXISTS, EVENT_NOT_ON_STREAM; INVALID_ARGUMENT PARTS_EXCEED_WHOLE.
Decision Decide(const ActivityState& state, const pb::RecordHeadcountRequest& request,
                const command::RuleContext& context);

}  // namespace mlup::training
