#include "projections/counting/counted_facts.h"

#include <memory>
#include <mutex>

namespace mlup::counting {

absl::StatusOr<std::unique_ptr<CountedFacts::Reading>> CountedFacts::Read(Position up_to) const {
  std::shared_lock<std::shared_mutex> reading(mutex_);
  if (read_to_ < up_to) {
    reading.unlock();
    const std::unique_lock<std::shared_mutex> writing(mutex_);
    if (read_to_ < up_to) {
      RETURN_IF_ERROR(table_.Follow(source_, up_to));
      read_to_ = up_to;
    }
  }
  if (!reading.owns_lock()) reading.lock();
  return std::make_unique<Reading>(std::move(reading), table_);
}

absl::StatusOr<std::optional<Day>> CountedFacts::KnownUntil(const Cut& cut,
                                                            const FactTable& table) const {
  if (cut.day) return cut.day;
  const RowId after =
      cut.position.value == UINT64_MAX ? table.size() : table.LowerBound(Next(cut.position));
  if (after == 0) return std::optional<Day>();
  ASSIGN_OR_RETURN(const Fact last, source_.Get(table.row(after - 1).position));
  return std::optional<Day>(DayOf(last.recorded_at));
}

}  // namespace mlup::counting
