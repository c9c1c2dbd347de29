#include "services/domain/account.h"

#include <optional>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "eventstore/base/blake2b.h"
#include "eventstore/base/categories.h"

namespace mlup::domain {

namespace identity_pb = ::mlup::identity::v1;

std::string AccountStream(std::string_view actor_id) {
  std::string bytes = Blake2b(absl::StrCat("mlup account 1\n", ToAbsl(actor_id)), 16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x80);
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  const std::string hex = absl::BytesToHexString(bytes);
  return absl::StrCat("account/", hex.substr(0, 8), "-", hex.substr(8, 4), "-", hex.substr(12, 4),
                      "-", hex.substr(16, 4), "-", hex.substr(20));
}

bool MayUse(const AccountState& state, const std::string& device) {
  return state.open && (!state.enrols || state.devices.contains(device));
}

std::int64_t EndOf(const AccountState::Emergency& emergency) {
  constexpr std::int64_t kSecondsOfMinute = 60;
  return emergency.begun_s + kSecondsOfMinute * emergency.begun.minutes();
}

bool HoldsOn(Day today, const std::string& from, const std::string& until) {
  const std::optional<Day> first = ParseDay(from);
  const std::optional<Day> last = ParseDay(until);
  // A day that cannot be read bounds everything: it came past no rule of ours.
  if ((!from.empty() && !first) || (!until.empty() && !last)) return false;
  return (!first || *first <= today) && (!last || today <= *last);
}

namespace {

void On(AccountState& state, const identity_pb::AccountOpened& opened, const EventInfo&) {
  state.actor_id = opened.actor_id();
  state.open = true;
}

void On(AccountState& state, const identity_pb::AccountClosed&, const EventInfo&) {
  state.open = false;
  state.grants.clear();
  state.delegations.clear();
  state.revoked_devices.merge(state.devices);
  state.devices.clear();
  // What was begun is to be reviewed all the same, and opens nothing: nobody signs in any more.
}

void On(AccountState& state, const identity_pb::RoleGranted& granted, const EventInfo&) {
  state.named.insert(granted.grant_id());
  state.grants[granted.grant_id()] = granted;
}

void On(AccountState& state, const identity_pb::RoleRevoked& revoked, const EventInfo&) {
  state.grants.erase(revoked.grant_id());
}

void On(AccountState& state, const identity_pb::DelegationGiven& given, const EventInfo&) {
  state.named.insert(given.delegation_id());
  state.delegations[given.delegation_id()] = given;
}

void On(AccountState& state, const identity_pb::DelegationEnded& ended, const EventInfo&) {
  state.delegations.erase(ended.delegation_id());
}

void On(AccountState& state, const identity_pb::DeviceEnrolled& enrolled, const EventInfo&) {
  state.enrols = true;
  state.devices.insert(enrolled.device());
  state.revoked_devices.erase(enrolled.device());
}

void On(AccountState& state, const identity_pb::DeviceRevoked& revoked, const EventInfo&) {
  if (state.devices.erase(revoked.device()) > 0) state.revoked_devices.insert(revoked.device());
}

void On(AccountState& state, const identity_pb::EmergencyAccessBegun& begun,
        const EventInfo& info) {
  state.named.insert(begun.access_id());
  state.emergencies[begun.access_id()] = {begun, info.recorded_s};
}

void On(AccountState& state, const identity_pb::EmergencyAccessReviewed& reviewed,
        const EventInfo&) {
  state.emergencies.erase(reviewed.access_id());
}

absl::Status IsOpen(const AccountState& state) {
  if (state.open) return absl::OkStatus();
  return Refuse("ACCOUNT_CLOSED", "the account is closed", "open one for another actor id");
}

// What anybody may record of an open account.
template <typename Fact>
absl::Status MayOfOpen(const AccountState& state, const Fact&, const RuleContext&) {
  return IsOpen(state);
}

absl::Status May(const AccountState&, const identity_pb::AccountOpened& opened,
                 const RuleContext& context) {
  if (context.stream == AccountStream(opened.actor_id())) return absl::OkStatus();
  return Refuse("ACCOUNT_ID_WRONG", "the id of an account follows from its actor id",
                absl::StrCat("the stream of this one is ", AccountStream(opened.actor_id())));
}

absl::Status CheckScope(const identity_pb::RoleGranted& granted) {
  const bool complete =
      (granted.scope() == identity_pb::GRANT_SCOPE_TEAM) == !granted.team().empty() &&
      (granted.scope() == identity_pb::GRANT_SCOPE_PROVINCE) == !granted.province().empty() &&
      (granted.scope() == identity_pb::GRANT_SCOPE_SECTOR) ==
          (granted.sector() != log::v1::SECTOR_UNSPECIFIED);
  if (complete) return absl::OkStatus();
  return Refuse(
      "SCOPE_INCOMPLETE", "the scope and what it names do not fit together",
      "name a team, a province or a sector with the scope of that name, and nothing else");
}

absl::Status IsNew(const AccountState& state, const std::string& id) {
  if (!state.named.contains(id)) return absl::OkStatus();
  return Refuse("ALREADY_NAMED", "this id was used before", "take a new one");
}

absl::Status May(const AccountState& state, const identity_pb::RoleGranted& granted,
                 const RuleContext& context) {
  RETURN_IF_ERROR(IsOpen(state));
  RETURN_IF_ERROR(IsNew(state, granted.grant_id()));
  if (context.actor_id == state.actor_id || context.on_behalf_of == state.actor_id) {
    return Refuse("GRANT_TO_ONESELF", "nobody grants a role to oneself",
                  "ask a colleague to do it");
  }
  return CheckScope(granted);
}

absl::Status May(const AccountState& state, const identity_pb::RoleRevoked& revoked,
                 const RuleContext&) {
  if (state.grants.contains(revoked.grant_id())) return absl::OkStatus();
  return Refuse("NOT_GRANTED", "no grant of this id is in force", "look at the account's grants");
}

absl::Status May(const AccountState& state, const identity_pb::DelegationGiven& given,
                 const RuleContext&) {
  RETURN_IF_ERROR(IsOpen(state));
  RETURN_IF_ERROR(IsNew(state, given.delegation_id()));
  if (given.to_actor_id() != state.actor_id) return absl::OkStatus();
  return Refuse("DELEGATION_TO_ONESELF", "nobody acts on behalf of oneself", "name another actor");
}

absl::Status May(const AccountState& state, const identity_pb::DelegationEnded& ended,
                 const RuleContext&) {
  if (state.delegations.contains(ended.delegation_id())) return absl::OkStatus();
  return Refuse("NOT_GRANTED", "no delegation of this id is in force",
                "look at the account's delegations");
}

absl::Status May(const AccountState& state, const identity_pb::DeviceRevoked& revoked,
                 const RuleContext&) {
  if (state.devices.contains(revoked.device())) return absl::OkStatus();
  return Refuse("NOT_ENROLLED", "this device is not enrolled", "look at the account's devices");
}

absl::Status May(const AccountState& state, const identity_pb::EmergencyAccessBegun& begun,
                 const RuleContext& context) {
  RETURN_IF_ERROR(IsOpen(state));
  RETURN_IF_ERROR(IsNew(state, begun.access_id()));
  if (context.actor_id != state.actor_id || !context.on_behalf_of.empty()) {
    return Refuse("EMERGENCY_OF_ANOTHER", "emergency access is one's own",
                  "record it on the stream of your own account, on nobody's behalf");
  }
  if (state.emergencies.empty()) return absl::OkStatus();
  return Refuse("EMERGENCY_UNREVIEWED", "an earlier emergency access has not been reviewed",
                "ask whoever supervises to review it");
}

absl::Status May(const AccountState& state, const identity_pb::EmergencyAccessReviewed& reviewed,
                 const RuleContext& context) {
  if (!state.emergencies.contains(reviewed.access_id())) {
    return Refuse("NOTHING_TO_REVIEW", "no emergency access of this id waits for a review",
                  "look at those that do");
  }
  if (context.actor_id != state.actor_id && context.on_behalf_of != state.actor_id) {
    return absl::OkStatus();
  }
  return Refuse("REVIEW_OF_ONESELF", "nobody reviews one's own emergency access",
                "ask a colleague to do it");
}

}  // namespace

const Aggregate<AccountState>& Account() {
  static const auto& rules = Aggregate<AccountState>::Make("account")
                                 .On<identity_pb::AccountOpened>(On)
                                 .May<identity_pb::AccountOpened>(May)
                                 .On<identity_pb::AccountClosed>(On)
                                 .May<identity_pb::AccountClosed>(MayOfOpen)
                                 .On<identity_pb::RoleGranted>(On)
                                 .May<identity_pb::RoleGranted>(May)
                                 .On<identity_pb::RoleRevoked>(On)
                                 .May<identity_pb::RoleRevoked>(May)
                                 .On<identity_pb::DelegationGiven>(On)
                                 .May<identity_pb::DelegationGiven>(May)
                                 .On<identity_pb::DelegationEnded>(On)
                                 .May<identity_pb::DelegationEnded>(May)
                                 .On<identity_pb::DeviceEnrolled>(On)
                                 .May<identity_pb::DeviceEnrolled>(MayOfOpen)
                                 .On<identity_pb::DeviceRevoked>(On)
                                 .May<identity_pb::DeviceRevoked>(May)
                                 .On<identity_pb::EmergencyAccessBegun>(On)
                                 .May<identity_pb::EmergencyAccessBegun>(May)
                                 .On<identity_pb::EmergencyAccessReviewed>(On)
                                 .May<identity_pb::EmergencyAccessReviewed>(May)
                                 .May<identity_pb::CredentialSet>(MayOfOpen)
                                 .May<identity_pb::SignedIn>(MayOfOpen);
  return rules;
}

}  // namespace mlup::domain
