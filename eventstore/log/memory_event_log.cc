#include "eventstore/log/memory_event_log.h"

#include <utility>

#include "eventstore/base/status.h"
#include "eventstore/log/append_rules.h"
#include "eventstore/log/keys.h"
#include "eventstore/log/read_rules.h"
#include "eventstore/log/record_times.h"
#include "eventstore/log/timestamp.h"

namespace mlup::log {
namespace {

pb::Record MakeRecord(const RecordView& plan, const RecordTimes& times, const pb::Event& event) {
  pb::Record record;
  record.set_position(plan.position.value);
  record.set_stream(std::string(plan.stream));
  record.set_revision(plan.revision.value);
  *record.mutable_recorded_at() = ToTimestamp(times.recorded_at);
  if (times.clock_behind.has_value()) {
    *record.mutable_clock_behind() = ToTimestamp(*times.clock_behind);
  }
  *record.mutable_event() = event;
  record.set_append_first_position(plan.append_first.value);
  record.set_append_event_count(plan.append_events);
  record.set_request_digest(std::string(plan.request_digest));
  return record;
}

}  // namespace

absl::StatusOr<pb::AppendResponse> MemoryEventLog::Append(const pb::AppendRequest& request) {
  RETURN_IF_ERROR(CheckAppend(request));
  absl::StatusOr<pb::AppendResponse> response;
  {
    MutexLock lock(mutex_);
    response = AppendLocked(request);
    if (response.ok() && !response->replayed()) {
      // Under the lock, so that the watermark follows the order of appends.
      watermark_.Advance({response->last_position()});
    }
  }
  return response;
}

absl::StatusOr<pb::AppendResponse> MemoryEventLog::AppendLocked(const pb::AppendRequest& request) {
  const std::vector<RecordView> earlier = FindAppend(request.key());
  if (!earlier.empty()) return ReplayOf(earlier, request.request_digest());

  std::vector<Revision> heads;
  for (const pb::StreamWrite& write : request.writes()) {
    const auto found = streams_.find(write.stream());
    heads.push_back({found == streams_.end() ? 0 : found->second.size()});
  }
  RETURN_IF_ERROR(CheckExpected(request, heads));

  const RecordTimes times = TimesOf(last_recorded_at_, clock_.Now());
  last_recorded_at_ = times.recorded_at;
  const Position first = {records_.size() + 1};
  const std::vector<RecordView> records = PlanRecords(request, heads, first);
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (event_ids_.contains(std::string(records[i].event_id))) return EventIdTaken(request, i);
  }
  auto plan = records.begin();
  for (const pb::StreamWrite& write : request.writes()) {
    for (const pb::Event& event : write.events()) {
      streams_[write.stream()].push_back(plan->position.value);
      event_ids_.insert(event.event_id());
      records_.push_back(MakeRecord(*plan++, times, event));
    }
  }
  requests_[RequestKeyBytes(request.key())] = first.value;
  return ResponseOf(records);
}

std::vector<RecordView> MemoryEventLog::FindAppend(const pb::RequestKey& key) const {
  std::vector<RecordView> records;
  const auto found = requests_.find(RequestKeyBytes(key));
  if (found == requests_.end()) return records;
  const std::size_t first = found->second - 1;
  for (std::size_t i = 0; i < records_[first].append_event_count(); ++i) {
    records.push_back(ViewOf(records_[first + i]));
  }
  return records;
}

absl::StatusOr<pb::LookupResponse> MemoryEventLog::Lookup(const pb::LookupRequest& request) {
  RETURN_IF_ERROR(CheckLookup(request));
  MutexLock lock(mutex_);
  pb::LookupResponse response;
  const std::vector<RecordView> records = FindAppend(request.key());
  if (records.empty()) return response;
  ASSIGN_OR_RETURN(*response.mutable_result(), ReplayOf(records, request.request_digest()));
  response.set_found(true);
  return response;
}

absl::StatusOr<pb::ReadStreamResponse> MemoryEventLog::ReadStream(
    const pb::ReadStreamRequest& request) {
  RETURN_IF_ERROR(CheckReadStream(request));
  MutexLock lock(mutex_);
  pb::ReadStreamResponse response;
  const auto found = streams_.find(request.stream());
  if (found == streams_.end()) return response;
  response.set_last_revision(found->second.size());

  const Walk walk = PlanWalk(request.from_revision(), request.direction(), found->second.size());
  Budget page = PageBudget(request.limit());
  for (std::uint64_t i = 0; i < walk.count; ++i) {
    const pb::Record& record = records_[found->second[walk.At(i) - 1] - 1];
    if (!page.Take(record.ByteSizeLong())) break;
    *response.add_records() = record;
  }
  return response;
}

absl::StatusOr<pb::ReadAllResponse> MemoryEventLog::ReadAll(const pb::ReadAllRequest& request) {
  RETURN_IF_ERROR(CheckReadAll(request));
  MutexLock lock(mutex_);
  pb::ReadAllResponse response;
  response.set_head(records_.size());

  const Walk walk = PlanWalk(request.from_position(), request.direction(), records_.size());
  Budget page = PageBudget(request.limit());
  Budget scan = ScanBudget();
  for (std::uint64_t i = 0; i < walk.count; ++i) {
    const pb::Record& record = records_[walk.At(i) - 1];
    const std::size_t bytes = record.ByteSizeLong();
    const bool wanted = MatchesFilter(request.filter(), record);
    if (!page.HasRoom() || !scan.Take(bytes) || (wanted && !page.Take(bytes))) {
      response.set_next_position(walk.At(i));
      break;
    }
    if (wanted) *response.add_records() = record;
  }
  return response;
}

absl::StatusOr<Position> MemoryEventLog::Head() { return watermark_.Get(); }

absl::StatusOr<Position> MemoryEventLog::WaitPast(Position position, absl::Duration timeout) {
  return watermark_.WaitPast(position, timeout);
}

}  // namespace mlup::log
