#include "projections/counting/ties.h"

#include <vector>

#include "mlup/cases/v1/casework_events.pb.h"

namespace mlup::counting {

Ties TiesOf(const World& world, StreamId stream) {
  using cases::v1::CaseWorkerAssigned;
  using cases::v1::CaseWorkerUnassigned;
  const FactTable& table = world.table();
  const RowId first = table.FirstOf(stream);
  Ties ties;
  ties.organisation = table.OrganisationOf(first);
  ties.place = world.Place(first);
  ties.sector = static_cast<log::v1::Sector>(table.MannerOf(first).sector);
  ties.has_workers = world.Text(table.CategoryOf(stream)) == "case";
  if (!ties.has_workers) return ties;
  const Columns::Own& own = table.columns().own();
  const std::vector<RowId> assigned = world.OnStream(stream, CaseWorkerAssigned::descriptor());
  const std::vector<RowId> ended = world.OnStream(stream, CaseWorkerUnassigned::descriptor());
  if (assigned.empty()) ties.workers[table.ActorOf(first)] = kNoWord;
  auto end = ended.begin();
  const auto end_before = [&](RowId row) {
    for (; end != ended.end() && *end < row; ++end) {
      ties.workers.erase(world.Value(*end, own.unassigned_worker));
    }
  };
  for (const RowId row : assigned) {
    end_before(row);
    Word& team = ties.workers.try_emplace(world.Value(row, own.assigned_worker)).first->second;
    if (const Word stated = world.Value(row, own.assigned_team); stated != kNoWord) team = stated;
  }
  end_before(kNoRow);
  return ties;
}

}  // namespace mlup::counting
