// The one function that decides: who may do what about which record.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/base/status.h"
#include "mlup/identity/v1/identity.pb.h"
#include "mlup/log/v1/envelope.pb.h"
#include "services/identity/holders.h"
#include "services/identity/scope.h"

namespace mlup::identity {

// The call that reads a record.
inline constexpr std::string_view kHistoryCall = "mlup.audit.v1.AuditService/GetCaseHistory";

// By name, as the roles file says. What it does not grant is denied.
using Roles = std::map<std::string, v1::Role, std::less<>>;

// What somebody wants to do.
struct What {
  enum class Kind { kCall, kRecord, kOpenPersonal, kRevealSpecial, kReadSafeguarding };

  Kind kind;
  // `mlup.audit.v1.AuditService/GetCaseHistory`, or the permission of a fact, `cases/case_opened`.
  std::string_view name = {};
  // Of a fact: whether it states when an earlier system recorded it.
  bool imports = false;
};

inline What Calling(std::string_view call) { return {What::Kind::kCall, call}; }
inline What Recording(std::string_view fact, bool imports = false) {
  return {What::Kind::kRecord, fact, imports};
}
// The sealed fields of a history.
inline What OpeningPersonal() { return {What::Kind::kOpenPersonal}; }
// Those of special categories among them.
inline What RevealingSpecial() { return {What::Kind::kRevealSpecial}; }
// Events of sensitivity SAFEGUARDING.
inline What ReadingSafeguarding() { return {What::Kind::kReadSafeguarding}; }

// Who asks, and what that is here at this moment. Borrows the actor.
struct Who {
  // Without a role: in any that is held.
  const log::v1::Actor& actor;
  // Null where nobody knows the actor.
  std::shared_ptr<const Standing> standing = nullptr;
  // Of the one on whose behalf the actor acts.
  std::shared_ptr<const Standing> principal = nullptr;
  // Where somebody else records it: the actor is then data of the source and need hold nothing
  // here, but its role must be one that may do it, and who records it must hold one that may import
  // for others, which reaches the record.
  std::string_view recorded_by = {};
  std::shared_ptr<const Standing> recorder = nullptr;
};

// An actor in any role that it holds.
log::v1::Actor Anyhow(std::string_view actor_id);

// Whether the role may do it, wherever it reaches. Pure.
bool Grants(const v1::Role& role, const What& what);

// Pure; says nothing about the record. Emergency access reaches a record for reading its history,
// where some role may do that. Without a relation it decides whether there can be a record
// about which it is allowed. PERMISSION_DENIED with ACTOR_UNKNOWN, DELEGATION_MISSING,
// ROLE_NOT_HELD, CALL_NOT_GRANTED, FACT_NOT_GRANTED, FIELD_NOT_GRANTED, RECORD_NOT_GRANTED,
// IMPORT_NOT_GRANTED or OUT_OF_SCOPE.
absl::Status Authorise(const Roles& roles, const Who& who, const What& what, const Relation* about);

// The roles in which somebody may do it, each where it reaches. Errors as Authorise() without a
// relation. Pure.
absl::StatusOr<std::vector<HeldRole>> RolesThatMay(const Roles& roles, const Who& who,
                                                   const What& what);

}  // namespace mlup::identity
