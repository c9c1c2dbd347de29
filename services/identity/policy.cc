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
  Policy policy;
  RETURN_IF_ERROR(policy.Replace(text));
  return policy;
}

absl::Status Policy::Replace(std::string_view text) {
  ASSIGN_OR_RETURN(std::shared_ptr<const Book> book, Read(text));
  MutexLock lock(held_->mutex);
  held_->book = std::move(book);
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const Policy::Book>> Policy::Read(std::string_view text) {
  v1::RolesFile file;
  FirstError error;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  parser.SetRecursionLimit(kTextDepthMax);
  if (!parser.ParseFromString(std::string(text), &file)) return Invalid(error.text());
  auto book = std::make_shared<Book>();
  for (v1::Role& role : *file.mutable_roles()) {
    const std::string name = role.name();
    if (name.empty()) return Invalid("a role without a name");
    if (!book->roles.insert({name, std::move(role)}).second) {
      return Invalid(absl::StrCat("role ", name, " stands twice"));
    }
  }
  for (const v1::ActorEntry& actor : file.actors()) RETURN_IF_ERROR(AddActor(actor, *book));
  return book;
}

absl::Status Policy::AddActor(const v1::ActorEntry& actor, Book& book) {
  const std::string& id = actor.actor_id();
  if (id.empty()) return Invalid("an actor without an id");
  if (actor.organisation_id().empty()) {
    return Invalid(absl::StrCat("actor ", id, " has no organisation"));
  }
  auto standing = std::make_shared<Standing>();
  standing->organisations.insert(actor.organisation_id());
  standing->acts_for.insert(actor.acts_for().begin(), actor.acts_for().end());
  for (const std::string& role : actor.roles()) {
    if (!book.roles.contains(role)) {
      return Invalid(absl::StrCat("actor ", id, " has the unknown role ", role));
    }
    standing->roles.push_back({role, actor.organisation_id()});
  }
  if (!book.actors.insert({id, std::move(standing)}).second) {
    return Invalid(absl::StrCat("actor ", id, " stands twice"));
  }
  book.entries[id] = actor;
  return absl::OkStatus();
}

std::shared_ptr<const Policy::Book> Policy::Now() const {
  MutexLock lock(held_->mutex);
  return held_->book;
}

std::shared_ptr<const Standing> Policy::StandingOf(const Book& book,
                                                   std::string_view actor_id) const {
  if (accounts_ != nullptr) {
    std::shared_ptr<const Standing> standing = accounts_->Find(actor_id);
    if (standing != nullptr) return standing;
  }
  const auto found = book.actors.find(actor_id);
  return found == book.actors.end() ? nullptr : found->second;
}

absl::Status Policy::Authorise(const log::v1::Actor& actor, const What& what, const Relation* about,
                               std::string_view recorded_by) const {
  const std::shared_ptr<const Book> book = Now();
  Who who{.actor = actor, .recorded_by = recorded_by};
  if (recorded_by.empty()) {
    who.standing = StandingOf(*book, actor.actor_id());
    if (!actor.on_behalf_of().empty()) who.principal = StandingOf(*book, actor.on_behalf_of());
  } else {
    who.recorder = StandingOf(*book, recorded_by);
  }
  return identity::Authorise(book->roles, who, what, about);
}

absl::StatusOr<std::vector<HeldRole>> Policy::RolesThatMay(const log::v1::Actor& actor,
                                                           const What& what) const {
  const std::shared_ptr<const Book> book = Now();
  Who who{.actor = actor};
  who.standing = StandingOf(*book, actor.actor_id());
  if (!actor.on_behalf_of().empty()) who.principal = StandingOf(*book, actor.on_behalf_of());
  return identity::RolesThatMay(book->roles, who, what);
}

std::vector<std::string> Policy::RolesWith(const What& what) const {
  const std::shared_ptr<const Book> book = Now();
  std::vector<std::string> names;
  for (const auto& [name, role] : book->roles) {
    if (Grants(role, what)) names.push_back(name);
  }
  return names;
}

std::string Policy::EmergencyAccessTo(std::string_view actor_id, std::string_view stream) const {
  const std::shared_ptr<const Standing> standing = StandingOf(*Now(), actor_id);
  if (standing == nullptr) return "";
  const auto found = standing->emergencies.find(stream);
  return found == standing->emergencies.end() ? "" : found->second;
}

std::vector<HeldRole> Policy::RolesOf(std::string_view actor_id) const {
  const std::shared_ptr<const Standing> standing = StandingOf(*Now(), actor_id);
  return standing == nullptr ? std::vector<HeldRole>() : standing->roles;
}

std::shared_ptr<const v1::Role> Policy::FindRole(std::string_view role) const {
  std::shared_ptr<const Book> book = Now();
  const auto found = book->roles.find(role);
  if (found == book->roles.end()) return nullptr;
  // Keeps the whole file.
  return {std::move(book), &found->second};
}

std::vector<std::string> Policy::RoleNames() const {
  const std::shared_ptr<const Book> book = Now();
  std::vector<std::string> names;
  for (const auto& [name, role] : book->roles) names.push_back(name);
  return names;
}

bool Policy::SomeRoleMayCall(std::string_view call) const {
  const std::shared_ptr<const Book> book = Now();
  return std::any_of(book->roles.begin(), book->roles.end(),
                     [call](const auto& role) { return Grants(role.second, Calling(call)); });
}

std::string Policy::ActorLabel(std::string_view actor_id) const {
  const std::shared_ptr<const Book> book = Now();
  const auto entry = book->entries.find(actor_id);
  return entry == book->entries.end() || entry->second.label().empty() ? std::string(actor_id)
                                                                       : entry->second.label();
}

std::string Policy::RoleLabel(std::string_view role) const {
  const std::shared_ptr<const v1::Role> found = FindRole(role);
  return found == nullptr || found->label().empty() ? std::string(role) : found->label();
}

}  // namespace mlup::identity
