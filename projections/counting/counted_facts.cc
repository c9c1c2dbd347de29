#include "projections/counting/counted_facts.h"

#include <algorithm>
#include <memory>
#include <mutex>

namespace mlup::counting {

absl::StatusOr<std::unique_ptr<CountedFacts::Reading>> CountedFacts::Read(Position up_to) const {
  std::shared_lock<std::shared_mutex> reading(mutex_);
  if (IsBehind(up_to)) {
    reading.unlock();
    RETURN_IF_ERROR(Advance(up_to, UINT64_MAX).status());
    reading.lock();
  }
  return std::make_unique<Reading>(std::move(reading), table_);
}

bool CountedFacts::IsBehind(Position up_to) const {
  return read_to_ < up_to || replaced_ != source_.replaced();
}

absl::StatusOr<Position> CountedFacts::Follow(Position up_to, std::uint64_t at_most) const {
  const MutexLock lock(worlds_mutex_);
  for (std::shared_ptr<const World>& world : worlds_) discard_.Take(std::move(world));
  worlds_.clear();
  const std::uint64_t replaced = source_.replaced();
  if (replaced != replaced_) {
    table_.Clear();
    kept_.Clear();
    read_to_ = {};
    replaced_ = replaced;
  }
  const Position next = at_most < up_to.value - std::min(up_to, read_to_).value
                            ? Position{read_to_.value + at_most}
                            : std::max(up_to, read_to_);
  const std::uint64_t generation = table_.generation();
  const absl::Status followed = table_.Follow(source_, next);
  if (table_.generation() != generation) kept_.Clear();
  RETURN_IF_ERROR(followed);
  read_to_ = next;
  return read_to_;
}

std::shared_ptr<const World> CountedFacts::WorldAt(const Reading& reading, const Cut& cut) const {
  {
    const MutexLock lock(worlds_mutex_);
    const auto kept = std::ranges::find(worlds_, cut, &World::cut);
    if (kept != worlds_.end()) return *kept;
  }
  auto world = std::make_shared<const World>(reading.table(), cut);
  const MutexLock lock(worlds_mutex_);
  worlds_.push_front(world);
  if (worlds_.size() > kWorldsKept) {
    discard_.Take(std::move(worlds_.back()));
    worlds_.pop_back();
  }
  return world;
}

absl::StatusOr<Position> CountedFacts::Advance(Position up_to, std::uint64_t at_most) const {
  const std::unique_lock<std::shared_mutex> writing(mutex_);
  if (!IsBehind(up_to)) return read_to_;
  return Follow(up_to, at_most);
}

absl::StatusOr<std::optional<Day>> CountedFacts::KnownUntil(const Cut& cut,
                                                            const FactTable& table) const {
  if (cut.day) return cut.day;
  const RowId after = table.SizeAt(cut.position);
  if (after == 0) return std::optional<Day>();
  ASSIGN_OR_RETURN(const Fact last, source_.Get(table.PositionOf(after - 1)));
  return std::optional<Day>(DayOf(last.recorded_at));
}

}  // namespace mlup::counting
