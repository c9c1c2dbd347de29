#include "eventstore/log/rocks_event_log.h"

#include <utility>

#include "eventstore/base/status.h"
#include "eventstore/journal/format.h"
#include "eventstore/log/append_rules.h"
#include "eventstore/log/backlog.h"
#include "eventstore/log/copies_check.h"
#include "eventstore/log/log_reader.h"
#include "eventstore/log/read_rules.h"
#include "eventstore/log/rocks_committer.h"
#include "eventstore/log/rocks_start_up.h"
#include "eventstore/log/rocks_store_writer.h"

namespace mlup::log {
absl::StatusOr<std::unique_ptr<RocksEventLog>> RocksEventLog::Open(const Options& options,
                                                                   const Clock& clock) {
  const std::string journal = options.journal.empty() ? options.path + ".journal" : options.journal;
  return Open(options,
              {.store = options.path, .journal = journal, .cache_bytes = options.cache_bytes},
              clock);
}

absl::StatusOr<std::unique_ptr<RocksEventLog>> RocksEventLog::Open(const Options& options,
                                                                   const LogPlaces& places,
                                                                   const Clock& clock) {
  SystemRandom system;
  Random& random = places.random != nullptr ? *places.random : system;
  ASSIGN_OR_RETURN(OpenedLog opened, OpenLog(places, random, options.accept_loss_after));
  return std::unique_ptr<RocksEventLog>(
      new RocksEventLog(options, places, std::move(opened), clock));
}

RocksEventLog::RocksEventLog(const Options& options, const LogPlaces& places, OpenedLog opened,
                             const Clock& clock)
    : on_failure_(options.on_failure),
      places_(std::make_unique<LogPlaces>(places)),
      opened_(std::make_unique<OpenedLog>(std::move(opened))),
      backlog_(std::make_unique<Backlog>()),
      reader_(std::make_unique<LogReader>(*backlog_, *opened_->store)) {
  const RocksStore::Tail& tail = opened_->store->tail();
  watermark_.Advance(tail.head);
  store_writer_ = std::make_unique<StoreWriter>(
      *opened_->store, *backlog_,
      StoreWriter::Options{.on_failure = [this](const absl::Status& status) { Failed(status); },
                           .on_mark = [this](const journal::Place& place) { Mark(place); },
                           .on_written = [this] { reader_->ForgetPlaces(); }});
  const RocksCommitter::Parts parts{*reader_, *backlog_,  *store_writer_,  *opened_->journal,
                                    clock,    watermark_, tail.recorded_at};
  committer_ = std::make_unique<RocksCommitter>(
      parts, RocksCommitter::Options{options.wait_for_both_copies, options.on_failure});
  if (opened_->unread.head.value > 0) {
    check_ = std::make_unique<CopiesCheck>(*places_->files, places_->journal, *opened_->store,
                                           opened_->unread.head,
                                           [this](const absl::Status& status) { Suspect(status); });
  }
}

RocksEventLog::~RocksEventLog() {
  // Without the mark the next start only looks more closely.
  CloseCleanly().IgnoreError();
}

absl::Status RocksEventLog::CloseCleanly() {
  check_.reset();
  committer_->Stop();
  store_writer_->Stop();
  if (committer_->failed() || store_writer_->failed() || suspect_) return absl::OkStatus();
  const Position head = watermark_.Get();
  LogState state{.journal_id = opened_->journal->id(),
                 .verified = opened_->journal->last(),
                 .closed = true,
                 .head = head};
  if (head.value > 0) {
    ASSIGN_OR_RETURN(const std::string bytes, reader_->ReadBytes(head));
    state.head_hash = journal::HashOf(bytes);
    state.verified.head_hash = state.head_hash;
  }
  // Where it fails, the next start reads more.
  opened_->store->Settle().IgnoreError();
  return WriteLogState(*places_->files, StatePath(*places_), state);
}

std::optional<absl::Time> RocksEventLog::last_recorded_at() const {
  const RocksStore::Tail& tail = opened_->store->tail();
  return tail.head.value == 0 ? std::nullopt : std::optional(tail.recorded_at);
}

const Verdict& RocksEventLog::verdict() const { return opened_->verdict; }

template <typename Answer>
Answer RocksEventLog::Seen(Answer answer) {
  if (absl::IsDataLoss(answer.status())) Suspect(answer.status());
  return answer;
}

void RocksEventLog::Suspect(const absl::Status& status) {
  if (suspect_.exchange(true)) return;
  {
    MutexLock lock(state_mutex_);
    // If even this cannot be written, the same read will meet the same damage again.
    WriteLogState(*places_->files, StatePath(*places_),
                  {.journal_id = opened_->journal->id(), .suspect = std::string(status.message())})
        .IgnoreError();
  }
  if (on_failure_) on_failure_(status);
}

void RocksEventLog::Failed(const absl::Status& status) {
  // RocksDB met damage in what it does behind a write: only a start that looks for it finds it.
  if (absl::IsDataLoss(status)) return Suspect(status);
  if (on_failure_) on_failure_(status);
}

void RocksEventLog::Mark(const journal::Place& place) {
  MutexLock lock(state_mutex_);
  if (suspect_) return;
  // Without the mark the next start only looks at more.
  WriteLogState(*places_->files, StatePath(*places_),
                {.journal_id = opened_->journal->id(), .verified = place})
      .IgnoreError();
}

std::vector<absl::StatusOr<pb::AppendResponse>> RocksEventLog::AppendEach(
    const std::vector<pb::AppendRequest>& requests) {
  std::vector<const pb::AppendRequest*> asked;
  asked.reserve(requests.size());
  for (const pb::AppendRequest& request : requests) asked.push_back(&request);
  std::vector<absl::StatusOr<pb::AppendResponse>> results = committer_->AppendEach(asked);
  for (auto& result : results) result = Seen(std::move(result));
  return results;
}

absl::StatusOr<pb::AppendResponse> RocksEventLog::Append(const pb::AppendRequest& request) {
  return Seen(std::move(committer_->AppendEach({&request}).front()));
}

void RocksEventLog::AppendLater(
    const std::vector<const pb::AppendRequest*>& requests,
    std::function<void(std::vector<absl::StatusOr<pb::AppendResponse>>)> done) {
  committer_->AppendLater(requests, [this, done = std::move(done)](auto results) {
    for (auto& result : results) result = Seen(std::move(result));
    done(std::move(results));
  });
}

absl::StatusOr<pb::LookupResponse> RocksEventLog::Lookup(const pb::LookupRequest& request) {
  return Seen(FindResult(request));
}

absl::StatusOr<pb::LookupResponse> RocksEventLog::FindResult(const pb::LookupRequest& request) {
  RETURN_IF_ERROR(CheckLookup(request));
  ASSIGN_OR_RETURN(auto result,
                   reader_->FindAppend(request.key(), request.request_digest(), watermark_.Get()));
  pb::LookupResponse response;
  if (!result.has_value()) return response;
  *response.mutable_result() = *std::move(result);
  response.set_found(true);
  return response;
}

absl::StatusOr<pb::ReadStreamResponse> RocksEventLog::ReadStream(
    const pb::ReadStreamRequest& request) {
  ASSIGN_OR_RETURN(const StoredStream page, ReadStreamStored(request));
  pb::ReadStreamResponse response;
  if (!ParseInto(page, response))
    return Seen(absl::StatusOr<pb::ReadStreamResponse>(RecordDamaged(page.last)));
  return response;
}

absl::StatusOr<StoredStream> RocksEventLog::ReadStreamStored(const pb::ReadStreamRequest& request) {
  RETURN_IF_ERROR(CheckReadStream(request));
  return Seen(reader_->ReadStream(request, watermark_.Get()));
}

absl::StatusOr<StoredPage> RocksEventLog::ReadStored(const pb::ReadAllRequest& request,
                                                     bool with_system) {
  RETURN_IF_ERROR(CheckReadAll(request));
  return Seen(reader_->ReadAll(request, with_system, watermark_.Get()));
}

absl::StatusOr<pb::ReadAllResponse> RocksEventLog::ReadAll(const pb::ReadAllRequest& request) {
  ASSIGN_OR_RETURN(const StoredPage page, ReadStored(request, true));
  pb::ReadAllResponse response;
  if (!ParseInto(page, response))
    return Seen(absl::StatusOr<pb::ReadAllResponse>(RecordDamaged(page.last)));
  return response;
}

absl::StatusOr<Position> RocksEventLog::Head() { return watermark_.Get(); }

absl::StatusOr<Position> RocksEventLog::WaitPast(Position position, absl::Duration timeout) {
  return watermark_.WaitPast(position, timeout);
}

}  // namespace mlup::log
