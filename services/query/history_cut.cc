#include "services/query/history_cut.h"

#include <algorithm>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/categories.h"
#include "eventstore/base/days.h"
#include "mlup/audit/v1/audit.pb.h"
#include "projections/facts/fact.h"
#include "services/query/records.h"

namespace mlup::query {
namespace {

constexpr std::uint32_t kPageEvents = 512;

bool IsKnown(const log::v1::Record& record, const HistoryCut& cut) {
  return record.position() <= cut.position.value &&
         (!cut.known || DayOf(projections::KnownAt(record)) <= *cut.known);
}

absl::Status AddWholeStream(log::EventLog& log, const std::string& stream,
                            std::vector<log::v1::Record>& records) {
  log::v1::ReadStreamRequest request;
  request.set_stream(stream);
  request.set_from_revision(1);
  request.set_limit(kPageEvents);
  while (true) {
    ASSIGN_OR_RETURN(log::v1::ReadStreamResponse page, log.ReadStream(request));
    if (page.records().empty()) return absl::OkStatus();
    request.set_from_revision(page.records().rbegin()->revision() + 1);
    for (log::v1::Record& record : *page.mutable_records()) records.push_back(std::move(record));
  }
}

bool IsReading(const log::v1::Event& event) {
  return event.type() == audit::v1::RecordAccessed::descriptor()->full_name() ||
         event.type() == audit::v1::DataExported::descriptor()->full_name();
}

// The newest readings on one stream; how many earlier ones there are.
absl::StatusOr<std::uint64_t> AddReadingsOf(log::EventLog& log, const std::string& stream,
                                            const HistoryCut& cut,
                                            std::vector<log::v1::Record>& readings) {
  log::v1::ReadStreamRequest request;
  request.set_stream(stream);
  request.set_direction(log::v1::DIRECTION_BACKWARD);
  request.set_limit(kPageEvents);
  std::size_t added = 0;
  std::uint64_t earlier = 0;
  while (true) {
    ASSIGN_OR_RETURN(log::v1::ReadStreamResponse page, log.ReadStream(request));
    for (log::v1::Record& record : *page.mutable_records()) {
      request.set_from_revision(record.revision() - 1);
      if (!IsReading(record.event()) || !IsKnown(record, cut)) continue;
      if (added == kReadingsMax) {
        ++earlier;
        continue;
      }
      readings.push_back(std::move(record));
      ++added;
    }
    // Before the first revision there is nothing, which the log would take for the last.
    if (page.records().empty() || request.from_revision() == 0) return earlier;
  }
}

}  // namespace

projections::Counts CountsFor(log::EventLog& log, const HistoryCut& cut) {
  if (!cut.known) return nullptr;
  return [&log, cut, asked = std::unordered_map<std::uint64_t, bool>()](
             Position position) mutable -> absl::StatusOr<bool> {
    const auto found = asked.find(position.value);
    if (found != asked.end()) return found->second;
    ASSIGN_OR_RETURN(const std::vector<log::v1::Record> records, ReadRecords(log, {position}));
    return asked[position.value] = IsKnown(records.front(), cut);
  };
}

absl::StatusOr<HistoryRecords> ReadHistory(log::EventLog& log, const projections::Snapshot& index,
                                           std::string_view person_id, const HistoryCut& cut) {
  HistoryRecords history;
  ASSIGN_OR_RETURN(history.timeline,
                   projections::FindTimeline(index, person_id, cut.position, CountsFor(log, cut)));
  ASSIGN_OR_RETURN(history.records, ReadRecords(log, history.timeline.positions));
  return history;
}

absl::StatusOr<std::vector<log::v1::Record>> ReadToJudge(log::EventLog& log,
                                                         const std::vector<log::v1::Record>& then,
                                                         const std::vector<log::v1::Record>& now) {
  std::vector<log::v1::Record> judged = now;
  std::set<std::string> streams;
  for (const log::v1::Record& record : now) streams.insert(record.stream());
  for (const log::v1::Record& record : then) {
    judged.push_back(record);
    if (streams.insert(record.stream()).second) {
      RETURN_IF_ERROR(AddWholeStream(log, record.stream(), judged));
    }
  }
  return judged;
}

absl::StatusOr<std::uint64_t> AddReadings(log::EventLog& log, const HistoryCut& cut,
                                          HistoryRecords& history) {
  std::set<std::string> ids = history.timeline.person_ids;
  for (const log::v1::Record& record : history.records) {
    // Whoever was refused had named the case.
    if (CategoryFor(record.stream()).history == InHistory::kOwn) {
      ids.emplace(RecordIdOf(record.stream()));
    }
  }
  std::uint64_t earlier = 0;
  for (const std::string& id : ids) {
    ASSIGN_OR_RETURN(const std::uint64_t more,
                     AddReadingsOf(log, absl::StrCat("access/", id), cut, history.records));
    earlier += more;
  }
  std::ranges::sort(history.records, {}, [](const auto& record) { return record.position(); });
  return earlier;
}

}  // namespace mlup::query
