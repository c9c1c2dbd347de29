// Who may do what: the roles file, and what those who ask are.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/base/mutex.h"
#include "eventstore/base/status.h"
#include "mlup/identity/v1/identity.pb.h"
#include "services/identity/authorise.h"
#include "services/identity/holders.h"

namespace mlup::identity {

// The content of a roles file. What it does not grant is denied. Who holds a role is what the
// accounts say; of actors without an account, what the file says.
//
// Once it follows accounts: any thread. Owns its content; borrows the accounts.
class Policy {
 public:
  // Reads protobuf text (mlup.identity.v1.RolesFile). INVALID_ARGUMENT ROLES_FILE_INVALID with the
  // line.
  static absl::StatusOr<Policy> Parse(std::string_view text);

  // From now on another file holds, for open streams as well; nothing changes where it cannot be
  // read. Errors as Parse().
  absl::Status Replace(std::string_view text);

  // Before anybody else uses it: from now on an actor with an account holds what the account says.
  void Follow(const Holders& accounts) { accounts_ = &accounts; }

  // May `actor` do this about a record with this relation, now? As identity::Authorise() says, with
  // what the accounts and the file say of who asks.
  absl::Status Authorise(const log::v1::Actor& actor, const What& what,
                         const Relation* about = nullptr, std::string_view recorded_by = {}) const;

  // The roles in which `actor` may do this now, for whoever compares many records with them.
  // Errors as Authorise().
  absl::StatusOr<std::vector<HeldRole>> RolesThatMay(const log::v1::Actor& actor,
                                                     const What& what) const;

  // The roles of the file that may do this, by name.
  std::vector<std::string> RolesWith(const What& what) const;

  // Whether there is a role that may make it.
  bool SomeRoleMayCall(std::string_view call) const;

  // The id of the emergency access that the actor has to the stream now; empty for none.
  std::string EmergencyAccessTo(std::string_view actor_id, std::string_view stream) const;

  // Those that the actor holds now.
  std::vector<HeldRole> RolesOf(std::string_view actor_id) const;

  bool HasRole(std::string_view role) const { return FindRole(role) != nullptr; }
  // Null where there is none.
  std::shared_ptr<const v1::Role> FindRole(std::string_view role) const;
  std::vector<std::string> RoleNames() const;

  // What a person reads; the id or name itself where the file has no label.
  std::string ActorLabel(std::string_view actor_id) const;
  std::string RoleLabel(std::string_view role) const;

 private:
  // A file, immutable.
  struct Book {
    Roles roles;
    // What it says of actors, and what they hold by it.
    std::map<std::string, v1::ActorEntry, std::less<>> entries;
    std::map<std::string, std::shared_ptr<const Standing>, std::less<>> actors;
  };
  struct Held {
    Mutex mutex;
    std::shared_ptr<const Book> book ABSL_GUARDED_BY(mutex);
  };

  Policy() : held_(std::make_unique<Held>()) {}

  static absl::StatusOr<std::shared_ptr<const Book>> Read(std::string_view text);
  static absl::Status AddActor(const v1::ActorEntry& actor, Book& book);
  // The file that holds now.
  std::shared_ptr<const Book> Now() const;
  // Null for an actor of whom nobody knows.
  std::shared_ptr<const Standing> StandingOf(const Book& book, std::string_view actor_id) const;

  std::unique_ptr<Held> held_;
  const Holders* accounts_ = nullptr;
};

}  // namespace mlup::identity
