#include "eventstore/log/rocks_committer.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include <pthread.h>

#include "eventstore/base/check.h"
#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"
#include "eventstore/base/uuid.h"
#include "eventstore/log/append_rules.h"
#include "eventstore/log/keys.h"
#include "eventstore/log/record_view.h"
#include "eventstore/log/stored_block.h"

namespace mlup::log {
namespace {

// Bytes that may wait for RocksDB before appends wait for it too.
constexpr std::size_t kBacklogBytesMax = 64 << 20;

absl::Status Stopped() {
  return Error(absl::StatusCode::kUnavailable, "LOG_STOPPED",
               "the log takes no appends after a failed write");
}

bool IsDiskFull(const absl::Status& status) {
  return status.code() == absl::StatusCode::kResourceExhausted;
}

// The last room of a disk is for what a reading must leave behind: else nothing could be read.
bool MayUseLastRoom(const v1::AppendRequest& request) {
  return std::all_of(
      request.writes().begin(), request.writes().end(),
      [](const v1::StreamWrite& write) { return write.stream().starts_with("access/"); });
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

void HeadCache::Set(std::string_view stream, Revision revision) {
  if (recent_.size() >= kStreamsMax) {
    older_ = std::move(recent_);
    recent_.clear();
  }
  recent_[ToAbsl(stream)] = revision;
}

RocksCommitter::RocksCommitter(const Parts& parts, Options options)
    : reader_(parts.reader),
      backlog_(parts.backlog),
      store_writer_(parts.store_writer),
      journal_(parts.journal),
      clock_(parts.clock),
      watermark_(parts.watermark),
      options_(std::move(options)),
      last_recorded_at_(parts.recorded_at),
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
  RETURN_IF_ERROR(store_writer_.Ready());
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
    CommitAndAnswer(group);
  }
}

bool RocksCommitter::WaitToLead() {
  MutexLock lock(mutex_);
  while (led_ || queue_.empty()) {
    if (closing_ && !led_ && queue_.empty()) return false;
    to_do_.Wait(mutex_);
  }
  led_ = true;
  return true;
}

void RocksCommitter::StopLeading() {
  MutexLock lock(mutex_);
  led_ = false;
  if (!queue_.empty() || closing_) to_do_.NotifyOne();
}

std::vector<RocksCommitter::Pending> RocksCommitter::TakeGroup() {
  std::vector<Pending> group;
  std::size_t bytes = 0;
  while (!queue_.empty()) {
    bytes += StoredBytesMax(*queue_.front().request);
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
  group.times = TimesOf(last_recorded_at_, clock_.Now());
  group.head = watermark_.Get();
  group.is_room_low = journal_.Room() < kLowRoomBytes;
  const absl::Status looked_up = LookUpIds(pending, group);
  for (const Pending& append : pending) {
    append.result() = looked_up.ok() ? Add(append, group) : looked_up;
    if (!append.result().ok() && append.call->lost) append.call->lost->Add(*append.request);
  }
  if (group.head == watermark_.Get()) return;  // all refused or repeated

  if (const absl::Status status = Write(group); !status.ok()) {
    // Whatever was answered inside this group rested on events that do not exist.
    for (const Pending& append : pending) {
      append.result() = status;
      if (append.call->lost) append.call->lost->Add(*append.request);
    }
    return;
  }
  last_recorded_at_ = group.times.recorded_at;
  for (const auto& [stream, revision] : group.heads) cache_.Set(ToStd(stream), revision);
  watermark_.Advance(group.head);
}

// Only Reserve() can meet a full disk, and leaves nothing behind when it does.
absl::Status RocksCommitter::Write(Group& group) {
  const Position first = Next(watermark_.Get());
  const std::uint32_t count = group.block.count();
  std::string block = group.block.Finish();
  if (const absl::Status room = journal_.Reserve(block.size()); !room.ok()) {
    return IsDiskFull(room) ? room : Fail(room);
  }
  // There was room for it, so a failure is a failed disk whatever the error says.
  const absl::Status written = journal_.Append(first, count, block);
  if (!written.ok()) return Fail(written);
  const auto loaded = LoadedBlock::Load(first, std::move(block));
  CHECK(loaded != nullptr && backlog_.Add(loaded, journal_.last()));
  const bool goes_on = options_.wait_for_both_copies ? backlog_.WaitFor(group.head)
                                                     : backlog_.WaitForRoom(kBacklogBytesMax);
  if (goes_on) return absl::OkStatus();
  failed_ = true;  // the writer has told why
  return Stopped();
}

absl::Status RocksCommitter::Fail(const absl::Status& status) {
  failed_ = true;
  if (options_.on_failure) options_.on_failure(status);
  return Stopped();
}

absl::StatusOr<v1::AppendResponse> RocksCommitter::Add(const Pending& pending, Group& group) {
  const v1::AppendRequest& request = *pending.request;
  RETURN_IF_ERROR(pending.checked);
  std::string key = RequestKeyBytes(request.key());
  if (const auto found = group.requests.find(key); found != group.requests.end()) {
    return ReplayOf(*found->second->result(), found->second->request->request_digest(),
                    request.request_digest());
  }
  ASSIGN_OR_RETURN(auto earlier,
                   reader_.FindAppend(request.key(), request.request_digest(), watermark_.Get()));
  if (earlier.has_value()) return *std::move(earlier);
  if (group.is_room_low && !MayUseLastRoom(request)) {
    return Error(absl::StatusCode::kResourceExhausted, "DISK_FULL",
                 absl::StrCat("less than ", kLowRoomBytes >> 20,
                              " MB are left on the disk of the log: make room, and it goes on"));
  }

  if (pending.call->lost) RETURN_IF_ERROR(pending.call->lost->Check(request));

  std::vector<Revision> heads;
  for (const v1::StreamWrite& write : request.writes()) {
    ASSIGN_OR_RETURN(heads.emplace_back(), HeadOf(write.stream(), group));
  }
  RETURN_IF_ERROR(CheckExpected(request, heads));

  const std::vector<RecordView> records = PlanRecords(request, heads, Next(group.head));
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (group.taken_ids.contains(UuidNumber(records[i].event_id))) return EventIdTaken(request, i);
  }
  for (const RecordView& one : records) group.taken_ids.insert(UuidNumber(one.event_id));
  group.block.AddKey(key);
  auto record = records.begin();
  for (const v1::StreamWrite& write : request.writes()) {
    for (const v1::Event& event : write.events()) {
      EncodeRecord(*record, group.times, event, group.record);
      group.block.AddRecord(group.record);
      ++record;
    }
    if (!write.events().empty()) {
      group.heads[ToAbsl(write.stream())] = std::prev(record)->revision;
    }
  }
  group.head = records.back().position;
  group.requests.emplace(std::move(key), &pending);
  return ResponseOf(records);
}

absl::Status RocksCommitter::LookUpIds(const std::vector<Pending>& pending, Group& group) const {
  std::vector<absl::uint128> ids;
  for (const Pending& append : pending) {
    if (!append.checked.ok()) continue;
    for (const v1::StreamWrite& write : append.request->writes()) {
      for (const v1::Event& event : write.events()) ids.push_back(UuidNumber(event.event_id()));
    }
  }
  std::sort(ids.begin(), ids.end());
  ASSIGN_OR_RETURN(const std::vector<absl::uint128> taken, reader_.TakenIds(ids));
  group.taken_ids.reserve(ids.size());
  group.taken_ids.insert(taken.begin(), taken.end());
  return absl::OkStatus();
}

absl::StatusOr<Revision> RocksCommitter::HeadOf(const std::string& stream, const Group& group) {
  if (const auto found = group.heads.find(stream); found != group.heads.end()) return found->second;
  if (const Revision* cached = cache_.Find(stream); cached != nullptr) return *cached;
  ASSIGN_OR_RETURN(const Revision head, reader_.StreamHead(stream, watermark_.Get()));
  cache_.Set(stream, head);
  return head;
}

}  // namespace mlup::log
