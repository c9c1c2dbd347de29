// Sends the lines of an import, many in one call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

#include "absl/time/time.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/mutex.h"
#include "eventstore/base/status.h"
#include "services/mlup/import_line.h"
#include "services/mlup/import_results.h"
#include "services/mlup/progress.h"
#include "services/mlup/server_rpc.h"
#include "services/mlup/session.h"

namespace mlup::cli {

// Collects lines and sends them with mlup.record.v1.RecordService/RecordEach, in order; tells what
// became of each, in order too. What fails for a reason that passes is sent again, with all that
// follows it: each request_id is executed once.
//
// One thread. Borrows its arguments. A call has at most `lines_max` lines and kBytesMax, unless one
// line alone has more.
class ImportBatch {
 public:
  static constexpr std::size_t kBytesMax = 512 << 10;

  struct Watchers {
    ImportResults& results;
    Progress& progress;
  };

  ImportBatch(const Session& session, const Clock& clock, Watchers watchers, std::size_t lines_max)
      : session_(session),
        clock_(clock),
        watchers_(watchers),
        lines_max_(lines_max),
        server_(session.server) {}

  // Takes the line `number`, or why it cannot be read; sends what was collected when there is no
  // more room. Not OK only when the import cannot go on, as for Send().
  absl::Status Add(std::uint64_t number, absl::StatusOr<ImportLine> line);

  // Sends all that is left. Not OK when the daemon is away, full or ending for too long, or does
  // not know the call.
  absl::Status Send();

  bool empty() const { return items_.empty(); }
  // The first line that is not settled; there is one.
  std::uint64_t first_line() const { return items_.front().number; }

 private:
  struct Item {
    std::uint64_t number;
    absl::StatusOr<ImportLine> line;
  };

  // One call. Settles lines up to the first that fails for a reason that passes, and returns that.
  absl::Status SendOnce();
  void Pause(absl::Duration duration);

  const Session& session_;
  const Clock& clock_;
  const Watchers watchers_;
  const std::size_t lines_max_;
  Server server_;
  std::deque<Item> items_;
  std::size_t bytes_ = 0;
  Mutex mutex_;
  Condition never_;
};

}  // namespace mlup::cli
