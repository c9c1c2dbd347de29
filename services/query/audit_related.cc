// What belongs together, from the histories of all children that a reader reaches.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "eventstore/base/days.h"
#include "services/query/audit_service.h"
#include "services/query/reach.h"

namespace mlup::query {

absl::StatusOr<std::vector<AuditService::Reached>> AuditService::ReachedOf(
    const Related& related, const Access& asked, const HistoryCut& cut,
    const projections::Snapshot& index) const {
  const std::set<Position> wanted(related.positions.begin(), related.positions.end());
  const auto has_any = [&wanted](const HistoryRecords& history) {
    return std::ranges::any_of(history.records, [&wanted](const log::v1::Record& record) {
      return wanted.contains(Position{record.position()});
    });
  };
  std::vector<Reached> reached;
  // Records that were merged are one child's.
  std::set<std::string> seen;
  for (const std::string& person_id : related.persons) {
    if (seen.contains(person_id)) continue;
    Reached one{asked, {}, {}};
    one.access.person_id = person_id;
    one.access.result = audit::v1::ACCESS_RESULT_SERVED;
    ASSIGN_OR_RETURN(one.history, ReadHistory(parts_.log, index, person_id, cut));
    seen.insert(one.history.timeline.person_ids.begin(), one.history.timeline.person_ids.end());
    if (!has_any(one.history)) continue;
    const absl::Status reach =
        CheckReach(one.access, identity::kHistoryCall, parts_.policy, parts_.log, index);
    if (absl::IsPermissionDenied(reach)) continue;
    RETURN_IF_ERROR(reach);
    ASSIGN_OR_RETURN(one.withheld, WithheldAt(cut, one.access, index, one.history.records));
    std::erase_if(one.history.records,
                  [&one](const auto& record) { return one.withheld.contains(record.stream()); });
    if (has_any(one.history)) reached.push_back(std::move(one));
  }
  return reached;
}

absl::StatusOr<History> AuditService::BuildRelated(const audit::v1::GetCaseHistoryRequest& request,
                                                   const Related& related,
                                                   std::vector<Reached> reached) const {
  log::v1::Actor reader;
  HistoryView view;
  // What stands in the histories of several is there once.
  std::map<std::uint64_t, log::v1::Record> all;
  for (Reached& one : reached) {
    reader = one.access.actor;
    const std::set<std::string>& ids = one.history.timeline.person_ids;
    view.person_ids.insert(ids.begin(), ids.end());
    for (const std::string& stream : one.withheld)
      view.closed_on[stream].insert(ids.begin(), ids.end());
    for (log::v1::Record& record : one.history.records) {
      all.try_emplace(record.position(), std::move(record));
    }
  }
  std::vector<log::v1::Record> records;
  for (auto& [position, record] : all) records.push_back(std::move(record));
  view.may_open_personal = parts_.policy.Authorise(reader, identity::OpeningPersonal()).ok();
  view.reveals_special = request.reveal_special();
  view.occurred_until = ParseDay(request.as_occurred_at());
  view.only.emplace(related.positions.begin(), related.positions.end());
  Names names(parts_.log);
  ASSIGN_OR_RETURN(History history,
                   BuildHistory(records, view, {parts_.policy, parts_.keyring, names}));
  // It is of no one child.
  history.subject.clear();
  history.unreadable.clear();
  return history;
}

}  // namespace mlup::query
