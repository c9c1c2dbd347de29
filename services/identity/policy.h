// Who may do what: the roles file and the one function that decides.
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

// The content of a roles file. What it does not grant is denied. Who holds a role is what the
// accounts say; of actors without an account, what the file says.
//
// Immutable once it follows accounts: any thread. Owns its content; borrows the accounts.
class Policy {
 public:
  // Reads protobuf text (mlup.identity.v1.RolesFile). INVALID_ARGUMENT ROLES_FILE_INVALID with the
  // line.
  static absl::StatusOr<Policy> Parse(std::string_view text);

  // Before anybody else uses it: from now on an actor with an account holds what the account says.
  void Follow(const Holders& accounts) { accounts_ = &accounts; }

  // May `actor` make `call` (`mlup.audit.v1.AuditService/GetCaseHistory`)? PERMISSION_DENIED with
  // ACTOR_UNKNOWN, DELEGATION_MISSING, ROLE_NOT_HELD or CALL_NOT_GRANTED; says nothing about the
  // record.
  absl::Status Authorise(const log::v1::Actor& actor, std::string_view call) const;

  // Whether some role that the actor holds now may make the call: what is asked before anything of
  // the request is looked at.
  absl::Status MayCall(std::string_view actor_id, std::string_view call) const;

  // Whether there is a role that may make it.
  bool SomeRoleMayCall(std::string_view call) const;

  // May `actor` record `fact` (`cases/case_opened`), and state when an earlier system recorded it
  // where `imports`? PERMISSION_DENIED with ACTOR_UNKNOWN, ROLE_NOT_HELD, FACT_NOT_GRANTED or
  // IMPORT_NOT_GRANTED; says nothing about the record.
  //
  // Where somebody else records it for the actor, `recorded_by`, the actor is data of the source
  // and need hold nothing here; its role must be one that may record the fact, and who records it
  // must hold one that may import for others: IMPORT_NOT_GRANTED.
  absl::Status AuthoriseRecord(const log::v1::Actor& actor, std::string_view fact, bool imports,
                               std::string_view recorded_by = {}) const;

  // Those that the actor holds now.
  std::vector<HeldRole> RolesOf(std::string_view actor_id) const;

  bool HasRole(std::string_view role) const { return roles_.find(role) != roles_.end(); }
  // Null where there is none.
  const v1::Role* FindRole(std::string_view role) const;
  std::vector<std::string> RoleNames() const;
  // Whether whoever holds the role may record the fact, where its scope reaches.
  bool RoleMayRecord(std::string_view role, std::string_view fact) const;

  // Whether the role that the actor acts in reaches the record; where somebody else records it,
  // whether a role of that one does. PERMISSION_DENIED OUT_OF_SCOPE; says nothing about the record.
  absl::Status AuthoriseScope(const log::v1::Actor& actor, const Relation& about,
                              std::string_view recorded_by = {}) const;

  // Whether the role may open sealed fields when it reads a history.
  bool MayOpenPersonal(std::string_view role) const;

  // What the file says; null for an id that is not there.
  const v1::ActorEntry* FindActor(std::string_view actor_id) const;

  // What a person reads; the id or name itself where the file has no label.
  std::string ActorLabel(std::string_view actor_id) const;
  std::string RoleLabel(std::string_view role) const;

 private:
  Policy() = default;

  absl::Status AddActor(const v1::ActorEntry& actor);
  // Null for an actor of whom nobody knows.
  std::shared_ptr<const Standing> StandingOf(std::string_view actor_id) const;
  absl::Status CheckDelegation(const log::v1::Actor& actor, const Standing& standing) const;
  // The role that the actor holds and acts in.
  absl::StatusOr<const v1::Role*> RoleOf(const log::v1::Actor& actor) const;
  absl::Status MayImportForOthers(std::string_view actor_id) const;

  std::map<std::string, v1::Role, std::less<>> roles_;
  // Of the file: what it says of actors, and what they hold by it.
  std::map<std::string, v1::ActorEntry, std::less<>> entries_;
  std::map<std::string, std::shared_ptr<const Standing>, std::less<>> actors_;
  const Holders* accounts_ = nullptr;
};

}  // namespace mlup::identity
