#include "eventstore/log/rocks_committer.h"

#include <algorithm>
#include <utility>

#include <pthread.h>

#include "eventstore/base/check.h"
#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"
#include "eventstore/log/append_rules.h"
#include "eventstore/log/keys.h"

namespace mlup::log {
namespace {

// How long RocksDB may lag behind the journal on the disk.
constexpr absl::Duration kStoreSyncDelay = absl::Milliseconds(100);

absl::Status Stopped() {
  return Error(absl::StatusCode::kUnavailable, "LOG_STOPPED",
               "the log takes no appends after a failed write");
}

bool IsDiskFull(const absl::Status& status) {
  return status.code() == absl::StatusCode::kResourceExhausted;
}

}  // namespace

const Revision* HeadCache::Find(const std::string& stream) {
  auto found = recent_.find(stream);
  if (found != recent_.end()) return &found->second;
  found = older_.find(stream);
  if (found == older_.end()) return nullptr;
  Set(stream, found->second);
  return &recent_.at(stream);
}

void HeadCache::Set(const std::string& stream, Revision revision) {
  if (recent_.size() >= kStreamsMax) {
    older_ = std::move(recent_);
    recent_.clear();
  }
  recent_[stream] = revision;
}

RocksCommitter::RocksCommitter(const Parts& parts, Options options)
    : store_(parts.store),
      journal_(parts.journal),
      clock_(parts.clock),
      watermark_(parts.watermark),
      options_(std::move(options)),
      last_recorded_at_(store_.tail().recorded_at),
      appends_(store_.tail().appends),
      thread_([this] { Run(); }) {}

void RocksCommitter::Stop() {
  {
    MutexLock lock(mutex_);
    closing_ = true;
    to_do_.NotifyOne();
  }
  if (thread_.joinable()) thread_.join();
}

void RocksCommitter::AppendLater(const std::vector<const v1::AppendRequest*>& requests,
                                 std::function<void(Results)> done) {
  const auto call = std::make_shared<Call>();
  call->done = std::move(done);
  Queue(requests, call, true);
}

void RocksCommitter::Queue(const std::vector<const v1::AppendRequest*>& requests,
                           const std::shared_ptr<Call>& call, bool lead) {
  call->results.assign(requests.size(), Stopped());
  call->open = requests.size();
  std::vector<Pending> pending;
  pending.reserve(requests.size());
  for (const v1::AppendRequest* request : requests) {
    pending.push_back({request, CheckAppend(*request), call, pending.size()});
  }
  absl::Status ready;
  std::vector<Pending> group;
  {
    MutexLock lock(mutex_);
    ready = Ready(pending.size());
    if (ready.ok()) {
      for (Pending& append : pending) queue_.push_back(std::move(append));
      if (!led_ && lead && !queue_.empty()) {
        led_ = true;
        group = TakeGroup();
      } else if (!led_) {
        to_do_.NotifyOne();
      }
    }
  }
  if (!ready.ok()) {
    call->done(Results(requests.size(), ready));
  } else if (requests.empty()) {
    call->done({});
  } else if (!group.empty()) {
    CommitAndAnswer(group);
  }
}

RocksCommitter::Results RocksCommitter::AppendEach(
    const std::vector<const v1::AppendRequest*>& requests) {
  struct {
    Mutex mutex;
    Condition changed;
    bool done ABSL_GUARDED_BY(mutex) = false;
    Results results ABSL_GUARDED_BY(mutex);
  } answer;
  const auto call = std::make_shared<Call>();
  call->lost.emplace();
  call->done = [&answer](Results results) {
    // Under the lock: the caller destroys it as soon as it sees `done`.
    MutexLock lock(answer.mutex);
    answer.results = std::move(results);
    answer.done = true;
    answer.changed.NotifyOne();
  };
  Queue(requests, call, true);
  MutexLock lock(answer.mutex);
  while (!answer.done) answer.changed.Wait(answer.mutex);
  return std::move(answer.results);
}

absl::Status RocksCommitter::Ready(std::size_t appends) const {
  if (failed_) return Stopped();
  if (closing_) {
    return Error(absl::StatusCode::kUnavailable, "LOG_CLOSING", "the log is shutting down");
  }
  if (queue_.size() + appends > kAppendQueueMax) {
    return Error(absl::StatusCode::kResourceExhausted, "QUEUE_FULL", "too many appends wait");
  }
  return absl::OkStatus();
}

void RocksCommitter::Run() {
  pthread_setname_np(pthread_self(), "mlup-committer");
  while (WaitToLead()) {
    std::vector<Pending> group;
    {
      MutexLock lock(mutex_);
      group = TakeGroup();
    }
    if (group.empty()) SyncStore();
    CommitAndAnswer(group);
  }
  SyncStore();
}

bool RocksCommitter::WaitToLead() {
  MutexLock lock(mutex_);
  bool is_due = false;
  while (led_ || (queue_.empty() && !is_due)) {
    if (closing_ && !led_ && queue_.empty()) return false;
    timed_ = unsynced_;
    if (timed_) {
      is_due = !to_do_.WaitFor(mutex_, absl::ToChronoNanoseconds(kStoreSyncDelay)) && unsynced_;
    } else {
      to_do_.Wait(mutex_);
    }
    timed_ = false;
  }
  led_ = true;
  return true;
}

void RocksCommitter::StopLeading() {
  MutexLock lock(mutex_);
  led_ = false;
  if (!queue_.empty() || closing_ || (unsynced_ && !timed_)) to_do_.NotifyOne();
}

std::vector<RocksCommitter::Pending> RocksCommitter::TakeGroup() {
  std::vector<Pending> group;
  std::size_t bytes = 0;
  while (!queue_.empty()) {
    bytes += queue_.front().request->ByteSizeLong();
    if (!group.empty() && bytes > kGroupBytesMax) break;
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return group;
}

void RocksCommitter::CommitAndAnswer(const std::vector<Pending>& group) {
  Commit(group);
  std::vector<std::shared_ptr<Call>> answered;
  for (const Pending& append : group) {
    if (--append.call->open == 0) answered.push_back(append.call);
  }
  StopLeading();
  for (const std::shared_ptr<Call>& call : answered) call->done(std::move(call->results));
}

void RocksCommitter::Commit(const std::vector<Pending>& pending) {
  if (failed_) return;  // each result says so already
  Group group;
  group.recorded_at = std::max(last_recorded_at_, clock_.Now());
  group.head = watermark_.Get();
  group.appends = appends_;
  for (const Pending& append : pending) {
    append.result() = Add(append, group);
    if (!append.result().ok() && append.call->lost) append.call->lost->Add(*append.request);
  }
  if (group.head == watermark_.Get()) return;  // all refused or repeated

  absl::Status status = WriteBoth(group);
  if (!status.ok()) {
    // Whatever was answered inside this group rested on events that do not exist.
    if (!IsDiskFull(status)) {
      failed_ = true;
      if (options_.on_failure) options_.on_failure(status);
      status = Stopped();
    }
    for (const Pending& append : pending) {
      append.result() = status;
      if (append.call->lost) append.call->lost->Add(*append.request);
    }
    return;
  }
  last_recorded_at_ = group.recorded_at;
  appends_ = group.appends;
  for (const auto& [stream, revision] : group.heads) cache_.Set(stream, revision);
  watermark_.Advance(group.head);
}

// Only the first two steps can meet a full disk, and leave nothing behind when they do.
absl::Status RocksCommitter::WriteBoth(Group& group) {
  const Position first = Next(watermark_.Get());
  const auto count = static_cast<std::uint32_t>(group.head.value - first.value + 1);
  RETURN_IF_ERROR(journal_.Reserve(group.payload.size()));
  const absl::Time now = clock_.Now();
  // A clock that was set back must not put the sync off.
  const bool is_due =
      unsynced_ && (now - unsynced_since_ >= kStoreSyncDelay || now < unsynced_since_);
  const bool sync = options_.wait_for_both_copies || is_due;
  store_.EndGroup(first, group.appends, group.batch);
  RETURN_IF_ERROR(store_.Write(
      group.batch, sync ? RocksStore::Durability::kSynced : RocksStore::Durability::kWritten));
  if (!unsynced_) unsynced_since_ = now;
  unsynced_ = !sync;
  if (const absl::Status status = journal_.Append(first, count, group.payload); !status.ok()) {
    // There was room for it, so this is a failed disk whatever the error says.
    return Error(absl::StatusCode::kUnavailable, "JOURNAL_FAILED", ToStd(status.message()));
  }
  return absl::OkStatus();
}

void RocksCommitter::SyncStore() {
  if (!unsynced_ || failed_) return;
  const absl::Status status = store_.Sync();
  if (IsDiskFull(status)) {
    // The journal has it all; tried again with the next write.
    return;
  }
  unsynced_ = false;
  if (status.ok()) return;
  failed_ = true;
  if (options_.on_failure) options_.on_failure(status);
}

absl::StatusOr<v1::AppendResponse> RocksCommitter::Add(const Pending& pending, Group& group) {
  const v1::AppendRequest& request = *pending.request;
  RETURN_IF_ERROR(pending.checked);
  std::string key = RequestIndexKey(request.key());
  ASSIGN_OR_RETURN(const std::vector<v1::Record> earlier,
                   store_.FindAppend(request.key(), watermark_.Get()));
  if (!earlier.empty()) return ReplayOf(earlier, request.request_digest());
  if (const auto found = group.requests.find(key); found != group.requests.end()) {
    return ReplayOf(*found->second->result(), found->second->request->request_digest(),
                    request.request_digest());
  }

  if (pending.call->lost) RETURN_IF_ERROR(pending.call->lost->Check(request));

  std::vector<Revision> heads;
  for (const v1::StreamWrite& write : request.writes()) {
    ASSIGN_OR_RETURN(heads.emplace_back(), HeadOf(write.stream(), group));
  }
  RETURN_IF_ERROR(CheckExpected(request, heads));

  const std::vector<v1::Record> records =
      MakeRecords(request, heads, Next(group.head), group.recorded_at);
  journal::StoredAppend stored{.request_key = key, .records = {}};
  for (const v1::Record& record : records) stored.records.push_back(record.SerializeAsString());
  store_.Add(stored, records, group.batch);
  journal::AddToPayload(stored, group.payload);
  ++group.appends;
  group.head = {records.back().position()};
  for (const v1::Record& record : records) group.heads[record.stream()] = {record.revision()};
  group.requests.emplace(std::move(key), &pending);
  return ResponseOf(records);
}

absl::StatusOr<Revision> RocksCommitter::HeadOf(const std::string& stream, const Group& group) {
  if (const auto found = group.heads.find(stream); found != group.heads.end()) return found->second;
  if (const Revision* cached = cache_.Find(stream); cached != nullptr) return *cached;
  ASSIGN_OR_RETURN(const Revision head, store_.StreamHead(stream, watermark_.Get()));
  cache_.Set(stream, head);
  return head;
}

}  // namespace mlup::log
