#include "projections/postgres/postgres_worker.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/categories.h"
#include "eventstore/base/diagnostics.h"
#include "projections/history_token.h"
#include "projections/postgres/fact_rows.h"
#include "projections/postgres/schema.h"

namespace mlup::postgres {
namespace {

using projections::Checkpoint;
using projections::Follower;

constexpr std::size_t kBatchBytes = 8 << 20;
constexpr absl::Duration kTryMin = absl::Seconds(1);
constexpr absl::Duration kTryMax = absl::Seconds(30);
// How many times as long as the last count took the next one waits: while much is recorded,
// counting takes a third of a processor that nobody else wants.
constexpr int kCountRest = 2;
constexpr absl::Duration kCountMin = absl::Seconds(1);
constexpr absl::Duration kCountMax = absl::Seconds(30);
constexpr absl::Duration kFactsWait = absl::Seconds(2);

std::string WordsOf(const absl::Status& why) {
  const std::string reason = ErrorReason(why);
  return absl::StrCat(reason, reason.empty() ? "" : ": ", why.message());
}

}  // namespace

PostgresWorker::PostgresWorker(Parts parts)
    : parts_(std::move(parts)),
      counted_(parts_.facts, parts_.definitions),
      follower_(
          parts_.reader.log(), "mlup-postgres", [this] { return Work(); },
          [this](const absl::Status& why) { Lose(why); }) {}

PostgresWorker::~PostgresWorker() { stop_ = true; }

projections::Following::State PostgresWorker::state() const {
  MutexLock lock(mutex_);
  return state_;
}

absl::StatusOr<Follower::Step> PostgresWorker::Work() {
  // What was wrong is wrong until the next try.
  if (parts_.clock.Now() < next_try_) return lost_;
  absl::StatusOr<Follower::Step> step = Advance();
  if (!step.ok()) Lose(step.status());
  return step;
}

absl::StatusOr<Follower::Step> PostgresWorker::Advance() {
  if (connection_ == nullptr) RETURN_IF_ERROR(Connect());
  ASSIGN_OR_RETURN(const Batch batch, Take());
  if (batch.events > 0) RETURN_IF_ERROR(Write(batch));
  Follower::Step step{at_.position, batch.head};
  if (step.at >= step.head) {
    ASSIGN_OR_RETURN(step.again, Count());
  }
  wait_ = absl::ZeroDuration();
  Publish(at_.position, batch.head, batch.passed_over);
  return step;
}

absl::Status PostgresWorker::Connect() {
  reader_.emplace(parts_.reader);
  counted_.Forget();
  streams_.clear();
  counted_to_ = {};
  ASSIGN_OR_RETURN(auto connection, Connection::Open(parts_.conninfo, stop_));
  RETURN_IF_ERROR(BecomeWriter(*connection));
  ASSIGN_OR_RETURN(std::optional<Checkpoint> at, ReadCheckpoint(*connection));
  if (at.has_value()) {
    ASSIGN_OR_RETURN(const bool is_ours, projections::Holds(parts_.reader.log(), *at));
    if (!is_ours) at.reset();
  }
  if (!at.has_value()) {
    RETURN_IF_ERROR(MakeAnew(*connection));
    at = Checkpoint{};
  }
  at_ = *at;
  connection_ = std::move(connection);
  return absl::OkStatus();
}

absl::StatusOr<PostgresWorker::Batch> PostgresWorker::Take() {
  Batch batch;
  batch.at = at_;
  while (batch.events < parts_.batch_events && batch.rows.text().size() < kBatchBytes) {
    const absl::StatusOr<projections::Reading> reading = reader_->After(batch.at.position);
    // What was taken so far is not lost; the next try meets the error first.
    if (!reading.ok() && batch.events > 0) break;
    RETURN_IF_ERROR(reading.status());
    batch.head = reading->head;
    if (reading->size() == 0) break;
    for (std::size_t i = 0; i < reading->size(); ++i) Take((*reading)[i], batch);
    const projections::SharedEvent& last = reading->run->back();
    batch.at = {last.position(), projections::HistoryToken(last.record())};
    if (batch.at.position >= batch.head) break;
  }
  return batch;
}

void PostgresWorker::Take(const projections::SharedEvent& event, Batch& batch) {
  ++batch.events;
  if (IsErasureStream(event.record().stream())) {
    batch.erased.Number(event.position().value).Text(RecordIdOf(event.record().stream()));
    batch.erased.EndRow();
  }
  if (!CategoryFor(event.record().stream()).is_counted) return;
  const absl::StatusOr<projections::Fact> fact = projections::MakeFact(event);
  if (!fact.ok()) {
    ++batch.passed_over;
    return;
  }
  if (!fact->is_normal) return;
  if (!AddFactRow(*fact, batch.rows).ok()) {
    ++batch.passed_over;
    return;
  }
  if (!counted_.IsFresh()) streams_.insert(fact->stream);
}

absl::Status PostgresWorker::Write(const Batch& batch) {
  RETURN_IF_ERROR(connection_->Run("BEGIN"));
  RETURN_IF_ERROR(connection_->Copy("mlup.fact_event", batch.rows.text()));
  RETURN_IF_ERROR(connection_->Copy("mlup.person_erased", batch.erased.text()));
  RETURN_IF_ERROR(ForgetErased(*connection_, at_.position));
  RETURN_IF_ERROR(MoveCheckpoint(*connection_, at_, batch.at));
  RETURN_IF_ERROR(connection_->Run("COMMIT"));
  at_ = batch.at;
  return absl::OkStatus();
}

absl::StatusOr<absl::Duration> PostgresWorker::Count() {
  if (!counted_.IsFresh() && counted_to_ == at_.position) return absl::InfiniteDuration();
  const absl::Time begin = parts_.clock.Now();
  if (begin < next_count_) return next_count_ - begin;
  const absl::Status facts = parts_.facts_worker.WaitUntil(at_.position, kFactsWait);
  if (absl::IsUnavailable(facts)) return kCountMin;
  RETURN_IF_ERROR(facts);
  RETURN_IF_ERROR(connection_->Run("BEGIN"));
  RETURN_IF_ERROR(counted_.Write(*connection_, at_.position, streams_));
  RETURN_IF_ERROR(connection_->Run("COMMIT"));
  counted_.Committed();
  counted_to_ = at_.position;
  streams_.clear();
  const absl::Time end = parts_.clock.Now();
  next_count_ = end + std::clamp((end - begin) * kCountRest, kCountMin, kCountMax);
  return absl::InfiniteDuration();
}

void PostgresWorker::Lose(const absl::Status& why) {
  connection_.reset();
  reader_.reset();
  if (stop_) return;
  lost_ = why;
  wait_ = std::clamp(wait_ * 2, kTryMin, kTryMax);
  next_try_ = parts_.clock.Now() + wait_;
  const std::string words = WordsOf(why);
  {
    MutexLock lock(mutex_);
    if (std::exchange(state_.stopped_because, words) == words) return;
  }
  Tell(absl::StrCat("postgres_waits position=", at_.position.value, " because=\"", words, "\""));
}

void PostgresWorker::Publish(Position position, Position head, std::uint64_t passed_over) {
  MutexLock lock(mutex_);
  state_.position = position;
  state_.head = std::max(state_.head, head);
  state_.passed_over += passed_over;
  state_.stopped_because.clear();
}

}  // namespace mlup::postgres
