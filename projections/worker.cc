// The loop of a projection's worker.
#include "projections/worker.h"

#include <chrono>
#include <cstdio>
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "eventstore/base/passing.h"
#include "projections/history_token.h"

namespace mlup::projections {
namespace {

constexpr std::uint32_t kPageEvents = 256;
// How long one look at an idle log lasts; bounds how long stopping takes.
constexpr absl::Duration kFollowWait = absl::Milliseconds(200);
constexpr std::chrono::milliseconds kRetryWait(200);
// Types of which the first record that was passed over is told.
constexpr std::size_t kToldTypesMax = 64;

}  // namespace

Worker::Worker(log::EventLog& log, const Projection& projection, ReadModelStore& store)
    : log_(log), projection_(projection), store_(store) {
  thread_ = std::jthread([this](std::stop_token stop) { Run(std::move(stop)); });
}

Worker::State Worker::state() const {
  MutexLock lock(mutex_);
  return state_;
}

absl::Status Worker::WaitUntil(Position position, absl::Duration timeout) const {
  const auto deadline = std::chrono::steady_clock::now() + absl::ToChronoMilliseconds(timeout);
  MutexLock lock(mutex_);
  while (state_.position < position) {
    if (!state_.stopped_because.empty()) {
      return Error(absl::StatusCode::kInternal, "PROJECTION_STOPPED",
                   absl::StrCat(ToAbsl(name()), " stopped: ", state_.stopped_because));
    }
    const auto left = deadline - std::chrono::steady_clock::now();
    if (left <= left.zero()) {
      return Error(absl::StatusCode::kUnavailable, "PROJECTION_BEHIND",
                   absl::StrCat(ToAbsl(name()), " is at ", state_.position.value, ", wanted is ",
                                position.value));
    }
    changed_.WaitFor(mutex_, left);
  }
  return absl::OkStatus();
}

void Worker::Run(std::stop_token stop) {
  // Waiters and pauses wake when the worker is told to stop.
  const std::stop_callback wake(stop, [this] { changed_.NotifyAll(); });
  std::optional<Checkpoint> at;
  while (!stop.stop_requested()) {
    const absl::StatusOr<Checkpoint> next = at ? ApplyPage(*at) : Verify();
    if (!next.ok()) {
      if (!IsPassing(next.status())) return StopWith(next.status());
      Pause(stop);
      continue;
    }
    const bool idle = at == *next;
    at = *next;
    if (!idle) continue;
    // Only a hint: whatever it says, the log is read again.
    if (!log_.WaitPast(at->position, kFollowWait).ok()) Pause(stop);
  }
}

absl::StatusOr<Checkpoint> Worker::Verify() {
  Checkpoint at = store_.TakeSnapshot()->checkpoint();
  if (at.position.value > 0) {
    ASSIGN_OR_RETURN(const std::optional<log::v1::Record> record, Find(at.position));
    if (!record || HistoryToken(*record) != at.history) {
      RETURN_IF_ERROR(store_.Clear());
      at = {};
    }
  }
  ASSIGN_OR_RETURN(const Position head, log_.Head());
  Publish(at.position, head);
  return at;
}

absl::StatusOr<Checkpoint> Worker::ApplyPage(const Checkpoint& from) {
  log::v1::ReadAllRequest request;
  request.set_from_position(Next(from.position).value);
  request.set_limit(kPageEvents);
  ASSIGN_OR_RETURN(const log::v1::ReadAllResponse page, log_.ReadAll(request));
  Rows rows;
  absl::Status poison;
  const log::v1::Record* last = nullptr;
  Position expected = Next(from.position);
  for (const log::v1::Record& record : page.records()) {
    const std::size_t before = rows.size();
    const std::size_t passed_over = rows.passed_over();
    if (Position{record.position()} != expected) {
      poison = Error(absl::StatusCode::kDataLoss, "LOG_GAP",
                     absl::StrCat("the log gave ", record.position(), " for ", expected.value));
    } else {
      poison = projection_.Apply(record, rows);
    }
    if (!poison.ok()) {
      rows.Truncate(before);
      // A code of its own: an event that cannot be folded is never tried again.
      poison = Error(absl::StatusCode::kDataLoss, "EVENT_NOT_APPLIED",
                     absl::StrCat("position ", expected.value, ", ", record.event().type(), ": ",
                                  ErrorReason(poison)));
      break;
    }
    if (rows.passed_over() != passed_over) TellPassedOver(record);
    last = &record;
    expected = Next(expected);
  }
  Checkpoint at = from;
  if (last != nullptr) {
    at = {{last->position()}, HistoryToken(*last)};
    RETURN_IF_ERROR(store_.Commit(rows, at));
  }
  Publish(at.position, {page.head()});
  RETURN_IF_ERROR(poison);
  return at;
}

absl::StatusOr<std::optional<log::v1::Record>> Worker::Find(Position position) {
  log::v1::ReadAllRequest request;
  request.set_from_position(position.value);
  request.set_limit(1);
  ASSIGN_OR_RETURN(log::v1::ReadAllResponse page, log_.ReadAll(request));
  if (page.records().empty()) return std::optional<log::v1::Record>();
  return std::optional<log::v1::Record>(std::move(*page.mutable_records(0)));
}

void Worker::Publish(Position position, Position head) {
  {
    MutexLock lock(mutex_);
    state_.position = position;
    state_.head = head;
  }
  changed_.NotifyAll();
}

void Worker::StopWith(const absl::Status& why) {
  const std::string reason = ErrorReason(why);
  const std::string text = absl::StrCat(reason, reason.empty() ? "" : ": ", why.message());
  Position position;
  {
    MutexLock lock(mutex_);
    state_.stopped_because = text;
    position = state_.position;
  }
  changed_.NotifyAll();
  const std::string line = absl::StrCat("projection_stopped name=", ToAbsl(name()),
                                        " position=", position.value, " because=\"", text, "\"\n");
  std::fputs(line.c_str(), stderr);
}

void Worker::TellPassedOver(const log::v1::Record& record) {
  {
    MutexLock lock(mutex_);
    ++state_.passed_over;
  }
  if (told_types_.size() >= kToldTypesMax || !told_types_.insert(record.event().type()).second) {
    return;
  }
  const std::string line =
      absl::StrCat("projection_passed_over name=", ToAbsl(name()), " position=", record.position(),
                   " type=\"", absl::CHexEscape(record.event().type()), "\"\n");
  std::fputs(line.c_str(), stderr);
}

void Worker::Pause(const std::stop_token& stop) {
  MutexLock lock(mutex_);
  if (!stop.stop_requested()) changed_.WaitFor(mutex_, kRetryWait);
}

}  // namespace mlup::projections
