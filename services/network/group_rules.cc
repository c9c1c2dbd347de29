#include "services/network/group_rules.h"

namespace mlup::network {
namespace {

using command::Accept;
using command::Refuse;

// The person or organisation that joins or leaves; empty for members whom nobody counted.
template <typename Move>
const std::string& MemberId(const Move& move) {
  return move.has_member() ? move.member().person_id() : move.org_id();
}

absl::Status CheckOne(int named, std::string_view field) {
  if (named == 1) return absl::OkStatus();
  return FieldError(absl::StatusCode::kInvalidArgument, "ONE_MEMBER_REQUIRED", field,
                    "either one person, or one organisation, or several who join uncounted");
}

}  // namespace

void Evolve(GroupState& state, const pb::NetworkEvent& event, const command::EventInfo&) {
  switch (event.kind_case()) {
    case pb::NetworkEvent::kGroupFormed:
      state.formed = true;
      return;
    case pb::NetworkEvent::kGroupMemberJoined:
      if (event.group_member_joined().uncounted()) return;
      state.members.insert(MemberId(event.group_member_joined()));
      return;
    case pb::NetworkEvent::kGroupMemberLeft:
      state.members.erase(MemberId(event.group_member_left()));
      return;
    case pb::NetworkEvent::kPartnershipEnded:
    case pb::NetworkEvent::kContextPeriodEnded:
    case pb::NetworkEvent::kReportPublished:
    case pb::NetworkEvent::kEntryVoided:
    case pb::NetworkEvent::kDetailsCorrected:
    case pb::NetworkEvent::kOrganisationRegistered:
    case pb::NetworkEvent::kOrganisationAliasAdded:
    case pb::NetworkEvent::kPartnershipAgreed:
    case pb::NetworkEvent::kTechnicalSupportProvided:
    case pb::NetworkEvent::kProgrammeTargetAreaDefined:
    case pb::NetworkEvent::kContextPeriodStarted:
    case pb::NetworkEvent::kContextFigureQuoted:
    case pb::NetworkEvent::kReportPeriodClosed:
    case pb::NetworkEvent::kReportNarrativeWritten:
    case pb::NetworkEvent::kDocumentAttached:
    case pb::NetworkEvent::KIND_NOT_SET:
      return;
  }
}

Decision Decide(const GroupState& state, const pb::JoinGroupRequest& request,
                const command::RuleContext&) {
  const pb::GroupMemberJoined& joined = request.group_member_joined();
  RETURN_IF_ERROR(CheckOne(joined.has_member() + !joined.org_id().empty() + joined.uncounted(),
                           "group_member_joined.member"));
  if (!state.formed) return Refuse("GROUP_UNKNOWN", "no group is recorded on this stream");
  if (state.members.contains(MemberId(joined))) {
    return Refuse("ALREADY_MEMBER", "who joins is a member already");
  }
  pb::NetworkEvent event;
  *event.mutable_group_member_joined() = joined;
  return Accept(std::move(event));
}

Decision Decide(const GroupState& state, const pb::LeaveGroupRequest& request,
                const command::RuleContext&) {
  const pb::GroupMemberLeft& left = request.group_member_left();
  RETURN_IF_ERROR(CheckOne(left.has_member() + !left.org_id().empty(), "group_member_left.member"));
  if (!state.members.contains(MemberId(left))) {
    return Refuse("NOT_MEMBER", "who leaves is not a member");
  }
  pb::NetworkEvent event;
  *event.mutable_group_member_left() = left;
  return Accept(std::move(event));
}

}  // namespace mlup::network
