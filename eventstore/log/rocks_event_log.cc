#include "eventstore/log/rocks_event_log.h"

#include <utility>

#include "eventstore/base/status.h"
#include "eventstore/log/append_rules.h"
#include "eventstore/log/keys.h"
#include "eventstore/log/read_rules.h"
#include "eventstore/log/rocks_committer.h"
#include "eventstore/log/rocks_start_up.h"
#include "eventstore/log/rocks_store.h"

namespace mlup::log {
namespace {

// Steps an iterator over big-endian numbers and checks that none is missing on the way.
//
// One thread; owns the iterator.
class NumberedWalk {
 public:
  NumberedWalk(std::unique_ptr<rocksdb::Iterator> iterator, std::string prefix, const Walk& walk)
      : iterator_(std::move(iterator)), prefix_(std::move(prefix)), walk_(walk) {
    if (walk_.count > 0) iterator_->Seek(prefix_ + BigEndian(walk_.first));
  }

  bool Done() const { return index_ == walk_.count; }
  std::uint64_t number() const { return walk_.At(index_); }

  // The value at number(). DATA_LOSS when it is not there.
  absl::StatusOr<rocksdb::Slice> Value() const {
    if (iterator_->Valid() && iterator_->key() == prefix_ + BigEndian(number())) {
      return iterator_->value();
    }
    RETURN_IF_ERROR(FromRocks(iterator_->status()));
    return Error(absl::StatusCode::kDataLoss, "STORE_DAMAGED", "an entry of the log is missing");
  }

  void Step() {
    if (walk_.backward) {
      iterator_->Prev();
    } else {
      iterator_->Next();
    }
    ++index_;
  }

 private:
  std::unique_ptr<rocksdb::Iterator> iterator_;
  const std::string prefix_;
  const Walk walk_;
  std::uint64_t index_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<RocksEventLog>> RocksEventLog::Open(const Options& options,
                                                                   const Clock& clock) {
  const std::string journal = options.journal.empty() ? options.path + ".journal" : options.journal;
  return Open(options, {.store = options.path, .journal = journal}, clock);
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
      store_(opened_->store.get()) {
  watermark_.Advance(store_->tail().head);
  const RocksCommitter::Parts parts{*store_, *opened_->journal, clock, watermark_};
  committer_ = std::make_unique<RocksCommitter>(
      parts, RocksCommitter::Options{options.wait_for_both_copies, options.on_failure});
}

RocksEventLog::~RocksEventLog() {
  // Without the mark the next start only looks more closely.
  CloseCleanly().IgnoreError();
}

absl::Status RocksEventLog::CloseCleanly() {
  committer_->Stop();
  if (committer_->failed() || suspect_) return absl::OkStatus();
  RETURN_IF_ERROR(store_->Sync());
  const Position head = watermark_.Get();
  LogState state{.journal_id = opened_->journal->id(), .closed = true, .head = head};
  if (head.value > 0) {
    ASSIGN_OR_RETURN(const std::string bytes, store_->ReadBytes(head));
    state.head_hash = journal::HashOf(bytes);
  }
  return WriteLogState(*places_->files, StatePath(*places_), state);
}

const Verdict& RocksEventLog::verdict() const { return opened_->verdict; }

template <typename Answer>
Answer RocksEventLog::Seen(Answer answer) {
  if (absl::IsDataLoss(answer.status())) Suspect(answer.status());
  return answer;
}

void RocksEventLog::Suspect(const absl::Status& status) {
  if (suspect_.exchange(true)) return;
  // If even this cannot be written, the same read will meet the same damage again.
  WriteLogState(*places_->files, StatePath(*places_),
                {.journal_id = opened_->journal->id(), .suspect = std::string(status.message())})
      .IgnoreError();
  if (on_failure_) on_failure_(status);
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
  ASSIGN_OR_RETURN(const std::vector<pb::Record> records,
                   store_->FindAppend(request.key(), watermark_.Get()));
  pb::LookupResponse response;
  if (records.empty()) return response;
  ASSIGN_OR_RETURN(*response.mutable_result(), ReplayOf(records, request.request_digest()));
  response.set_found(true);
  return response;
}

absl::StatusOr<pb::ReadStreamResponse> RocksEventLog::ReadStream(
    const pb::ReadStreamRequest& request) {
  return Seen(ReadStreamPage(request));
}

absl::StatusOr<pb::ReadStreamResponse> RocksEventLog::ReadStreamPage(
    const pb::ReadStreamRequest& request) {
  RETURN_IF_ERROR(CheckReadStream(request));
  ASSIGN_OR_RETURN(const Revision head, store_->StreamHead(request.stream(), watermark_.Get()));
  pb::ReadStreamResponse response;
  response.set_last_revision(head.value);

  Budget page = PageBudget(request.limit());
  NumberedWalk walk(store_->StreamIndex(), StreamPrefix(request.stream()),
                    PlanWalk(request.from_revision(), request.direction(), head.value));
  for (; !walk.Done() && page.HasRoom(); walk.Step()) {
    ASSIGN_OR_RETURN(const rocksdb::Slice value, walk.Value());
    const Position position = {FromBigEndian({value.data(), value.size()})};
    ASSIGN_OR_RETURN(pb::Record record, store_->ReadRecord(position));
    if (record.stream() != request.stream() || record.revision() != walk.number()) {
      return RecordDamaged(position);
    }
    if (!page.Take(record.ByteSizeLong())) break;
    *response.add_records() = std::move(record);
  }
  return response;
}

absl::StatusOr<pb::ReadAllResponse> RocksEventLog::ReadAll(const pb::ReadAllRequest& request) {
  return Seen(ReadAllPage(request));
}

absl::StatusOr<pb::ReadAllResponse> RocksEventLog::ReadAllPage(const pb::ReadAllRequest& request) {
  RETURN_IF_ERROR(CheckReadAll(request));
  const Position head = watermark_.Get();
  pb::ReadAllResponse response;
  response.set_head(head.value);

  Budget page = PageBudget(request.limit());
  Budget scan = ScanBudget();
  NumberedWalk walk(store_->Records(), "",
                    PlanWalk(request.from_position(), request.direction(), head.value));
  for (; !walk.Done(); walk.Step()) {
    response.set_next_position(walk.number());
    if (!page.HasRoom()) return response;
    ASSIGN_OR_RETURN(const rocksdb::Slice value, walk.Value());
    if (!scan.Take(value.size())) return response;
    ASSIGN_OR_RETURN(pb::Record record, ParseRecord({walk.number()}, value));
    if (!MatchesFilter(request.filter(), record)) continue;
    if (!page.Take(value.size())) return response;
    *response.add_records() = std::move(record);
  }
  response.set_next_position(0);
  return response;
}

absl::StatusOr<Position> RocksEventLog::Head() { return watermark_.Get(); }

absl::StatusOr<Position> RocksEventLog::WaitPast(Position position, absl::Duration timeout) {
  return watermark_.WaitPast(position, timeout);
}

}  // namespace mlup::log
