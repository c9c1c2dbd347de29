// Sends, and sends again what may succeed later.
#include "services/mlup/import_batch.h"

#include <algorithm>

#include "eventstore/base/passing.h"
#include "eventstore/log/error_pb.h"
#include "mlup/record/v1/record_service.pb.h"

namespace mlup::cli {
namespace {

constexpr char kCall[] = "mlup.record.v1.RecordService/RecordEach";

// How long a daemon that restarts is waited for, at one line.
constexpr absl::Duration kRetryFor = absl::Seconds(30);
constexpr absl::Duration kRetryDelayMin = absl::Milliseconds(50);
constexpr absl::Duration kRetryDelayMax = absl::Seconds(2);

absl::Status StatusOf(const record::v1::Outcome& outcome) {
  return outcome.has_refused() ? log::FromRefusal(outcome.refused()) : absl::OkStatus();
}

}  // namespace

absl::Status ImportBatch::Add(std::uint64_t number, absl::StatusOr<ImportLine> line) {
  const std::size_t bytes = line.ok() ? line->request.ByteSizeLong() : 0;
  if (!items_.empty() && bytes_ + bytes > kBytesMax) RETURN_IF_ERROR(Send());
  items_.push_back({number, std::move(line)});
  bytes_ += bytes;
  return items_.size() < lines_max_ ? absl::OkStatus() : Send();
}

absl::Status ImportBatch::Send() {
  std::uint64_t waiting_at = 0;
  absl::Time give_up;
  absl::Duration delay;
  while (!items_.empty()) {
    // A daemon that ends cancels what is under way: whether it was recorded, the next try tells.
    absl::Status status = SendOnce();
    if (status.ok()) break;
    if (waiting_at != first_line()) {
      waiting_at = first_line();
      give_up = clock_.Now() + kRetryFor;
      delay = kRetryDelayMin;
      if (IsPassing(status)) {
        watchers_.progress.Clear();
        session_.err << "mlup: line " << waiting_at << " waits up to "
                     << absl::ToInt64Seconds(kRetryFor) << " s: " << status.message() << std::endl;
      }
    }
    if (!IsPassing(status) || clock_.Now() >= give_up) return status;
    Pause(std::min(delay, give_up - clock_.Now()));
    server_.WaitUntilConnected(give_up - clock_.Now());
    delay = std::min(delay * 2, kRetryDelayMax);
  }
  bytes_ = 0;
  return absl::OkStatus();
}

absl::Status ImportBatch::SendOnce() {
  record::v1::RecordEachRequest request;
  for (const Item& item : items_) {
    if (item.line.ok()) *request.add_requests() = item.line->request;
  }
  record::v1::RecordEachResponse response;
  if (request.requests_size() > 0) RETURN_IF_ERROR(server_.Call(kCall, request, response));
  if (response.outcomes_size() != request.requests_size()) {
    return Error(absl::StatusCode::kInternal, "RESPONSE_INVALID",
                 "the daemon's answer is not one for each line");
  }
  for (int next = 0; !items_.empty(); items_.pop_front()) {
    const Item& item = items_.front();
    if (!item.line.ok()) {
      watchers_.results.Refused(item.number, nullptr, item.line.status());
    } else {
      const record::v1::Outcome& outcome = response.outcomes(next++);
      absl::Status status = StatusOf(outcome);
      if (IsPassing(status)) return status;
      if (status.ok()) {
        watchers_.results.Recorded(item.number, *item.line, outcome.recorded());
      } else {
        watchers_.results.Refused(item.number, &*item.line, status);
      }
    }
    watchers_.progress.Show(item.number);
  }
  return absl::OkStatus();
}

void ImportBatch::Pause(absl::Duration duration) {
  MutexLock lock(mutex_);
  never_.WaitFor(mutex_, absl::ToChronoMicroseconds(duration));
}

}  // namespace mlup::cli
