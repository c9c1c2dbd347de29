// What belongs together, from the histories of all its children.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "eventstore/base/days.h"
#include "services/query/audit_service.h"

namespace mlup::query {
namespace {

// Leaves the records of streams of which one is wanted: the others say nothing of those.
void KeepStreamsOf(const std::set<Position>& wanted, std::vector<log::v1::Record>& records) {
  std::set<std::string> streams;
  for (const log::v1::Record& record : records) {
    if (wanted.contains(Position{record.position()})) streams.insert(record.stream());
  }
  std::erase_if(records,
                [&streams](const auto& record) { return !streams.contains(record.stream()); });
}

}  // namespace

bool AuditService::MayReadAll(const log::v1::Actor& actor) const {
  const identity::Relation to_nobody;
  return parts_.policy.Authorise(actor, identity::Calling(identity::kHistoryCall), &to_nobody)
             .ok() &&
         parts_.policy.Authorise(actor, identity::ReadingSafeguarding()).ok();
}

absl::StatusOr<std::vector<HistoryRecords>> AuditService::ToldOf(
    Related& related, const RelatedTo& of, const Access& asked, const HistoryCut& cut,
    const projections::Snapshot& index) const {
  std::vector<HistoryRecords> told;
  std::set<std::string> withheld;
  // Records that were merged are one child's.
  std::set<std::string> seen;
  for (const std::string& person_id : related.persons) {
    if (seen.contains(person_id)) continue;
    ASSIGN_OR_RETURN(HistoryRecords history, ReadHistory(parts_.log, index, person_id, cut));
    seen.insert(history.timeline.person_ids.begin(), history.timeline.person_ids.end());
    Access access = asked;
    access.person_id = person_id;
    ASSIGN_OR_RETURN(const std::set<std::string> streams,
                     WithheldAt(cut, access, index, history.records));
    withheld.insert(streams.begin(), streams.end());
    told.push_back(std::move(history));
  }
  // What the reader must not know of leads to nothing.
  std::set<Position> visible;
  for (const HistoryRecords& history : told) {
    for (const log::v1::Record& record : history.records) {
      if (!withheld.contains(record.stream())) visible.insert(Position{record.position()});
    }
  }
  ASSIGN_OR_RETURN(related.positions,
                   projections::FindRelated(
                       index, of.entity,
                       {cut.position, kRelatedEventsMax, CountsFor(parts_.log, cut), &visible}));
  const std::set<Position> wanted(related.positions.begin(), related.positions.end());
  for (HistoryRecords& history : told) KeepStreamsOf(wanted, history.records);
  std::erase_if(told, [](const HistoryRecords& history) { return history.records.empty(); });
  return told;
}

absl::Status AuditService::RecordRelated(const RelatedTo& of, const Access& asked,
                                         const std::set<std::string>& persons, PageToken& token) {
  if (token.reading.value > 0) {
    ASSIGN_OR_RETURN(const std::set<std::string> on_record,
                     PersonsOnRecord(parts_.log, token.reading));
    if (persons == on_record) return absl::OkStatus();
    return FieldError(absl::StatusCode::kInvalidArgument, "PAGE_TOKEN_EXPIRED", "page_token",
                      "is of a reading of other persons: read again from the first page");
  }
  Access question = asked;
  absl::Status few = CheckPersons(persons.size());
  if (!few.ok()) {
    RETURN_IF_ERROR(parts_.disclosure.DiscloseRelated(question, of.through, {}).status());
    return few;
  }
  question.result =
      persons.empty() ? audit::v1::ACCESS_RESULT_UNKNOWN : audit::v1::ACCESS_RESULT_SERVED;
  std::vector<Access> accesses;
  accesses.reserve(persons.size());
  for (const std::string& person_id : persons) {
    accesses.push_back(question);
    accesses.back().person_id = person_id;
  }
  ASSIGN_OR_RETURN(token.reading,
                   parts_.disclosure.DiscloseRelated(question, of.through, accesses));
  return absl::OkStatus();
}

absl::StatusOr<History> AuditService::BuildRelated(const audit::v1::GetCaseHistoryRequest& request,
                                                   const Access& asked, const Related& related,
                                                   std::vector<HistoryRecords> told) const {
  HistoryView view;
  // What stands in the histories of several is there once.
  std::map<std::uint64_t, log::v1::Record> all;
  for (HistoryRecords& history : told) {
    view.person_ids.merge(history.timeline.person_ids);
    for (log::v1::Record& record : history.records) {
      all.try_emplace(record.position(), std::move(record));
    }
  }
  std::vector<log::v1::Record> records;
  records.reserve(all.size());
  for (auto& [position, record] : all) records.push_back(std::move(record));
  view.may_open_personal = parts_.policy.Authorise(asked.actor, identity::OpeningPersonal()).ok();
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
