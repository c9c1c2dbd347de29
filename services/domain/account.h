// The rules of an account: one for each actor, and only what was granted and not revoked holds.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "mlup/identity/v1/account_events.pb.h"
#include "services/domain/aggregate.h"

namespace mlup::domain {

// `account/<uuid>`: the UUID follows from the actor id (version 8, BLAKE2b), so that an actor has
// one account and whoever knows the actor finds it. Pure.
std::string AccountStream(std::string_view actor_id);

struct AccountState {
  std::string actor_id;
  bool open = false;
  // What is granted and not revoked, by its grant id; some may not have begun, or be over.
  std::map<std::string, identity::v1::RoleGranted> grants;
  // Ever named, of grants and delegations.
  std::set<std::string> named;
  std::map<std::string, identity::v1::DelegationGiven> delegations;
  // Once a device was enrolled, only those that are may be used.
  bool enrols = false;
  std::set<std::string> devices;
  // Enrolled once and no more, as all are when the account closes.
  std::set<std::string> revoked_devices;
  struct Emergency {
    identity::v1::EmergencyAccessBegun begun;
    std::int64_t begun_s = 0;
  };
  // Those that nobody has reviewed.
  std::map<std::string, Emergency> emergencies;
};

// When it ends, in seconds since 1970.
std::int64_t EndOf(const AccountState::Emergency& emergency);

// Whether the holder may sign in from the device, and go on there.
bool MayUse(const AccountState& state, const std::string& device);

// ACCOUNT_ID_WRONG, ACCOUNT_CLOSED, GRANT_TO_ONESELF, SCOPE_INCOMPLETE, ALREADY_NAMED, NOT_GRANTED,
// DELEGATION_TO_ONESELF, NOT_ENROLLED, EMERGENCY_OF_ANOTHER, EMERGENCY_UNREVIEWED,
// NOTHING_TO_REVIEW, REVIEW_OF_ONESELF.
const Aggregate<AccountState>& Account();

// Whether what begins and ends on these days, empty for always, holds on `today`.
bool HoldsOn(Day today, const std::string& from, const std::string& until);

}  // namespace mlup::domain
