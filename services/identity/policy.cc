#include "services/identity/policy.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include <google/protobuf/text_format.h>

#include "eventstore/base/limits.h"
#include "eventstore/payload/first_error.h"

namespace mlup::identity {
namespace {

absl::Status Invalid(std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, "ROLES_FILE_INVALID",
               absl::StrCat("roles file: ", ToAbsl(message)));
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

absl::Status Policy::Authorise(const log::v1::Actor& actor, const What& what, const Relation* about,
                               std::string_view recorded_by) const {
  Who who{.actor = actor, .recorded_by = recorded_by};
  if (recorded_by.empty()) {
    who.standing = StandingOf(actor.actor_id());
    if (!actor.on_behalf_of().empty()) who.principal = StandingOf(actor.on_behalf_of());
  } else {
    who.recorder = StandingOf(recorded_by);
  }
  return identity::Authorise(roles_, who, what, about);
}

std::string Policy::EmergencyAccessTo(std::string_view actor_id, std::string_view stream) const {
  const std::shared_ptr<const Standing> standing = StandingOf(actor_id);
  if (standing == nullptr) return "";
  const auto found = standing->emergencies.find(stream);
  return found == standing->emergencies.end() ? "" : found->second;
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

bool Policy::SomeRoleMayCall(std::string_view call) const {
  return std::any_of(roles_.begin(), roles_.end(),
                     [call](const auto& role) { return Grants(role.second, Calling(call)); });
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
