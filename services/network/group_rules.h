// The rules of a group: who is a member joins once and leaves once.
#pragma once

#include <set>
#include <string>

#include "mlup/network/v1/network_service.pb.h"
#include "services/command/rule_context.h"

namespace mlup::network {

namespace pb = ::mlup::network::v1;
using Decision = command::Decision<pb::NetworkEvent>;

// What the rules remember of a club's or community group's stream.
struct GroupState {
  bool formed = false;
  // Ids of persons and of organisations; those who joined uncounted are not among them.
  std::set<std::string> members;
};

void Evolve(GroupState& state, const pb::NetworkEvent& event, const command::EventInfo& info);

// GROUP_UNKNOWN, ALREADY_MEMBER; INVALID_ARGUMENT ONE_MEMBER_REQUIRED.
Decision Decide(const GroupState& state, const pb::JoinGroupRequest& request,
                const command::RuleContext& context);

// NOT_MEMBER; INVALID_ARGUMENT ONE_MEMBER_REQUIRED.
Decision Decide(const GroupState& state, const pb::LeaveGroupRequest& request,
                const command::RuleContext& context);

}  // namespace mlup::network
