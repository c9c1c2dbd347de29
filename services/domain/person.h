// The rules of a person: roles, consents, merges, duplicates, holds and death.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mlup/cases/v1/person_events.pb.h"
#include "services/domain/aggregate.h"
#include "services/domain/merge.h"

namespace mlup::domain {

struct PersonState {
  struct HeldRole {
    cases::v1::PersonRole role;
    std::string org_id;
    std::string group_id;

    friend bool operator==(const HeldRole&, const HeldRole&) = default;
  };
  // Given and not refused later for the same purpose.
  struct Consent {
    std::string person_id;
    cases::v1::ConsentPurpose purpose;
    // Last day on which it holds; nothing for no end.
    std::optional<Day> valid_until;
    // Somebody else gave it, and the child said no.
    bool child_refused = false;
  };

  MergeState merge;
  std::vector<HeldRole> roles;
  // By event id.
  std::map<std::string, Consent> consents;
  // Purposes for which consent is overridden, by event id.
  std::map<std::string, cases::v1::ConsentPurpose> overrides;
  bool died = false;
  // Ids of records that may be of the same person, until that is dismissed.
  Begun duplicates;
  // Nothing is erased while one is open.
  Begun holds;
};

// ROLE_ALREADY_HELD (the same role, organisation and group); ROLE_NOT_HELD unless its beginning is
// stated as unknown; ALREADY_MERGED, SURVIVOR_UNKNOWN, APPROVAL_MISSING, NOT_MERGED; ALREADY_DIED;
// DUPLICATE_UNKNOWN; CONSENT_NOT_IN_FORCE, SAME_PERSON_APPROVED; HOLD_ID_USED, HOLD_NOT_OPEN.
const Aggregate<PersonState>& Person();

}  // namespace mlup::domain
