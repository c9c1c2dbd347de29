#include "services/domain/group.h"

#include <set>

#include "mlup/network/v1/network_events.pb.h"
#include "mlup/network/v1/standing_events.pb.h"

namespace mlup::domain {

namespace network_pb = ::mlup::network::v1;

struct GroupState {
  bool formed = false;
  bool dissolved = false;
  // Ids of persons and of organisations; those who joined uncounted are not among them.
  std::set<std::string> members;
};

namespace {

// The person or organisation that joins or leaves; empty for members whom nobody counted.
template <typename Move>
const std::string& MemberId(const Move& move) {
  return move.has_member() ? move.member().person_id() : move.org_id();
}

void On(GroupState& state, const network_pb::GroupFormed&, const EventInfo&) {
  state.formed = true;
}

void On(GroupState& state, const network_pb::GroupMemberJoined& joined, const EventInfo&) {
  if (!joined.uncounted()) state.members.insert(MemberId(joined));
}

void On(GroupState& state, const network_pb::GroupMemberLeft& left, const EventInfo&) {
  state.members.erase(MemberId(left));
}

void On(GroupState& state, const network_pb::GroupDissolved&, const EventInfo&) {
  state.dissolved = true;
}

absl::Status NeedGroup(const GroupState& state) {
  if (!state.formed) {
    return Refuse("GROUP_UNKNOWN", "no group is recorded on this stream",
                  "record it first with group_formed");
  }
  if (!state.dissolved) return absl::OkStatus();
  return Refuse("GROUP_DISSOLVED", "the group is dissolved",
                "void that entry if it goes on, or form a new group");
}

absl::Status May(const GroupState& state, const network_pb::GroupDissolved&, const RuleContext&) {
  return NeedGroup(state);
}

absl::Status NeedOne(int named, std::string_view field) {
  if (named == 1) return absl::OkStatus();
  return FieldError(absl::StatusCode::kInvalidArgument, "ONE_MEMBER_REQUIRED", field,
                    "either one person, or one organisation, or several who join uncounted");
}

absl::Status May(const GroupState& state, const network_pb::GroupMemberJoined& joined,
                 const RuleContext&) {
  RETURN_IF_ERROR(NeedOne(joined.has_member() + !joined.org_id().empty() + joined.uncounted(),
                          "group_member_joined.member"));
  RETURN_IF_ERROR(NeedGroup(state));
  if (!state.members.contains(MemberId(joined))) return absl::OkStatus();
  return Refuse("ALREADY_MEMBER", "who joins is a member already",
                "nothing needs recording, or another member is meant");
}

absl::Status May(const GroupState& state, const network_pb::GroupMemberLeft& left,
                 const RuleContext&) {
  RETURN_IF_ERROR(NeedOne(left.has_member() + !left.org_id().empty(), "group_member_left.member"));
  if (state.members.contains(MemberId(left))) return absl::OkStatus();
  return Refuse("NOT_MEMBER", "who leaves is not a member",
                "record the joining first with group_member_joined");
}

}  // namespace

const Aggregate<GroupState>& Group() {
  static const auto& rules = Aggregate<GroupState>::Make("group")
                                 .On<network_pb::GroupFormed>(On)
                                 .On<network_pb::GroupMemberJoined>(On)
                                 .On<network_pb::GroupMemberLeft>(On)
                                 .May<network_pb::GroupMemberJoined>(May)
                                 .May<network_pb::GroupMemberLeft>(May)
                                 .On<network_pb::GroupDissolved>(On)
                                 .May<network_pb::GroupDissolved>(May);
  return rules;
}

}  // namespace mlup::domain
