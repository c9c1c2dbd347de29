#include "services/query/reach.h"

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "eventstore/base/categories.h"
#include "projections/case_history/timeline.h"
#include "services/command/relation.h"
#include "services/domain/stream_history.h"
#include "services/query/records.h"

namespace mlup::query {

absl::Status CheckReach(Access& access, std::string_view call, const identity::Policy& policy,
                        log::EventLog& log, const projections::Snapshot& index) {
  const auto authorise = [&](const identity::Relation& about) {
    return policy.Authorise(access.actor, identity::Calling(call), &about);
  };
  // Who reaches everything need not be told where the child is.
  absl::Status reached = authorise({});
  if (reached.ok()) return reached;
  ASSIGN_OR_RETURN(const projections::Timeline timeline,
                   projections::FindTimeline(index, access.person_id, index.checkpoint().position));
  ASSIGN_OR_RETURN(const std::vector<log::v1::Record> records,
                   ReadRecords(log, timeline.positions));
  std::map<std::string, domain::StreamHistory> own;
  for (const log::v1::Record& record : records) {
    if (CategoryFor(record.stream()).history != InHistory::kOwn) continue;
    ASSIGN_OR_RETURN(domain::LiveEvent event, domain::ReadEvent(record));
    own.try_emplace(record.stream(), record.stream()).first->second.Add(std::move(event));
  }
  // Who works with a child is what its cases say; of a child without one, its other records.
  const auto is_case = [](const auto& record) { return CategoryOf(record.first) == "case"; };
  if (std::any_of(own.begin(), own.end(), is_case)) std::erase_if(own, std::not_fn(is_case));
  for (const auto& [stream, history] : own) {
    if (authorise(command::RelationOf(history)).ok()) return absl::OkStatus();
  }
  for (const auto& [stream, history] : own) {
    access.emergency_access_id = policy.EmergencyAccessTo(access.actor.actor_id(), stream);
    identity::Relation about = command::RelationOf(history);
    about.emergency = !access.emergency_access_id.empty();
    if (about.emergency && authorise(about).ok()) return absl::OkStatus();
  }
  access.emergency_access_id.clear();
  return reached;
}

}  // namespace mlup::query
