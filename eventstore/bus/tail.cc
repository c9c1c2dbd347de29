// A window over the end of the log.
#include "eventstore/bus/tail.h"

#include <algorithm>
#include <utility>

#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"
#include "eventstore/log/read_rules.h"

namespace mlup::log {
namespace {

std::size_t MemoryOf(const SharedRecord& shared) {
  return sizeof(SharedRecord) + shared.bytes().capacity();
}

}  // namespace

std::shared_ptr<const SharedRecord> SharedRecord::Make(std::string_view bytes) {
  std::shared_ptr<const SharedRecord> made(new SharedRecord(bytes));
  return made->view_.has_value() ? made : nullptr;
}

std::vector<std::shared_ptr<const SharedRecord>> Tail::Refresh(Position seen, Position head) {
  std::vector<std::shared_ptr<const SharedRecord>> fresh;
  if (head.value - seen.value > kReadEventsMax) return fresh;
  pb::ReadAllRequest request;
  request.set_from_position(seen.value + 1);
  request.set_limit(static_cast<std::uint32_t>(head.value - seen.value));
  const absl::StatusOr<StoredPage> page = log().ReadStored(request, true);
  if (!page.ok() || page->last != head) return fresh;
  fresh.reserve(page->count);
  RecordWalk walk(page->records);
  while (const auto bytes = walk.Next()) {
    fresh.push_back(SharedRecord::Make(*bytes));
    if (fresh.back() == nullptr) return {};
  }

  MutexLock lock(mutex_);
  if (!kept_.empty() && kept_.back()->position() != seen) {
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

bool Tail::KeepsLocked(Position from) const {
  return !kept_.empty() && kept_.front()->position() <= from && from <= kept_.back()->position();
}

bool Tail::Keeps(Position from) {
  MutexLock lock(mutex_);
  return KeepsLocked(from);
}

Tail::Window Tail::WindowFrom(Position from) {
  MutexLock lock(mutex_);
  if (!KeepsLocked(from)) return {};
  const std::size_t skipped = from.value - kept_.front()->position().value;
  const auto first = kept_.begin() + static_cast<std::ptrdiff_t>(skipped);
  const auto count = std::min<std::size_t>(kept_.size() - skipped, kReadEventsMax);
  return {.records = {first, first + static_cast<std::ptrdiff_t>(count)},
          .last = kept_.back()->position()};
}

absl::StatusOr<pb::ReadAllResponse> Tail::ReadAll(const pb::ReadAllRequest& request) {
  if (!Keeps({request.from_position()})) return log().ReadAll(request);
  ASSIGN_OR_RETURN(const StoredPage page, ReadStored(request, true));
  pb::ReadAllResponse response;
  return ParseInto(page, response) ? response : log().ReadAll(request);
}

absl::StatusOr<StoredPage> Tail::ReadStored(const pb::ReadAllRequest& request, bool with_system) {
  if (request.direction() == pb::DIRECTION_BACKWARD || !CheckReadAll(request).ok()) {
    return log().ReadStored(request, with_system);
  }
  const Window window = WindowFrom({request.from_position()});
  if (window.records.empty()) return log().ReadStored(request, with_system);

  StoredPage page;
  page.head = window.last;
  Budget room = PageBudget(request.limit());
  for (const auto& shared : window.records) {
    const RecordView& view = shared->view();
    const bool wanted =
        (with_system || !IsSystem(view.stream)) && MatchesFilter(request.filter(), view);
    // The next page goes on here, in this window or in the log.
    page.next = view.position;
    if (!room.HasRoom() || (wanted && !room.Take(shared->bytes().size()))) return page;
    if (wanted) page.Add(view.position, shared->bytes());
  }
  const Position looked_at = window.records.back()->position();
  page.next = looked_at == window.last ? Position{0} : Next(looked_at);
  return page;
}

}  // namespace mlup::log
