// Who may do what: the roles file and the one function that decides.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "eventstore/base/status.h"
#include "mlup/identity/v1/identity.pb.h"
#include "mlup/log/v1/envelope.pb.h"

namespace mlup::identity {

// The call that reads a record.
inline constexpr std::string_view kHistoryCall = "mlup.audit.v1.AuditService/GetCaseHistory";

// The content of a roles file. What it does not grant is denied.
//
// Immutable: any thread. Owns its content.
class Policy {
 public:
  // Reads protobuf text (mlup.identity.v1.RolesFile). INVALID_ARGUMENT ROLES_FILE_INVALID with the
  // line.
  static absl::StatusOr<Policy> Parse(std::string_view text);

  // May `actor` make `call` (`mlup.audit.v1.AuditService/GetCaseHistory`)? PERMISSION_DENIED with
  // ACTOR_UNKNOWN, DELEGATION_MISSING, ROLE_NOT_HELD or CALL_NOT_GRANTED; says nothing about the
  // record.
  absl::Status Authorise(const log::v1::Actor& actor, std::string_view call) const;

  // May `actor` record `fact` (`cases/case_opened`), and state when an earlier system recorded it
  // where `imports`? PERMISSION_DENIED with ACTOR_UNKNOWN, ROLE_NOT_HELD, FACT_NOT_GRANTED or
  // IMPORT_NOT_GRANTED; says nothing about the record.
  absl::Status AuthoriseRecord(const log::v1::Actor& actor, std::string_view fact,
                               bool imports) const;

  // Whether the role may open sealed fields when it reads a history.
  bool MayOpenPersonal(std::string_view role) const;

  // Null for an id that is not there.
  const v1::ActorEntry* FindActor(std::string_view actor_id) const;

  // What a person reads; the id or name itself where the file has no label.
  std::string ActorLabel(std::string_view actor_id) const;
  std::string RoleLabel(std::string_view role) const;

 private:
  Policy() = default;

  // The role that the actor holds and acts in.
  absl::StatusOr<const v1::Role*> RoleOf(const log::v1::Actor& actor) const;

  std::map<std::string, v1::Role, std::less<>> roles_;
  std::map<std::string, v1::ActorEntry, std::less<>> actors_;
};

}  // namespace mlup::identity
