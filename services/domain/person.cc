#include "services/domain/person.h"

#include <algorithm>

#include "mlup/cases/v1/person_record_events.pb.h"

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
                                     ParseDay(person.valid_until()),
                                     person.assent() == cases_pb::ASSENT_REFUSED};
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

void On(PersonState& state, const cases_pb::PersonDied&, const EventInfo&) { state.died = true; }

void On(PersonState& state, const cases_pb::ConsentWithdrawn& withdrawn, const EventInfo&) {
  state.consents.erase(withdrawn.consent_event_id());
}

void On(PersonState& state, const cases_pb::ConsentOverridden& overridden, const EventInfo& info) {
  state.overrides[info.event_id] = overridden.person().purpose();
}

void On(PersonState& state, const cases_pb::PossibleDuplicateFound& found, const EventInfo&) {
  state.duplicates.Begin(found.other().person_id());
}

absl::Status May(const PersonState& state, const cases_pb::PersonDied&, const RuleContext&) {
  if (!state.died) return absl::OkStatus();
  return Refuse("ALREADY_DIED", "the person's death is recorded already",
                "correct that entry with details_corrected");
}

absl::Status May(const PersonState& state, const cases_pb::ConsentWithdrawn& withdrawn,
                 const RuleContext&) {
  const auto consent = state.consents.find(withdrawn.consent_event_id());
  if (consent == state.consents.end()) {
    return Refuse("CONSENT_NOT_IN_FORCE", "no consent with this event id is in force",
                  "name the consent_recorded that gave it", ".consent_event_id");
  }
  if (consent->second.purpose == withdrawn.person().purpose()) return absl::OkStatus();
  return FieldError(absl::StatusCode::kInvalidArgument, "PURPOSE_DIFFERS",
                    "consent_withdrawn.person.purpose", "must be the consent's");
}

absl::Status May(const PersonState&, const cases_pb::ConsentOverridden& overridden,
                 const RuleContext& context) {
  const std::string& approver = overridden.approved_by();
  if (approver != context.actor_id && approver != context.on_behalf_of) return absl::OkStatus();
  return Refuse("SAME_PERSON_APPROVED", "who approves an override must not be who records it",
                "somebody else has to approve it", ".approved_by");
}

std::string OtherId(const cases_pb::PossibleDuplicateDismissed& dismissed) {
  return dismissed.other().person_id();
}

template <typename Fact>
std::string HoldId(const Fact& fact) {
  return fact.hold_id();
}

absl::Status May(const PersonState& state, const cases_pb::PersonRoleStarted& started,
                 const RuleContext&) {
  const auto& person = started.person();
  const PersonState::HeldRole role = {person.role(), person.org_id(), person.group_id()};
  if (std::find(state.roles.begin(), state.roles.end(), role) == state.roles.end()) {
    return absl::OkStatus();
  }
  return Refuse("ROLE_ALREADY_HELD", "the person has this role there already",
                "end it first with person_role_ended", ".person.role");
}

absl::Status May(const PersonState& state, const cases_pb::PersonRoleEnded& ended,
                 const RuleContext&) {
  const auto& person = ended.person();
  const bool held = std::any_of(
      state.roles.begin(), state.roles.end(),
      [&person](const PersonState::HeldRole& role) { return role.role == person.role(); });
  if (held || person.start_unknown()) return absl::OkStatus();
  return Refuse("ROLE_NOT_HELD", "the person does not have this role",
                "say start_unknown if nobody recorded its beginning", ".person.role");
}

std::string Survivor(const cases_pb::PersonsMerged& merged) {
  return "person/" + merged.survivor().person_id();
}

std::vector<std::string> Reads(const cases_pb::PersonsMerged& merged) { return {Survivor(merged)}; }

absl::Status May(const PersonState& state, const cases_pb::PersonsMerged& merged,
                 const RuleContext& context) {
  return MayMerge(state.merge, context.Of(Person(), Survivor(merged)).merge,
                  {Survivor(merged), merged.approval_id(), ".survivor.person_id"}, context);
}

absl::Status May(const PersonState& state, const cases_pb::PersonsUnmerged& unmerged,
                 const RuleContext&) {
  return MayUnmerge(state.merge, unmerged.merge_event_id());
}

}  // namespace

const Aggregate<PersonState>& Person() {
  static const auto& rules =
      Aggregate<PersonState>::Make("person")
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
          .May<cases_pb::PersonsUnmerged>(May)
          .On<cases_pb::PersonDied>(On)
          .May<cases_pb::PersonDied>(May)
          .On<cases_pb::ConsentWithdrawn>(On)
          .May<cases_pb::ConsentWithdrawn>(May)
          .On<cases_pb::ConsentOverridden>(On)
          .May<cases_pb::ConsentOverridden>(May)
          .On<cases_pb::PossibleDuplicateFound>(On)
          .Ends<cases_pb::PossibleDuplicateDismissed>(
              &PersonState::duplicates, OtherId,
              {"DUPLICATE_UNKNOWN", "this record was not found to be alike",
               "it is found first with possible_duplicate_found", ".other.person_id"})
          .Begins<cases_pb::RetentionHoldPlaced>(
              &PersonState::holds, HoldId,
              {"HOLD_ID_USED", "the hold's id is used already", "choose a new id", ".hold_id"})
          .Ends<cases_pb::RetentionHoldReleased>(
              &PersonState::holds, HoldId,
              {"HOLD_NOT_OPEN", "no hold with this id is in force",
               "it begins with retention_hold_placed and ends once", ".hold_id"});
  return rules;
}

}  // namespace mlup::domain
