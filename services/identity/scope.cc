#include "services/identity/scope.h"

namespace mlup::identity {

bool Covers(const HeldRole& held, std::string_view actor_id, const Relation& about) {
  const bool own = about.begins || about.organisations.contains(held.organisation_id);
  switch (held.scope) {
    case v1::GRANT_SCOPE_ALL:
      return true;
    case v1::GRANT_SCOPE_ORGANISATION:
      return own;
    case v1::GRANT_SCOPE_OWN_CASELOAD:
      return own && (about.begins || !about.has_workers || about.workers.contains(actor_id));
    case v1::GRANT_SCOPE_TEAM:
      return own && (about.begins || !about.has_workers || about.teams.contains(held.team) ||
                     about.workers.contains(actor_id));
    case v1::GRANT_SCOPE_PROVINCE:
      return own && !held.province.empty() && about.province == held.province;
    case v1::GRANT_SCOPE_SECTOR:
      return own && held.sector != log::v1::SECTOR_UNSPECIFIED && about.sector == held.sector;
    case v1::GRANT_SCOPE_UNSPECIFIED:
      return false;
    // What a later version wrote.
    case v1::GrantScope_INT_MIN_SENTINEL_DO_NOT_USE_:
    case v1::GrantScope_INT_MAX_SENTINEL_DO_NOT_USE_:
      return false;
  }
  return false;
}

}  // namespace mlup::identity
