#include "services/query/reader_reach.h"

#include <algorithm>

#include "projections/counting/paths.h"
#include "projections/counting/ties.h"

namespace mlup::query {

identity::Relation RelationOf(const counting::World& world, counting::StreamId stream) {
  const counting::Ties ties = counting::TiesOf(world, stream);
  identity::Relation about;
  about.organisations.insert(std::string(world.Text(ties.organisation)));
  const std::string province = counting::ProvinceOf(world.Text(ties.place));
  if (!province.empty() && province[0] >= '0' && province[0] <= '9') about.province = province;
  about.sector = ties.sector;
  about.has_workers = ties.has_workers;
  for (const auto& [worker, team] : ties.workers) {
    about.workers.insert(std::string(world.Text(worker)));
    if (team != counting::kNoWord) about.teams.insert(std::string(world.Text(team)));
  }
  return about;
}

bool ReaderReach::Covers(const identity::Relation& about) const {
  return std::ranges::any_of(roles_, [&](const identity::HeldRole& held) {
    return identity::Covers(held, actor_id_, about);
  });
}

bool ReaderReach::ReachesWorkOf(const std::string& actor_id,
                                const std::vector<identity::HeldRole>& holds) const {
  identity::Relation about;
  about.has_workers = true;
  about.workers.insert(actor_id);
  for (const identity::HeldRole& held : holds) {
    about.organisations.insert(held.organisation_id);
    if (!held.team.empty()) about.teams.insert(held.team);
  }
  return actor_id == actor_id_ || Covers(about);
}

bool ReaderReach::Reaches(counting::StreamId stream) {
  if (known_.size() <= stream) known_.resize(stream + 1, Known::kNot);
  if (known_[stream] == Known::kNot) {
    known_[stream] = Covers(RelationOf(world_, stream)) ? Known::kYes : Known::kNo;
  }
  return known_[stream] == Known::kYes;
}

}  // namespace mlup::query
