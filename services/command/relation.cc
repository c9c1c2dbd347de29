#include "services/command/relation.h"

#include <string>

#include "eventstore/base/categories.h"
#include "services/domain/case.h"
#include "services/domain/case_state.h"

namespace mlup::command {
namespace {

constexpr std::size_t kProvinceDigits = 2;

// `020101` is in `02`; `unknown` and `remote` are nowhere.
std::string ProvinceOf(const std::string& place) {
  const bool is_code = place.size() >= kProvinceDigits && place[0] >= '0' && place[0] <= '9';
  return is_code ? place.substr(0, kProvinceDigits) : "";
}

}  // namespace

identity::Relation RelationOf(const domain::Circumstances& first) {
  return {.begins = true,
          .organisations = {first.organisation_id},
          .province = ProvinceOf(first.place),
          .sector = static_cast<log::v1::Sector>(first.sector)};
}

identity::Relation RelationOf(const domain::StreamHistory& history) {
  identity::Relation relation;
  relation.begins = history.size() == 0;
  if (relation.begins) return relation;
  const domain::EventInfo& first = history.At(0).info;
  relation.organisations.insert(first.organisation_id);
  relation.province = ProvinceOf(first.place);
  relation.sector = static_cast<log::v1::Sector>(first.sector);
  if (CategoryOf(history.stream()) != "case") return relation;
  relation.has_workers = true;
  const auto& state = *static_cast<const domain::CaseState*>(history.StateOf(domain::Case()));
  const std::set<std::string>& assigned = state.workers.running();
  relation.workers.insert(assigned.begin(), assigned.end());
  if (!state.had_workers) relation.workers.insert(first.actor_id);
  for (const auto& [worker, team] : state.teams) relation.teams.insert(team);
  return relation;
}

}  // namespace mlup::command
