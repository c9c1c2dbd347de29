// What every event log does with a read: page bounds and filters.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/status/status.h"

#include "eventstore/base/limits.h"
#include "eventstore/base/types.h"
#include "eventstore/log/record_view.h"
#include "mlup/log/v1/event_store.pb.h"

// All functions are pure and may be called from any thread.
namespace mlup::log {

// Records and bytes one ReadAll() looks at, so that a filter that matches little cannot hold a
// thread.
inline constexpr std::size_t kScanRecordsMax = 64 << 10;
inline constexpr std::size_t kScanBytesMax = 64 << 20;

// Shape and limits. INVALID_ARGUMENT naming the field.
absl::Status CheckReadStream(const v1::ReadStreamRequest& request);
absl::Status CheckReadAll(const v1::ReadAllRequest& request);
absl::Status CheckSubscribe(const v1::SubscribeRequest& request);
// Fields are named below `field`, for example `filter.types[2]`.
absl::Status CheckFilter(const v1::Filter& filter, std::string_view field = "filter");

// Whether the record fits one entry of every list that is not empty.
bool MatchesFilter(const v1::Filter& filter, const RecordView& record);
inline bool MatchesFilter(const v1::Filter& filter, const v1::Record& record) {
  return MatchesFilter(filter, ViewOf(record));
}
// Whether every record does.
bool MatchesAll(const v1::Filter& filter);

// The log's own events: subscriptions and groups hide them unless asked.
bool IsSystem(std::string_view stream);
inline bool IsSystem(const v1::Record& record) { return IsSystem(record.stream()); }

// `count` numbers to visit, from `first` on, upwards or downwards.
struct Walk {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  bool backward = false;

  std::uint64_t At(std::uint64_t index) const { return backward ? first - index : first + index; }
};

// The walk over 1..head that a request asks for.
Walk PlanWalk(std::uint64_t from, v1::Direction direction, std::uint64_t head);

// Counts records and their bytes against two bounds.
class Budget {
 public:
  Budget(std::size_t records, std::size_t bytes) : records_left_(records), bytes_left_(bytes) {}

  bool HasRoom() const { return records_left_ > 0; }

  // Whether all of so many records fit, whatever was taken before.
  bool Fits(std::size_t records, std::size_t bytes) const {
    return records <= records_left_ && bytes <= bytes_left_;
  }
  // Takes the room of records that fit.
  void TakeAll(std::size_t records, std::size_t bytes) {
    taken_ = true;
    records_left_ -= records;
    bytes_left_ -= bytes;
  }

  // Takes the room of one record; false when it does not fit. The first always fits.
  bool Take(std::size_t bytes) {
    if (!HasRoom() || (taken_ && bytes > bytes_left_)) return false;
    taken_ = true;
    --records_left_;
    bytes_left_ -= std::min(bytes, bytes_left_);
    return true;
  }

 private:
  std::size_t records_left_;
  std::size_t bytes_left_;
  bool taken_ = false;
};

// What one page may hold; `limit` as requested, 0 means 256.
inline std::size_t PageRecords(std::uint32_t limit) { return limit == 0 ? 256 : limit; }
inline Budget PageBudget(std::uint32_t limit) { return {PageRecords(limit), kReadBytesMax}; }

// What one ReadAll() may look at.
inline Budget ScanBudget() { return {kScanRecordsMax, kScanBytesMax}; }

}  // namespace mlup::log
