// Who holds which role now, whoever says so: the roles file, or the accounts.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "mlup/identity/v1/account_events.pb.h"

namespace mlup::identity {

// A role that an actor holds now, for an organisation and where the scope says.
struct HeldRole {
  std::string role;
  std::string organisation_id;
  v1::GrantScope scope = v1::GRANT_SCOPE_ALL;
  std::string team = {};
  std::string province = {};
  log::v1::Sector sector = log::v1::SECTOR_UNSPECIFIED;
};

// What an actor may be here at this moment. Immutable once made.
struct Standing {
  // For which it may act, whether or not it holds a role there.
  std::set<std::string, std::less<>> organisations = {};
  std::vector<HeldRole> roles = {};
  // On whose behalf it may act, and who may act on its behalf.
  std::set<std::string, std::less<>> acts_for = {};
  std::set<std::string, std::less<>> delegates = {};
  // Streams to which it has emergency access now, with the id of the access.
  std::map<std::string, std::string, std::less<>> emergencies = {};
};

// Two in production: the file's, and the accounts'. Any thread.
class Holders {
 public:
  virtual ~Holders() = default;
  // Shared with whoever looks at it. Null where it knows no such actor; an actor whose account is
  // closed is known and may be nothing.
  virtual std::shared_ptr<const Standing> Find(std::string_view actor_id) const = 0;
};

}  // namespace mlup::identity
