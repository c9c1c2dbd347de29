// A window over the end of the log.
#include "eventstore/bus/tail.h"

#include <algorithm>
#include <utility>

#include "eventstore/base/limits.h"
#include "eventstore/log/history.h"
#include "eventstore/log/read_rules.h"

namespace mlup::log {
namespace {

// Of a shared record, as it stands here.
std::size_t MemoryOf(const SharedRecord& shared) {
  return shared.record.SpaceUsedLong() + shared.bytes.capacity();
}

}  // namespace

std::vector<std::shared_ptr<const SharedRecord>> Tail::Refresh(Position seen, Position head) {
  std::vector<std::shared_ptr<const SharedRecord>> fresh;
  if (head.value - seen.value > kReadEventsMax) return fresh;
  pb::ReadAllRequest request;
  request.set_from_position(seen.value + 1);
  request.set_limit(static_cast<std::uint32_t>(head.value - seen.value));
  absl::StatusOr<pb::ReadAllResponse> page = log_.ReadAll(request);
  const bool whole =
      page.ok() && !page->records().empty() && page->records().rbegin()->position() == head.value;
  if (!whole) return fresh;
  fresh.reserve(static_cast<std::size_t>(page->records_size()));
  for (pb::Record& record : *page->mutable_records()) {
    std::string bytes = record.SerializeAsString();
    const std::uint64_t history = HistoryOfBytes(bytes);
    fresh.push_back(std::make_shared<const SharedRecord>(
        SharedRecord{std::move(record), std::move(bytes), history}));
  }

  MutexLock lock(mutex_);
  if (!kept_.empty() && kept_.back()->record.position() != seen.value) {
    kept_.clear();
    memory_ = 0;
  }
  for (const auto& shared : fresh) {
    kept_.push_back(shared);
    memory_ += MemoryOf(*shared);
  }
  while (memory_ > kTailBytesMax || kept_.size() > kTailRecordsMax) {
    memory_ -= MemoryOf(*kept_.front());
    kept_.pop_front();
  }
  return fresh;
}

Tail::Window Tail::WindowFrom(Position from) {
  MutexLock lock(mutex_);
  if (kept_.empty() || from.value < kept_.front()->record.position()) return {};
  const std::uint64_t skipped = from.value - kept_.front()->record.position();
  if (skipped >= kept_.size()) return {};
  const auto first = kept_.begin() + static_cast<std::ptrdiff_t>(skipped);
  const auto count = std::min<std::size_t>(kept_.size() - skipped, kReadEventsMax);
  return {.records = {first, first + static_cast<std::ptrdiff_t>(count)},
          .last = {kept_.back()->record.position()}};
}

absl::StatusOr<pb::ReadAllResponse> Tail::ReadAll(const pb::ReadAllRequest& request) {
  if (request.direction() == pb::DIRECTION_BACKWARD || !CheckReadAll(request).ok()) {
    return log_.ReadAll(request);
  }
  const Window window = WindowFrom({request.from_position()});
  if (window.records.empty()) return log_.ReadAll(request);

  pb::ReadAllResponse response;
  response.set_head(window.last.value);
  Budget page = PageBudget(request.limit());
  for (const auto& shared : window.records) {
    const bool wanted = MatchesFilter(request.filter(), shared->record);
    // The next page goes on here, in this window or in the log.
    response.set_next_position(shared->record.position());
    if (!page.HasRoom() || (wanted && !page.Take(shared->bytes.size()))) return response;
    if (wanted) *response.add_records() = shared->record;
  }
  const std::uint64_t looked_at = window.records.back()->record.position();
  response.set_next_position(looked_at == window.last.value ? 0 : looked_at + 1);
  return response;
}

}  // namespace mlup::log
