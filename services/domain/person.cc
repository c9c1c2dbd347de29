#include "services/domain/person.h"

#include <algorithm>

namespace mlup::domain {
namespace {

namespace cases_pb = ::mlup::cases::v1;

void On(PersonState& state, const cases_pb::PersonRegistered&, const EventInfo&) {
  state.merge.registered = true;
}

void On(PersonState& state, const cases_pb::PersonRoleStarted& started, const EventInfo&) {
  const auto& person = started.person();
  state.roles.push_back({person.role(), person.org_id(), person.group_id()});
}

void On(PersonState& state, const cases_pb::PersonRoleEnded& ended, const EventInfo&) {
  const auto last = std::find_if(
      state.roles.rbegin(), state.roles.rend(),
      [&ended](const PersonState::HeldRole& held) { return held.role == ended.person().role(); });
  if (last != state.roles.rend()) state.roles.erase(std::next(last).base());
}

void On(PersonState& state, const cases_pb::ConsentRecorded& recorded, const EventInfo& info) {
  const auto& person = recorded.person();
  if (person.decision() == cases_pb::CONSENT_DECISION_GIVEN) {
    state.consents[info.event_id] = {person.person_id(), person.purpose(),
                                     ParseDay(person.valid_until())};
    return;
  }
  std::erase_if(state.consents, [&person](const auto& consent) {
    return consent.second.purpose == person.purpose();
  });
}

void On(PersonState& state, const cases_pb::PersonsMerged& merged, const EventInfo& info) {
  state.merge.Merge(info, merged.approval_id());
}

void On(PersonState& state, const cases_pb::PersonsUnmerged&, const EventInfo&) {
  state.merge.merge_event_id.clear();
}

absl::Status May(const PersonState& state, const cases_pb::PersonRoleStarted& started,
                 const RuleContext&) {
  const auto& person = started.person();
  const PersonState::HeldRole role = {person.role(), person.org_id(), person.group_id()};
  if (std::find(state.roles.begin(), state.roles.end(), role) == state.roles.end()) {
    return absl::OkStatus();
  }
  return Refuse("ROLE_ALREADY_HELD", "the person has this role there already",
                "end it first with person_role_ended");
}

absl::Status May(const PersonState& state, const cases_pb::PersonRoleEnded& ended,
                 const RuleContext&) {
  const auto& person = ended.person();
  const bool held = std::any_of(
      state.roles.begin(), state.roles.end(),
      [&person](const PersonState::HeldRole& role) { return role.role == person.role(); });
  if (held || person.start_unknown()) return absl::OkStatus();
  return Refuse("ROLE_NOT_HELD", "the person does not have this role",
                "say start_unknown if nobody recorded its beginning");
}

std::string Survivor(const cases_pb::PersonsMerged& merged) {
  return "person/" + merged.survivor().person_id();
}

std::vector<std::string> Reads(const cases_pb::PersonsMerged& merged) { return {Survivor(merged)}; }

absl::Status May(const PersonState& state, const cases_pb::PersonsMerged& merged,
                 const RuleContext& context) {
  return MayMerge(state.merge, context.Of(Person(), Survivor(merged)).merge, Survivor(merged),
                  merged.approval_id(), context);
}

absl::Status May(const PersonState& state, const cases_pb::PersonsUnmerged& unmerged,
                 const RuleContext&) {
  return MayUnmerge(state.merge, unmerged.merge_event_id());
}

}  // namespace

const Aggregate<PersonState>& Person() {
  static const auto& rules = Aggregate<PersonState>::Make("person")
                                 .On<cases_pb::PersonRegistered>(On)
                                 .On<cases_pb::PersonRoleStarted>(On)
                                 .On<cases_pb::PersonRoleEnded>(On)
                                 .On<cases_pb::ConsentRecorded>(On)
                                 .On<cases_pb::PersonsMerged>(On)
                                 .On<cases_pb::PersonsUnmerged>(On)
                                 .May<cases_pb::PersonRoleStarted>(May)
                                 .May<cases_pb::PersonRoleEnded>(May)
                                 .May<cases_pb::PersonsMerged>(May)
                                 .Reads<cases_pb::PersonsMerged>(Reads)
                                 .May<cases_pb::PersonsUnmerged>(May);
  return rules;
}

}  // namespace mlup::domain
