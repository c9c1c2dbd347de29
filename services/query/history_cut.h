// A history as it stood at some point of both clocks.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "eventstore/log/event_log.h"
#include "mlup/log/v1/envelope.pb.h"
#include "projections/case_history/timeline.h"
#include "projections/store/read_model_store.h"

namespace mlup::query {

// Of each record's readings the newest that a history tells.
inline constexpr std::size_t kReadingsMax = 1000;

// What of the log counts: all that is recorded up to `position` and was known by the end of a day.
struct HistoryCut {
  Position position;
  std::optional<Day> known;
};

struct HistoryRecords {
  projections::Timeline timeline;
  // Those at its positions, in order.
  std::vector<log::v1::Record> records;
};

// Whether what stands at a position was known at the cut; asks the log, once for each. Borrows it.
projections::Counts CountsFor(log::EventLog& log, const HistoryCut& cut);

// A person's history at the cut, to which merges, voids and consents of later are as if they had
// not been recorded.
absl::StatusOr<HistoryRecords> ReadHistory(log::EventLog& log, const projections::Snapshot& index,
                                           std::string_view person_id, const HistoryCut& cut);

// Of a history at an earlier cut, by what it is judged whether the reader must not know of a
// stream: what is known of it now. `now` is the same person's history at the end of the log; of
// streams that are not in it any more, all that stands there.
absl::StatusOr<std::vector<log::v1::Record>> ReadToJudge(log::EventLog& log,
                                                         const std::vector<log::v1::Record>& then,
                                                         const std::vector<log::v1::Record>& now);

// Who read the records that are this history, and was given files of them: added to its records in
// order of position. How many earlier readings were not added.
absl::StatusOr<std::uint64_t> AddReadings(log::EventLog& log, const HistoryCut& cut,
                                          HistoryRecords& history);

}  // namespace mlup::query
