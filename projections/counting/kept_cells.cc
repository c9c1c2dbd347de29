#include "projections/counting/kept_cells.h"

#include <algorithm>
#include <utility>

#include "mlup/network/v1/import_events.pb.h"

namespace mlup::counting {
namespace {

// What an entry takes besides what it holds.
constexpr std::size_t kEntryBytes = 256;

// Looks at one change after another. For one thread and one use.
class Looking {
 public:
  Looking(const Kept& kept, const Basis& basis, const DayRange& period, const FactTable& table,
          const Changes& changes)
      : kept_(kept), basis_(basis), period_(period), table_(table), changes_(changes) {}

  bool Run() const {
    return std::ranges::any_of(changes_.merged(), [&](Word record) { return LookedAt(record); }) ||
           std::ranges::any_of(changes_.touched(), [&](const auto& one) { return Matters(one); });
  }

 private:
  // Whether a record was looked up, under any id that it ever had.
  bool LookedAt(Word record) const {
    const std::vector<Word> ids = table_.EverMergedWith(record);
    return std::ranges::any_of(ids, [&](Word id) { return kept_.lookups.Contains(id); });
  }

  bool Matters(const Changes::Touched& touched) const {
    const Word record = table_.IdOf(table_.StreamOf(touched.row));
    if (kept_.restated_by_records && kept_.lookups.Contains(record)) return true;
    const auto found = basis_.uses.find(table_.TypeOf(touched.row));
    if (found == basis_.uses.end()) return false;
    const Use& use = found->second;
    if (use.anywhere) return true;
    if (use.selected && IsInPeriod(touched) && !IsPassedOver(touched)) return true;
    return (use.looked_up || (use.ends && !IsLateEnd(touched))) && LookedAt(record);
  }

  // Nothing was ever corrected in it, and what it told is not counted.
  bool IsPassedOver(const Changes::Touched& touched) const {
    return basis_.indicator != nullptr && table_.KeptBytes(touched.row) == nullptr &&
           basis_.indicator->PassesOver(table_, touched.row);
  }

  bool IsInPeriod(const Changes::Touched& touched) const {
    const pb::PeriodRule rule = basis_.indicator == nullptr
                                    ? pb::PERIOD_RULE_UNSPECIFIED
                                    : basis_.indicator->definition->period_rule();
    if (rule == pb::PERIOD_RULE_RECORDED_WITHIN) {
      const Day known = table_.WhenOf(touched.row).known;
      if (period_.Contains({known, known})) return true;
    } else {
      const bool goes_on =
          rule == pb::PERIOD_RULE_ACTIVE_IN_PERIOD || rule == pb::PERIOD_RULE_ON_LAST_DAY;
      const auto holds = [&](const std::optional<DayRange>& days) {
        if (!days) return true;
        return goes_on ? days->first <= period_.last : period_.Overlaps(*days);
      };
      if (changes_.AnyDays(touched, holds)) return true;
    }
    return IsToldOfOutside(touched);
  }

  // What lies outside is told of where nothing else is, and once is enough.
  bool IsToldOfOutside(const Changes::Touched& touched) const {
    if (!kept_.is_empty || table_.WhenOf(touched.row).known < period_.first) return false;
    return !touched.came || !kept_.out_of_period;
  }

  // Whether it came behind all others and lies behind the period: then it is as if nothing ended.
  bool IsLateEnd(const Changes::Touched& touched) const {
    return touched.came && !changes_.AnyDays(touched, [&](const std::optional<DayRange>& days) {
      return !days || days->first <= period_.last;
    });
  }

  const Kept& kept_;
  const Basis& basis_;
  const DayRange& period_;
  const FactTable& table_;
  const Changes& changes_;
};

}  // namespace

std::size_t Kept::Bytes() const {
  std::size_t bytes = sizeof(Kept) + lookups.bytes();
  for (const auto& row : rows) bytes += row.SpaceUsedLong();
  for (const auto& note : notes) bytes += note.SpaceUsedLong();
  return bytes;
}

bool IsTouched(const Kept& kept, const Basis& basis, const DayRange& period, const FactTable& table,
               const Changes& changes) {
  return Looking(kept, basis, period, table, changes).Run();
}

std::optional<KeptCells::Entry> KeptCells::Before(const Key& key, RowId facts) const {
  const MutexLock lock(mutex_);
  const auto entries = by_key_.find(key);
  if (entries == by_key_.end()) return std::nullopt;
  std::optional<Entry> best;
  for (const auto& entry : entries->second) {
    if (entry->least <= facts && (!best || best->most < entry->most)) best = *entry;
  }
  return best;
}

std::shared_ptr<const Kept> KeptCells::Find(const Key& key, RowId facts, const Touches& touches) {
  const std::optional<Entry> entry = Before(key, facts);
  if (!entry) return nullptr;
  if (entry->most < facts && touches(*entry->kept, entry->most, facts)) return nullptr;
  Extend(key, entry->kept.get(), facts);
  return entry->kept;
}

void KeptCells::Extend(const Key& key, const Kept* kept, RowId facts) {
  const MutexLock lock(mutex_);
  ++counts_.answered;
  const auto entries = by_key_.find(key);
  if (entries == by_key_.end()) return;
  for (const auto& entry : entries->second) {
    if (entry->kept.get() != kept) continue;
    entry->most = std::max(entry->most, facts);
    entries_.splice(entries_.begin(), entries_, entry);
  }
}

void KeptCells::Keep(const Key& key, RowId facts, std::shared_ptr<const Kept> kept) {
  const std::size_t bytes = kept->Bytes() + kEntryBytes;
  const MutexLock lock(mutex_);
  ++counts_.counted;
  if (bytes > bytes_max_) return;
  entries_.push_front({key, facts, facts, std::move(kept), bytes});
  auto& of_key = by_key_[key];
  of_key.push_back(entries_.begin());
  counts_.bytes += bytes;
  // The first of them is the oldest.
  if (of_key.size() > kCutsKept) Drop(of_key.front());
  while (counts_.bytes > bytes_max_) Drop(std::prev(entries_.end()));
}

void KeptCells::Drop(Entries::iterator entry) {
  const auto of_key = by_key_.find(entry->key);
  std::erase(of_key->second, entry);
  if (of_key->second.empty()) by_key_.erase(of_key);
  counts_.bytes -= entry->bytes;
  entries_.erase(entry);
}

void KeptCells::Clear() {
  const MutexLock lock(mutex_);
  entries_.clear();
  by_key_.clear();
  counts_.bytes = 0;
}

KeptCells::Counts KeptCells::counts() const {
  const MutexLock lock(mutex_);
  return counts_;
}

}  // namespace mlup::counting
