#include "services/identity/policy.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include <google/protobuf/text_format.h>

#include "eventstore/base/limits.h"
#include "eventstore/payload/first_error.h"

namespace mlup::identity {
namespace {

absl::Status Invalid(std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, "ROLES_FILE_INVALID",
               absl::StrCat("roles file: ", ToAbsl(message)));
}

absl::Status Denied(std::string_view reason, std::string_view message) {
  return Error(absl::StatusCode::kPermissionDenied, reason, message);
}

// Each grant is one name, or `prefix/*` for all directly below it.
template <typename Grants>
bool Grant(const Grants& grants, std::string_view name) {
  return std::any_of(grants.begin(), grants.end(), [name](const std::string& granted) {
    absl::string_view prefix = granted;
    if (!absl::ConsumeSuffix(&prefix, "*")) return granted == name;
    absl::string_view rest = ToAbsl(name);
    return absl::EndsWith(prefix, "/") && absl::ConsumePrefix(&rest, prefix) &&
           !absl::StrContains(rest, '/');
  });
}

absl::Status NotGranted(const log::v1::Actor& actor, std::string_view reason,
                        std::string_view what) {
  return Denied(reason, absl::StrCat("role ", actor.role(), " of actor ", actor.actor_id(),
                                     " may not ", ToAbsl(what)));
}

template <typename Names>
bool Holds(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

absl::StatusOr<Policy> Policy::Parse(std::string_view text) {
  v1::RolesFile file;
  FirstError error;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  parser.SetRecursionLimit(kTextDepthMax);
  if (!parser.ParseFromString(std::string(text), &file)) return Invalid(error.text());
  Policy policy;
  for (v1::Role& role : *file.mutable_roles()) {
    const std::string name = role.name();
    if (name.empty()) return Invalid("a role without a name");
    if (!policy.roles_.insert({name, std::move(role)}).second) {
      return Invalid(absl::StrCat("role ", name, " stands twice"));
    }
  }
  for (v1::ActorEntry& actor : *file.mutable_actors()) {
    const std::string id = actor.actor_id();
    if (id.empty()) return Invalid("an actor without an id");
    if (actor.organisation_id().empty()) {
      return Invalid(absl::StrCat("actor ", id, " has no organisation"));
    }
    for (const std::string& role : actor.roles()) {
      if (!policy.roles_.contains(role)) {
        return Invalid(absl::StrCat("actor ", id, " has the unknown role ", role));
      }
    }
    if (!policy.actors_.insert({id, std::move(actor)}).second) {
      return Invalid(absl::StrCat("actor ", id, " stands twice"));
    }
  }
  return policy;
}

absl::StatusOr<const v1::Role*> Policy::RoleOf(const log::v1::Actor& actor) const {
  const auto entry = actors_.find(actor.actor_id());
  if (entry == actors_.end() || entry->second.organisation_id() != actor.organisation_id()) {
    return Denied("ACTOR_UNKNOWN",
                  absl::StrCat("actor ", actor.actor_id(), " is not known in organisation ",
                               actor.organisation_id()));
  }
  if (!actor.on_behalf_of().empty() && !actors_.contains(actor.on_behalf_of())) {
    return Denied("ACTOR_UNKNOWN", absl::StrCat("actor ", actor.on_behalf_of(), " is not known"));
  }
  if (!actor.on_behalf_of().empty() && !Holds(entry->second.acts_for(), actor.on_behalf_of())) {
    return Denied("DELEGATION_MISSING",
                  absl::StrCat("actor ", actor.actor_id(), " may not act on behalf of ",
                               actor.on_behalf_of(), ": have it recorded as `acts_for`"));
  }
  const auto role = roles_.find(actor.role());
  if (role == roles_.end() || !Holds(entry->second.roles(), actor.role())) {
    return Denied("ROLE_NOT_HELD", absl::StrCat("actor ", actor.actor_id(),
                                                " does not hold the role ", actor.role()));
  }
  return &role->second;
}

absl::Status Policy::Authorise(const log::v1::Actor& actor, std::string_view call) const {
  ASSIGN_OR_RETURN(const v1::Role* role, RoleOf(actor));
  if (Grant(role->calls(), call)) return absl::OkStatus();
  return NotGranted(actor, "CALL_NOT_GRANTED", absl::StrCat("call ", ToAbsl(call)));
}

absl::Status Policy::AuthoriseRecord(const log::v1::Actor& actor, std::string_view fact,
                                     bool imports) const {
  ASSIGN_OR_RETURN(const v1::Role* role, RoleOf(actor));
  if (!Grant(role->records(), fact)) {
    return NotGranted(actor, "FACT_NOT_GRANTED", absl::StrCat("record ", ToAbsl(fact)));
  }
  if (!imports || role->may_import()) return absl::OkStatus();
  return NotGranted(actor, "IMPORT_NOT_GRANTED", "state source_recorded_at");
}

bool Policy::MayOpenPersonal(std::string_view role) const {
  const auto found = roles_.find(role);
  return found != roles_.end() && found->second.may_open_personal();
}

const v1::ActorEntry* Policy::FindActor(std::string_view actor_id) const {
  const auto found = actors_.find(actor_id);
  return found == actors_.end() ? nullptr : &found->second;
}

std::string Policy::ActorLabel(std::string_view actor_id) const {
  const auto found = actors_.find(actor_id);
  return found == actors_.end() || found->second.label().empty() ? std::string(actor_id)
                                                                 : found->second.label();
}

std::string Policy::RoleLabel(std::string_view role) const {
  const auto found = roles_.find(role);
  return found == roles_.end() || found->second.label().empty() ? std::string(role)
                                                                : found->second.label();
}

}  // namespace mlup::identity
