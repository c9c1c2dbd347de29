#include "projections/fold.h"

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"

#include "projections/history_token.h"

namespace mlup::projections {
namespace {

// Events and bytes of rows of one commit.
struct Bounds {
  std::uint64_t events;
  std::size_t bytes;
};
constexpr Bounds kNear = {4096, 2 << 20};
// Where more events than these are missing: commits that a store makes a table each of.
constexpr Bounds kFar = {1 << 16, 8 << 20};

}  // namespace

absl::StatusOr<Fold::Batch> Fold::Take(const Checkpoint& from, Position up_to) {
  Batch batch;
  const std::uint64_t left = up_to > from.position ? up_to.value - from.position.value : 0;
  Bounds bounds = kNear;
  std::uint64_t at_most = std::min(bounds.events, left);
  Position at = from.position;
  std::shared_ptr<const EventRun> last;
  while (batch.poison.ok() && batch.events < at_most && batch.rows.bytes() < bounds.bytes) {
    const absl::StatusOr<Reading> reading = reader_.After(at);
    // What was taken so far is not lost; the next try meets the error first.
    if (!reading.ok() && batch.events > 0) break;
    RETURN_IF_ERROR(reading.status());
    batch.head = reading->head;
    if (reading->size() == 0) break;
    if (std::min(batch.head, up_to).value > from.position.value + kFar.events) {
      bounds = kFar;
      at_most = kFar.events;
    }
    Take(*reading, at_most, batch);
    last = reading->run;
    at = {from.position.value + batch.events};
    if (at >= batch.head) break;
  }
  if (batch.events > 0) {
    const SharedEvent& event = (*last)[at.value - last->front().position().value];
    batch.at = {at, HistoryToken(event.record())};
  }
  return batch;
}

void Fold::Take(const Reading& reading, std::uint64_t at_most, Batch& batch) {
  for (std::size_t i = 0; i < reading.size() && batch.events < at_most; ++i) {
    const std::size_t before = batch.rows.size();
    batch.poison = Apply(reading[i], batch);
    if (!batch.poison.ok()) {
      batch.rows.Truncate(before);
      return;
    }
    ++batch.events;
  }
}

absl::Status Fold::Apply(const SharedEvent& event, Batch& batch) {
  const std::size_t passed_over = batch.rows.passed_over();
  const absl::Status applied = projection_.Apply(event, batch.rows);
  if (!applied.ok()) {
    // A code of its own: an event that cannot be folded is never tried again.
    return Error(absl::StatusCode::kDataLoss, "EVENT_NOT_APPLIED",
                 absl::StrCat("position ", event.position().value, ", ",
                              event.record().event().type(), ": ", ErrorReason(applied)));
  }
  if (batch.rows.passed_over() != passed_over) {
    batch.passed_over.push_back({event.position(), event.record().event().type()});
  }
  return absl::OkStatus();
}

}  // namespace mlup::projections
