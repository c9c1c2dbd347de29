// Cells that were counted, kept for those who ask again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <tuple>
#include <vector>

#include "absl/container/flat_hash_map.h"

#include "eventstore/base/days.h"
#include "eventstore/base/mutex.h"
#include "mlup/reports/v1/report_service.pb.h"
#include "projections/counting/changes.h"
#include "projections/counting/definitions.h"
#include "projections/counting/lookups.h"
#include "projections/counting/world.h"

namespace mlup::counting {

// What was found for one indicator in one period, or for the period itself, and what that depends
// on.
struct Kept {
  std::vector<reports::v1::Row> rows;
  // Of a period: what its report shows and does not count.
  std::vector<reports::v1::Note> notes;
  // Of a period: the cut of its last published report.
  std::optional<Cut> published;

  Lookups lookups;
  // No item, and nothing that cannot be dated: then it says why.
  bool is_empty = false;
  // Something was recorded outside the period.
  bool out_of_period = false;
  // Some row restates a published one, by whatever was recorded later on some records.
  bool restated_by_records = false;

  std::size_t Bytes() const;
};

// How facts enter what is kept.
struct Basis {
  const Uses& uses;
  // Null for what is kept of the period itself.
  const Indicator* indicator = nullptr;
};

// Whether something that changed may make another of what was kept. Never says no where it does.
bool IsTouched(const Kept& kept, const Basis& basis, const DayRange& period, const FactTable& table,
               const Changes& changes);

// So many cuts are kept of one period as known on one day.
inline constexpr std::size_t kCutsKept = 8;

// What was kept, each for all cuts between two numbers of facts that it holds for. What was not
// asked for the longest goes when there is no room. Any thread.
class KeptCells {
 public:
  // Which period of what, as known on a day, compared with which cut.
  struct Key {
    const void* what;
    DayRange period;
    std::optional<Day> known;
    std::optional<Cut> compared;

    friend bool operator==(const Key&, const Key&) = default;
    template <typename H>
    friend H AbslHashValue(H hash, const Key& key) {
      const auto day = [](const std::optional<Day>& one) { return one ? one->value : INT32_MIN; };
      const Cut then = key.compared.value_or(Cut{});
      return H::combine(std::move(hash), key.what, key.period.first.value, key.period.last.value,
                        day(key.known), key.compared.has_value(), then.position.value,
                        day(then.day));
    }
  };
  // Whether what is kept is touched by the facts from one number to before another.
  using Touches = std::function<bool(const Kept& kept, RowId first, RowId end)>;

  struct Counts {
    std::uint64_t answered = 0;
    std::uint64_t counted = 0;
    std::size_t bytes = 0;
  };

  explicit KeptCells(std::size_t bytes_max) : bytes_max_(bytes_max) {}
  KeptCells(const KeptCells&) = delete;
  KeptCells& operator=(const KeptCells&) = delete;

  // What holds for the first `facts` facts; null where nothing does.
  std::shared_ptr<const Kept> Find(const Key& key, RowId facts, const Touches& touches);
  // It holds for the first `facts` facts.
  void Keep(const Key& key, RowId facts, std::shared_ptr<const Kept> kept);
  void Clear();

  Counts counts() const;

 private:
  struct Entry {
    Key key;
    // It holds for so many facts, at least and at most.
    RowId least, most;
    std::shared_ptr<const Kept> kept;
    std::size_t bytes;
  };
  using Entries = std::list<Entry>;

  // The one of a key that holds for the most facts, of these at most.
  std::optional<Entry> Before(const Key& key, RowId facts) const;
  // It was asked for, and holds for so many too.
  void Extend(const Key& key, const Kept* kept, RowId facts);
  void Drop(Entries::iterator entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::size_t bytes_max_;
  mutable Mutex mutex_;
  // The last one asked for first.
  Entries entries_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<Key, std::vector<Entries::iterator>> by_key_ ABSL_GUARDED_BY(mutex_);
  Counts counts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlup::counting
