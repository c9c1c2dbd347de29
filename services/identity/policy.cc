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

bool HoldsRole(const Standing& standing, std::string_view role, std::string_view organisation_id) {
  return std::any_of(standing.roles.begin(), standing.roles.end(), [&](const HeldRole& held) {
    return held.role == role && held.organisation_id == organisation_id;
  });
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
  for (const v1::ActorEntry& actor : file.actors()) RETURN_IF_ERROR(policy.AddActor(actor));
  return policy;
}

absl::Status Policy::AddActor(const v1::ActorEntry& actor) {
  const std::string& id = actor.actor_id();
  if (id.empty()) return Invalid("an actor without an id");
  if (actor.organisation_id().empty()) {
    return Invalid(absl::StrCat("actor ", id, " has no organisation"));
  }
  auto standing = std::make_shared<Standing>();
  standing->organisations.insert(actor.organisation_id());
  standing->acts_for.insert(actor.acts_for().begin(), actor.acts_for().end());
  for (const std::string& role : actor.roles()) {
    if (!roles_.contains(role)) {
      return Invalid(absl::StrCat("actor ", id, " has the unknown role ", role));
    }
    standing->roles.push_back({role, actor.organisation_id()});
  }
  if (!actors_.insert({id, std::move(standing)}).second) {
    return Invalid(absl::StrCat("actor ", id, " stands twice"));
  }
  entries_[id] = actor;
  return absl::OkStatus();
}

std::shared_ptr<const Standing> Policy::StandingOf(std::string_view actor_id) const {
  if (accounts_ != nullptr) {
    std::shared_ptr<const Standing> standing = accounts_->Find(actor_id);
    if (standing != nullptr) return standing;
  }
  const auto found = actors_.find(actor_id);
  return found == actors_.end() ? nullptr : found->second;
}

absl::Status Policy::CheckDelegation(const log::v1::Actor& actor, const Standing& standing) const {
  if (actor.on_behalf_of().empty()) return absl::OkStatus();
  const std::shared_ptr<const Standing> other = StandingOf(actor.on_behalf_of());
  if (other == nullptr) {
    return Denied("ACTOR_UNKNOWN", absl::StrCat("actor ", actor.on_behalf_of(), " is not known"));
  }
  if (standing.acts_for.contains(actor.on_behalf_of()) ||
      other->delegates.contains(actor.actor_id())) {
    return absl::OkStatus();
  }
  return Denied("DELEGATION_MISSING",
                absl::StrCat("actor ", actor.actor_id(), " may not act on behalf of ",
                             actor.on_behalf_of(), ": have the delegation recorded"));
}

absl::StatusOr<const v1::Role*> Policy::RoleOf(const log::v1::Actor& actor) const {
  const std::shared_ptr<const Standing> standing = StandingOf(actor.actor_id());
  if (standing == nullptr || !standing->organisations.contains(actor.organisation_id())) {
    return Denied("ACTOR_UNKNOWN",
                  absl::StrCat("actor ", actor.actor_id(), " is not known in organisation ",
                               actor.organisation_id()));
  }
  RETURN_IF_ERROR(CheckDelegation(actor, *standing));
  const auto role = roles_.find(actor.role());
  if (role == roles_.end() || !HoldsRole(*standing, actor.role(), actor.organisation_id())) {
    return Denied("ROLE_NOT_HELD", absl::StrCat("actor ", actor.actor_id(),
                                                " does not hold the role ", actor.role()));
  }
  return &role->second;
}

absl::Status Policy::MayCall(std::string_view actor_id, std::string_view call) const {
  const std::shared_ptr<const Standing> standing = StandingOf(actor_id);
  if (standing == nullptr) {
    return Denied("ACTOR_UNKNOWN", absl::StrCat("actor ", ToAbsl(actor_id), " is not known"));
  }
  for (const HeldRole& held : standing->roles) {
    const auto role = roles_.find(held.role);
    if (role != roles_.end() && Grant(role->second.calls(), call)) return absl::OkStatus();
  }
  return Denied("CALL_NOT_GRANTED",
                absl::StrCat("no role of actor ", ToAbsl(actor_id), " may call ", ToAbsl(call)));
}

std::vector<HeldRole> Policy::RolesOf(std::string_view actor_id) const {
  const std::shared_ptr<const Standing> standing = StandingOf(actor_id);
  return standing == nullptr ? std::vector<HeldRole>() : standing->roles;
}

const v1::Role* Policy::FindRole(std::string_view role) const {
  const auto found = roles_.find(role);
  return found == roles_.end() ? nullptr : &found->second;
}

std::vector<std::string> Policy::RoleNames() const {
  std::vector<std::string> names;
  for (const auto& [name, role] : roles_) names.push_back(name);
  return names;
}

bool Policy::RoleMayRecord(std::string_view role, std::string_view fact) const {
  const v1::Role* found = FindRole(role);
  return found != nullptr && Grant(found->records(), fact);
}

bool Policy::SomeRoleMayCall(std::string_view call) const {
  return std::any_of(roles_.begin(), roles_.end(),
                     [call](const auto& role) { return Grant(role.second.calls(), call); });
}

absl::Status Policy::MayImportForOthers(std::string_view actor_id) const {
  const std::shared_ptr<const Standing> standing = StandingOf(actor_id);
  for (const HeldRole& held : standing == nullptr ? std::vector<HeldRole>() : standing->roles) {
    const auto role = roles_.find(held.role);
    if (role != roles_.end() && role->second.may_import_for_others()) return absl::OkStatus();
  }
  return Denied("IMPORT_NOT_GRANTED", absl::StrCat("no role of actor ", ToAbsl(actor_id),
                                                   " may import what others recorded"));
}

absl::Status Policy::Authorise(const log::v1::Actor& actor, std::string_view call) const {
  ASSIGN_OR_RETURN(const v1::Role* role, RoleOf(actor));
  if (Grant(role->calls(), call)) return absl::OkStatus();
  return NotGranted(actor, "CALL_NOT_GRANTED", absl::StrCat("call ", ToAbsl(call)));
}

absl::Status Policy::AuthoriseRecord(const log::v1::Actor& actor, std::string_view fact,
                                     bool imports, std::string_view recorded_by) const {
  const v1::Role* role = nullptr;
  if (recorded_by.empty()) {
    ASSIGN_OR_RETURN(role, RoleOf(actor));
  } else {
    RETURN_IF_ERROR(MayImportForOthers(recorded_by));
    const auto named = roles_.find(actor.role());
    if (named == roles_.end()) {
      return Denied("ROLE_NOT_HELD", absl::StrCat("there is no role ", actor.role()));
    }
    role = &named->second;
  }
  if (!Grant(role->records(), fact)) {
    return NotGranted(actor, "FACT_NOT_GRANTED", absl::StrCat("record ", ToAbsl(fact)));
  }
  if (!imports || role->may_import()) return absl::OkStatus();
  return NotGranted(actor, "IMPORT_NOT_GRANTED", "state source_recorded_at");
}

absl::Status Policy::AuthoriseScope(const log::v1::Actor& actor, const Relation& about,
                                    std::string_view recorded_by) const {
  const std::string_view who =
      recorded_by.empty() ? std::string_view(actor.actor_id()) : recorded_by;
  const std::shared_ptr<const Standing> standing = StandingOf(who);
  const auto is_meant = [&](const HeldRole& held) {
    if (recorded_by.empty()) {
      return held.role == actor.role() && held.organisation_id == actor.organisation_id();
    }
    const auto role = roles_.find(held.role);
    return role != roles_.end() && role->second.may_import_for_others();
  };
  if (standing != nullptr &&
      std::any_of(standing->roles.begin(), standing->roles.end(), [&](const HeldRole& held) {
        return is_meant(held) && Covers(held, who, about);
      })) {
    return absl::OkStatus();
  }
  return NotGranted(actor, "OUT_OF_SCOPE", "reach this record");
}

bool Policy::MayOpenPersonal(std::string_view role) const {
  const auto found = roles_.find(role);
  return found != roles_.end() && found->second.may_open_personal();
}

const v1::ActorEntry* Policy::FindActor(std::string_view actor_id) const {
  const auto found = entries_.find(actor_id);
  return found == entries_.end() ? nullptr : &found->second;
}

std::string Policy::ActorLabel(std::string_view actor_id) const {
  const v1::ActorEntry* entry = FindActor(actor_id);
  return entry == nullptr || entry->label().empty() ? std::string(actor_id) : entry->label();
}

std::string Policy::RoleLabel(std::string_view role) const {
  const auto found = roles_.find(role);
  return found == roles_.end() || found->second.label().empty() ? std::string(role)
                                                                : found->second.label();
}

}  // namespace mlup::identity
