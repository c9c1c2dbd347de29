// A window over the end of the log.
#include "eventstore/bus/tail.h"

#include <algorithm>
#include <utility>

#include "eventstore/base/limits.h"
#include "eventstore/log/read_rules.h"

namespace mlup::log {

std::vector<std::shared_ptr<const pb::Record>> Tail::Refresh(Position seen, Position head) {
  std::vector<std::shared_ptr<const pb::Record>> fresh;
  if (head.value - seen.value > kReadEventsMax) return fresh;
  pb::ReadAllRequest request;
  request.set_from_position(seen.value + 1);
  request.set_limit(kReadEventsMax);
  absl::StatusOr<pb::ReadAllResponse> page = log_.ReadAll(request);
  const bool whole =
      page.ok() && !page->records().empty() && page->records().rbegin()->position() >= head.value;
  if (!whole) return fresh;
  fresh.reserve(static_cast<std::size_t>(page->records_size()));
  for (pb::Record& record : *page->mutable_records()) {
    fresh.push_back(std::make_shared<const pb::Record>(std::move(record)));
  }

  MutexLock lock(mutex_);
  if (!kept_.empty() && kept_.back().record->position() != seen.value) {
    kept_.clear();
    bytes_ = 0;
  }
  for (const auto& record : fresh) {
    if (record->position() > head.value) break;
    kept_.push_back({record, record->ByteSizeLong(), record->SpaceUsedLong()});
    bytes_ += kept_.back().memory;
  }
  while (bytes_ > kTailBytesMax || kept_.size() > kTailRecordsMax) {
    bytes_ -= kept_.front().memory;
    kept_.pop_front();
  }
  while (fresh.back()->position() > head.value) fresh.pop_back();
  return fresh;
}

Tail::Window Tail::WindowFrom(Position from) {
  MutexLock lock(mutex_);
  if (kept_.empty() || from.value < kept_.front().record->position()) return {};
  const std::uint64_t skipped = from.value - kept_.front().record->position();
  if (skipped >= kept_.size()) return {};
  const auto first = kept_.begin() + static_cast<std::ptrdiff_t>(skipped);
  const auto count = std::min<std::size_t>(kept_.size() - skipped, kReadEventsMax);
  return {.kept = {first, first + static_cast<std::ptrdiff_t>(count)},
          .last = {kept_.back().record->position()}};
}

absl::StatusOr<pb::ReadAllResponse> Tail::ReadAll(const pb::ReadAllRequest& request) {
  if (request.direction() == pb::DIRECTION_BACKWARD || !CheckReadAll(request).ok()) {
    return log_.ReadAll(request);
  }
  const Window window = WindowFrom({request.from_position()});
  if (window.kept.empty()) return log_.ReadAll(request);

  pb::ReadAllResponse response;
  response.set_head(window.last.value);
  Budget page = PageBudget(request.limit());
  for (const Kept& entry : window.kept) {
    const bool wanted = MatchesFilter(request.filter(), *entry.record);
    // The next page goes on here, in this window or in the log.
    response.set_next_position(entry.record->position());
    if (!page.HasRoom() || (wanted && !page.Take(entry.bytes))) return response;
    if (wanted) *response.add_records() = *entry.record;
  }
  const std::uint64_t looked_at = window.kept.back().record->position();
  response.set_next_position(looked_at == window.last.value ? 0 : looked_at + 1);
  return response;
}

}  // namespace mlup::log
