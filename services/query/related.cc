#include "services/query/related.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include <google/protobuf/message.h>

#include "eventstore/base/categories.h"
#include "eventstore/payload/event_references.h"
#include "eventstore/payload/payload.h"
#include "projections/case_history/timeline.h"
#include "projections/store/keys.h"
#include "services/query/records.h"

namespace mlup::query {
namespace {

absl::Status Invalid(std::string_view reason, std::string_view field, std::string_view words) {
  return FieldError(absl::StatusCode::kInvalidArgument, reason, field, words);
}

// Finds the persons whom records concern. It may find others too, whose histories do not have them.
class Concerned {
 public:
  Concerned(log::EventLog& log, const projections::Snapshot& index) : log_(log), index_(index) {}

  // RESOURCE_EXHAUSTED RELATED_TOO_MANY.
  absl::Status Add(const log::v1::Record& record) {
    std::vector<log::v1::Record> next = {record};
    while (!next.empty()) {
      const log::v1::Record one = std::move(next.back());
      next.pop_back();
      RETURN_IF_ERROR(AddOne(one, next));
    }
    return absl::OkStatus();
  }

  std::set<std::string> TakePersons() { return std::move(persons_); }

 private:
  // What it is about is looked at next.
  absl::Status AddOne(const log::v1::Record& record, std::vector<log::v1::Record>& next) {
    RETURN_IF_ERROR(AddParts(record));
    RETURN_IF_ERROR(AddRecord(record.stream()));
    const auto message = payload::JoinClear(record.event());
    if (!message.ok()) return absl::OkStatus();
    for (const payload::NamedRecord& named : payload::RecordsNamed(**message)) {
      for (const std::string& category : named.categories) {
        RETURN_IF_ERROR(AddRecord(absl::StrCat(category, "/", named.id)));
      }
    }
    for (const payload::EventReference& reference : payload::ReferencesOf(**message)) {
      if (!payload::IsAbout(reference.refers)) continue;
      RETURN_IF_ERROR(AddTarget(record.stream(), reference.event_id, next));
    }
    return absl::OkStatus();
  }

  absl::Status AddParts(const log::v1::Record& record) {
    for (const log::v1::SubjectPart& part : record.event().subjects()) {
      persons_.insert(part.subject_id());
    }
    return CheckPersons(persons_.size());
  }

  // The person, the children that a case was ever of, or all who were ever named in a household or
  // in those that it was ever merged with.
  absl::Status AddRecord(const std::string& stream) {
    std::vector<std::string> streams = {stream};
    while (!streams.empty()) {
      const std::string one = std::move(streams.back());
      streams.pop_back();
      if (!known_.insert(one).second) continue;
      const InHistory history = CategoryFor(one).history;
      if (IsPersonStream(one)) persons_.emplace(RecordIdOf(one));
      if (history != InHistory::kOwn && history != InHistory::kHome) continue;
      ASSIGN_OR_RETURN(const std::set<std::string> linked, projections::EverLinked(index_, one));
      for (const std::string& link : linked) {
        const bool is_childs = history == InHistory::kOwn && IsPersonStream(link);
        if (is_childs && !IsPersonStream(one)) persons_.emplace(RecordIdOf(link));
        if (history == InHistory::kHome && CategoryFor(link).history == InHistory::kHome) {
          streams.push_back(link);
        }
      }
      if (history == InHistory::kHome) RETURN_IF_ERROR(AddHousehold(one));
    }
    return CheckPersons(persons_.size());
  }

  absl::Status AddHousehold(const std::string& stream) {
    log::v1::ReadStreamRequest request;
    request.set_stream(stream);
    request.set_from_revision(1);
    while (true) {
      ASSIGN_OR_RETURN(const log::v1::ReadStreamResponse page, log_.ReadStream(request));
      if (page.records().empty()) return absl::OkStatus();
      for (const log::v1::Record& record : page.records()) RETURN_IF_ERROR(AddParts(record));
      request.set_from_revision(page.records().rbegin()->revision() + 1);
    }
  }

  // What is voided or corrected says whom that is about.
  absl::Status AddTarget(const std::string& stream, const std::string& event_id,
                         std::vector<log::v1::Record>& next) {
    if (!targets_.insert(absl::StrCat(stream, " ", event_id)).second) return absl::OkStatus();
    ASSIGN_OR_RETURN(const std::optional<Position> target,
                     projections::FindEvent(index_, stream, event_id));
    if (!target) return absl::OkStatus();
    ASSIGN_OR_RETURN(std::vector<log::v1::Record> records, ReadRecords(log_, {*target}));
    next.push_back(std::move(records.front()));
    return absl::OkStatus();
  }

  log::EventLog& log_;
  const projections::Snapshot& index_;
  std::set<std::string> persons_;
  // What was looked at.
  std::set<std::string> known_;
  std::set<std::string> targets_;
};

}  // namespace

absl::StatusOr<RelatedTo> RelatedToOf(const audit::v1::GetCaseHistoryRequest& request) {
  RelatedTo related;
  int asked = request.id().empty() ? 0 : 1;
  if (!request.household_id().empty()) {
    ++asked;
    related.entity = related.through = absl::StrCat("household/", request.household_id());
  }
  if (!request.correlation_id().empty()) {
    ++asked;
    related.entity = related.through = projections::CorrelationEntity(request.correlation_id());
  }
  if (request.source_system().empty() != request.source_id().empty()) {
    return Invalid("FIELD_REQUIRED", request.source_id().empty() ? "source_id" : "source_system",
                   "must be given: a thing of another system is named by the system and its id");
  }
  if (!request.source_id().empty()) {
    ++asked;
    related.entity = projections::SourceEntity(request.source_system(), request.source_id());
    related.through = absl::StrCat("source/", request.source_system(), "/", request.source_id());
  }
  if (asked == 0)
    return Invalid("FIELD_REQUIRED", "id",
                   "must be given, or else a household, a piece of work or a source");
  if (asked > 1) {
    return Invalid("FIELD_EXCESS", "id",
                   "must stand alone, as must a household, a piece of work and a source");
  }
  if (related.entity.empty()) return related;
  // It is shown in lists.
  if (std::ranges::any_of(request.source_id(), [](unsigned char c) { return c < 0x20; })) {
    return Invalid("TEXT_INVALID", "source_id", "must be one line without control characters");
  }
  const std::string_view of_one_child = request.with_readings() ? "with_readings"
                                        : request.with_states() ? "with_states"
                                                                : "";
  if (of_one_child.empty()) return related;
  return Invalid("FIELD_EXCESS", of_one_child, "is for the history of one child");
}

absl::Status CheckPersons(std::size_t persons) {
  if (persons <= kRelatedPersonsMax) return absl::OkStatus();
  return Error(absl::StatusCode::kResourceExhausted, "RELATED_TOO_MANY",
               absl::StrCat("it is about more than ", kRelatedPersonsMax,
                            " persons: read the histories of its children one by one"));
}

absl::StatusOr<Related> FindRelated(log::EventLog& log, const projections::Snapshot& index,
                                    const std::string& entity, const HistoryCut& cut) {
  Related related;
  ASSIGN_OR_RETURN(related.positions,
                   projections::FindRelated(
                       index, entity, {cut.position, kRelatedEventsMax, CountsFor(log, cut)}));
  ASSIGN_OR_RETURN(const std::vector<log::v1::Record> records, ReadRecords(log, related.positions));
  Concerned concerned(log, index);
  for (const log::v1::Record& record : records) RETURN_IF_ERROR(concerned.Add(record));
  related.persons = concerned.TakePersons();
  return related;
}

absl::StatusOr<std::set<std::string>> PersonsOnRecord(log::EventLog& log, Position reading) {
  std::set<std::string> persons;
  log::v1::ReadAllRequest request;
  request.set_from_position(reading.value);
  while (true) {
    ASSIGN_OR_RETURN(const log::v1::ReadAllResponse page, log.ReadAll(request));
    for (const log::v1::Record& record : page.records()) {
      if (record.append_first_position() != reading.value) return persons;
      audit::v1::RecordAccessed accessed;
      if (record.event().type() == accessed.GetTypeName() &&
          accessed.ParseFromString(record.event().common()) && !accessed.scope().empty()) {
        persons.emplace(RecordIdOf(accessed.scope()));
      }
    }
    if (page.next_position() == 0) return persons;
    request.set_from_position(page.next_position());
  }
}

}  // namespace mlup::query
