#include "eventstore/log/memory_event_log.h"

#include <algorithm>
#include <utility>

#include "eventstore/base/status.h"
#include "eventstore/log/append_rules.h"
#include "eventstore/log/keys.h"
#include "eventstore/log/read_rules.h"

namespace mlup::log {

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
  const std::vector<pb::Record> earlier = FindAppend(request.key());
  if (!earlier.empty()) return ReplayOf(earlier, request.request_digest());

  std::vector<Revision> heads;
  for (const pb::StreamWrite& write : request.writes()) {
    const auto found = streams_.find(write.stream());
    heads.push_back({found == streams_.end() ? 0 : found->second.size()});
  }
  RETURN_IF_ERROR(CheckExpected(request, heads));

  last_recorded_at_ = std::max(last_recorded_at_, clock_.Now());
  const Position first = {records_.size() + 1};
  std::vector<pb::Record> records = MakeRecords(request, heads, first, last_recorded_at_);
  pb::AppendResponse response = ResponseOf(records);
  for (pb::Record& record : records) {
    streams_[record.stream()].push_back(record.position());
    records_.push_back(std::move(record));
  }
  requests_[RequestIndexKey(request.key())] = first.value;
  return response;
}

std::vector<pb::Record> MemoryEventLog::FindAppend(const pb::RequestKey& key) const {
  const auto found = requests_.find(RequestIndexKey(key));
  if (found == requests_.end()) return {};
  const auto first = records_.begin() + static_cast<std::ptrdiff_t>(found->second - 1);
  return {first, first + first->append_event_count()};
}

absl::StatusOr<pb::LookupResponse> MemoryEventLog::Lookup(const pb::LookupRequest& request) {
  RETURN_IF_ERROR(CheckLookup(request));
  MutexLock lock(mutex_);
  pb::LookupResponse response;
  const std::vector<pb::Record> records = FindAppend(request.key());
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
