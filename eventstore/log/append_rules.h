// What every event log does with an append before it stores it: shape, expectations, records.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "eventstore/base/categories.h"
#include "eventstore/base/types.h"
#include "eventstore/log/record_view.h"
#include "mlup/log/v1/event_store.pb.h"

// All functions are pure and may be called from any thread.
namespace mlup::log {

using mlup::CategoryOf;

// True for `<category>/<id>`: a category that somebody may append to (eventstore/base/categories.h)
// and a UUID, or any printable name where the category has free names.
bool IsStreamName(std::string_view name);

// About what the records of an append take at most, the streams' names with each of them.
std::size_t StoredBytesMax(const v1::AppendRequest& request);

// Shape and limits. INVALID_ARGUMENT naming the field.
absl::Status CheckAppend(const v1::AppendRequest& request);

// Shape of a lookup. INVALID_ARGUMENT naming the field.
absl::Status CheckLookup(const v1::LookupRequest& request);

// Compares what each write expects with the revision its stream was at before the append:
// `heads[i]` belongs to `request.writes(i)`. ABORTED VERSION_MISMATCH.
absl::Status CheckExpected(const v1::AppendRequest& request, const std::vector<Revision>& heads);

// Another event has the id of this one: FAILED_PRECONDITION EVENT_ID_TAKEN, naming the event of the
// request that is `index`th of all.
absl::Status EventIdTaken(const v1::AppendRequest& request, std::size_t index);

// What appends of one call were to write and did not: what comes after them on these streams was
// decided on events that do not exist, and must not be taken for right because others brought a
// stream to the revision that it expects.
class LostWrites {
 public:
  // ABORTED VERSION_MISMATCH where the request names such a stream.
  absl::Status Check(const v1::AppendRequest& request) const;
  void Add(const v1::AppendRequest& request);

 private:
  std::unordered_set<std::string> streams_;
};

// What the records of a checked append will be, in order, from position `first` on; views into the
// request.
std::vector<RecordView> PlanRecords(const v1::AppendRequest& request,
                                    const std::vector<Revision>& heads, Position first);

// The answer to the append that made these records; `replayed` is not set.
v1::AppendResponse ResponseOf(const std::vector<RecordView>& records);

// The answer to a repeated request, from what the first was answered or from its
// records. ALREADY_EXISTS REQUEST_ID_REUSED when the digests differ.
absl::StatusOr<v1::AppendResponse> ReplayOf(v1::AppendResponse first, std::string_view first_digest,
                                            std::string_view digest);
absl::StatusOr<v1::AppendResponse> ReplayOf(const std::vector<RecordView>& first,
                                            std::string_view digest);

}  // namespace mlup::log
