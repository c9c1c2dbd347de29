// Where a role that is held reaches: the relation of who holds it to the record.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "services/identity/holders.h"

namespace mlup::identity {

// Who works with a record, as far as the record itself says.
struct Relation {
  // Nothing stands there yet: whoever begins it works with it.
  bool begins = false;
  // Organisations that own or support it.
  std::set<std::string, std::less<>> organisations = {};
  // Where its kind knows workers and teams, those of now.
  bool has_workers = false;
  std::set<std::string, std::less<>> workers = {};
  std::set<std::string, std::less<>> teams = {};
  // Two digits of the gazetteer; empty where nobody knows.
  std::string province = {};
  log::v1::Sector sector = log::v1::SECTOR_UNSPECIFIED;
  // Whether who asks has emergency access to it now.
  bool emergency = false;
};

// Whether the role reaches the record. Pure; what is not said is not reached.
//
// Own caseload and team ask for a worker where the record knows workers, as a case does; other
// records are those of an organisation. Team, province and sector reach the records of the role's
// organisation only.
bool Covers(const HeldRole& held, std::string_view actor_id, const Relation& about);

}  // namespace mlup::identity
