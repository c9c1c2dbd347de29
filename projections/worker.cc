// What a projection's worker does each time.
#include "projections/worker.h"

#include <chrono>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "eventstore/base/diagnostics.h"
#include "projections/history_token.h"

namespace mlup::projections {
namespace {

// Damage of rows of one process after which it is the disk.
constexpr int kRebuildsMax = 3;
// Types of which the first record that was passed over is told.
constexpr std::size_t kToldTypesMax = 64;

}  // namespace

Worker::Worker(SharedReader& reader, const Projection& projection, ReadModelStore& store)
    : projection_(projection),
      store_(store),
      log_(reader.log()),
      fold_(reader, projection),
      follower_(
          reader.log(), "mlup-rows", [this] { return Work(); },
          [this](const absl::Status& why) { StopWith(why); }) {
  store_.WhenDamaged([this] { follower_.Again(); });
}

Worker::~Worker() { store_.WhenDamaged(nullptr); }

Following::State Worker::state() const {
  MutexLock lock(mutex_);
  return state_;
}

absl::Status Worker::WaitUntil(Position position, absl::Duration timeout) const {
  const auto deadline = std::chrono::steady_clock::now() + absl::ToChronoMilliseconds(timeout);
  follower_.Ask(position);
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

absl::Status Worker::Between(const std::function<absl::Status()>& change) {
  {
    MutexLock lock(working_);
    RETURN_IF_ERROR(change());
    at_.reset();
  }
  follower_.Again();
  return absl::OkStatus();
}

absl::StatusOr<Follower::Step> Worker::Work() {
  MutexLock lock(working_);
  return WorkOnce();
}

absl::StatusOr<Follower::Step> Worker::WorkOnce() {
  if (store_.IsDamaged()) {
    if (++rebuilds_ > kRebuildsMax) {
      return Error(absl::StatusCode::kDataLoss, "READ_MODEL_DAMAGED",
                   "it was damaged again each time it was made anew: look at the disk");
    }
    Tell(absl::StrCat("read_model_rebuilt name=", ToAbsl(name())));
    RETURN_IF_ERROR(store_.Clear());
    at_.reset();
  }
  if (!at_) {
    ASSIGN_OR_RETURN(at_, Verify());
  }
  ASSIGN_OR_RETURN(const Fold::Batch batch, fold_.Take(*at_, Position{UINT64_MAX}));
  TellPassedOver(batch.passed_over);
  if (batch.events > 0) {
    const absl::Status committed = store_.Commit(batch.rows, batch.at);
    // The next step makes them anew.
    if (store_.IsDamaged()) return Follower::Step{at_->position, batch.head};
    RETURN_IF_ERROR(committed);
    at_ = batch.at;
  }
  Publish(at_->position, batch.head);
  RETURN_IF_ERROR(batch.poison);
  if (!checked_ && at_->position >= batch.head) {
    checked_ = true;
    store_.Check();
    if (store_.IsDamaged()) return Follower::Step{{0}, Next(batch.head)};
  }
  return Follower::Step{at_->position, batch.head};
}

absl::StatusOr<Checkpoint> Worker::Verify() {
  Checkpoint at = store_.TakeSnapshot()->checkpoint();
  if (at.position.value > 0) {
    ASSIGN_OR_RETURN(const bool is_ours, Holds(log_, at));
    if (!is_ours) {
      RETURN_IF_ERROR(store_.Clear());
      at = {};
    }
  }
  ASSIGN_OR_RETURN(const Position head, log_.Head());
  Publish(at.position, head);
  return at;
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
  Tell(absl::StrCat("projection_stopped name=", ToAbsl(name()), " position=", position.value,
                    " because=\"", text, "\""));
}

void Worker::TellPassedOver(const std::vector<Fold::PassedOver>& events) {
  {
    MutexLock lock(mutex_);
    state_.passed_over += events.size();
  }
  for (const Fold::PassedOver& event : events) {
    if (told_types_.size() >= kToldTypesMax) return;
    if (!told_types_.insert(event.type).second) continue;
    Tell(absl::StrCat("projection_passed_over name=", ToAbsl(name()), " position=",
                      event.position.value, " type=\"", absl::CHexEscape(event.type), "\""));
  }
}

}  // namespace mlup::projections
