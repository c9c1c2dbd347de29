#include "eventstore/client/append_session.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include <grpc/support/time.h>
#include <grpcpp/client_context.h>
#include <pthread.h>

#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"
#include "eventstore/client/grpc_status.h"

namespace mlup::log {
namespace {

// A round is not longer than this.
constexpr std::size_t kRoundEventsMax = 64;
// So many callers are told before the next message goes out, that the server has something to do
// meanwhile.
constexpr std::size_t kToldTogether = 32;

// What the completion queue tells of the one call.
char started_tag;
char read_tag;
char written_tag;
char finished_tag;

gpr_timespec Now() { return gpr_now(GPR_CLOCK_MONOTONIC); }

gpr_timespec DeadlineIn(absl::Duration timeout) {
  timeout = std::clamp(timeout, absl::Milliseconds(1), absl::Hours(1));
  return gpr_time_add(Now(),
                      gpr_time_from_micros(absl::ToInt64Microseconds(timeout), GPR_TIMESPAN));
}

// What a server says that goes away is not about the appends.
absl::Status WhyEnded(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::OK:
    case grpc::StatusCode::CANCELLED:
    case grpc::StatusCode::UNKNOWN:
      return Error(absl::StatusCode::kUnavailable, "SESSION_ENDED", "the log ended the session");
    default:
      return FromGrpc(status);
  }
}

absl::Status TooSlow() {
  return Error(absl::StatusCode::kDeadlineExceeded, "APPEND_TOO_SLOW",
               "the log did not answer in time; the append may have happened");
}

}  // namespace

struct AppendSessionClient::Call {
  grpc::ClientContext context;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream;
  grpc::ByteBuffer answers;
  grpc::Status status;
  // It answered something, so that what was not sent may go with another call.
  bool served = false;
  // Opening it counts.
  bool writing = true;
  // Takes no more appends.
  bool ended = false;
  bool finished = false;
  // Appends without an answer, by number from `first` on.
  std::uint64_t first = 1;
  std::deque<AskedAppend> sent;
};

AppendSessionClient::AppendSessionClient(std::shared_ptr<grpc::Channel> channel,
                                         absl::Duration timeout)
    : timeout_(timeout), stub_(std::move(channel)), thread_([this] { Run(); }) {}

AppendSessionClient::~AppendSessionClient() {
  {
    MutexLock lock(mutex_);
    WaitForTurn();
    closing_ = true;
  }
  // The thread goes when the call is over.
  call_ != nullptr ? call_->context.TryCancel() : completions_.Shutdown();
  SendAndLeave();
  thread_.join();
}

void AppendSessionClient::AppendLater(std::span<const v1::AppendRequest* const> requests,
                                      AskedAppends::Done done) {
  if (requests.empty()) return done({});
  auto asked = std::make_shared<AskedAppends>(requests, DeadlineIn(timeout_), std::move(done));
  absl::Status may;
  bool is_turn = false;
  {
    MutexLock lock(mutex_);
    may = MayQueue(*asked);
    if (may.ok()) {
      unsent_ += asked->count();
      unsent_bytes_ += asked->bytes();
      asked_.push_back(asked);
      is_turn = !std::exchange(taken_, true);
    }
  }
  if (!may.ok()) return asked->Refuse(may);
  if (is_turn) SendAndLeave();
}

absl::Status AppendSessionClient::MayQueue(const AskedAppends& asked) const {
  if (closing_) {
    return Error(absl::StatusCode::kUnavailable, "LOG_CLOSING", "the client is shutting down");
  }
  if (unsent_ == 0 || (unsent_ + asked.count() <= kClientQueueMax &&
                       unsent_bytes_ + asked.bytes() <= kClientBytesMax)) {
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kResourceExhausted, "QUEUE_FULL", "too many appends wait");
}

void AppendSessionClient::WaitForTurn() {
  while (taken_) left_.Wait(mutex_);
  taken_ = true;
}

void AppendSessionClient::SendAndLeave() {
  while (true) {
    std::vector<std::shared_ptr<AskedAppends>> asked;
    {
      MutexLock lock(mutex_);
      if (closing_ || (asked_.empty() && (waiting_.empty() || !CanSend()))) {
        taken_ = false;
        left_.NotifyOne();
        return;
      }
      asked.swap(asked_);
    }
    for (const auto& appends : asked) {
      for (std::size_t i = 0; i < appends->count(); ++i) waiting_.push_back({appends, i});
    }
    if (CanSend()) SendOnce();
  }
}

bool AppendSessionClient::CanSend() const {
  return call_ == nullptr ||
         !(call_->writing || call_->ended || call_->sent.size() >= kSessionOpenMax);
}

void AppendSessionClient::SendOnce() {
  if (call_ == nullptr) {
    call_ = std::make_unique<Call>();
    call_->stream =
        stub_.PrepareCall(&call_->context, "/mlup.log.v1.EventStore/AppendSession", &completions_);
    call_->stream->StartCall(&started_tag);
    return;
  }
  SessionMessage message;
  std::size_t taken = 0;
  std::size_t bytes = 0;
  while (!waiting_.empty() && call_->sent.size() < kSessionOpenMax) {
    const std::string_view append = waiting_.front().bytes();
    if (!message.HasRoomFor(append.size())) break;
    message.Add(append);
    bytes += append.size();
    ++taken;
    call_->sent.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  NoLongerWait(taken, bytes);
  call_->writing = true;
  call_->stream->Write(message.TakeBytes(), &written_tag);
}

void AppendSessionClient::NoLongerWait(std::size_t appends, std::size_t bytes) {
  MutexLock lock(mutex_);
  unsent_ -= appends;
  unsent_bytes_ -= bytes;
}

void AppendSessionClient::Run() {
  pthread_setname_np(pthread_self(), "mlup-appends");
  void* tag = nullptr;
  bool ok = false;
  gpr_timespec look = DeadlineIn(timeout_);
  while (true) {
    const auto next = completions_.AsyncNext(&tag, &ok, look);
    if (next == grpc::CompletionQueue::SHUTDOWN) break;
    {
      MutexLock lock(mutex_);
      WaitForTurn();
    }
    if (next == grpc::CompletionQueue::GOT_EVENT) TakeEvents(tag, ok);
    GiveUpLate();
    Tell();
    look = answered_.empty() ? NextLook() : gpr_inf_past(GPR_CLOCK_MONOTONIC);
    SendAndLeave();
  }
  while (!answered_.empty()) Tell();
}

void AppendSessionClient::TakeEvents(void* tag, bool ok) {
  std::size_t events = 0;
  do {
    Happened(tag, ok);
  } while (++events < kRoundEventsMax &&
           completions_.AsyncNext(&tag, &ok, gpr_inf_past(GPR_CLOCK_MONOTONIC)) ==
               grpc::CompletionQueue::GOT_EVENT);
}

void AppendSessionClient::Happened(void* tag, bool ok) {
  Call& call = *call_;
  if (tag == &written_tag) {
    // A write that failed is followed by a read that does.
    call.writing = false;
  } else if (tag == &finished_tag) {
    call.finished = true;
  } else {
    if (tag == &started_tag) call.writing = false;
    if (tag == &read_tag && ok) TakeAnswers();
    if (ok) {
      call.stream->Read(&call.answers, &read_tag);
    } else {
      call.ended = true;
      call.stream->Finish(&call.status, &finished_tag);
    }
  }
  if (call.finished && !call.writing) Settle();
}

void AppendSessionClient::TakeAnswers() {
  Call& call = *call_;
  call.served = true;
  const bool whole = ReadOutcomes(call.answers, [&](std::uint64_t number, Result result) {
    // Others are answered already.
    if (number - call.first >= call.sent.size()) return;
    Set(call.sent[number - call.first], std::move(result));
  });
  if (!whole) call.context.TryCancel();
  while (!call.sent.empty() && call.sent.front().of == nullptr) {
    call.sent.pop_front();
    ++call.first;
  }
}

void AppendSessionClient::Settle() {
  const std::unique_ptr<Call> call = std::exchange(call_, nullptr);
  const absl::Status why = WhyEnded(call->status);
  SetAll(call->sent, why);
  std::vector<std::shared_ptr<AskedAppends>> asked;
  bool closing = false;
  {
    MutexLock lock(mutex_);
    closing = closing_;
    if (call->served && !closing) return;
    asked.swap(asked_);
    unsent_ = 0;
    unsent_bytes_ = 0;
  }
  SetAll(waiting_, why);
  waiting_.clear();
  for (const auto& appends : asked) {
    for (std::size_t i = 0; i < appends->count(); ++i) appends->Set(i, why);
    answered_.push_back(appends);
  }
  if (closing) completions_.Shutdown();
}

void AppendSessionClient::Set(AskedAppend& append, Result result) {
  if (append.of == nullptr) return;
  std::shared_ptr<AskedAppends> asked = std::move(append.of);
  if (asked->Set(append.index, std::move(result))) answered_.push_back(std::move(asked));
}

void AppendSessionClient::SetAll(std::deque<AskedAppend>& appends, const absl::Status& why) {
  for (AskedAppend& append : appends) Set(append, why);
}

// Those asked first are late first, so that the first that is not ends the search.
void AppendSessionClient::GiveUpLate() {
  const gpr_timespec now = Now();
  const auto is_late = [now](const AskedAppend& append) {
    return gpr_time_cmp(append.of->deadline(), now) <= 0;
  };
  if (call_ != nullptr) {
    for (AskedAppend& append : call_->sent) {
      if (append.of == nullptr) continue;
      if (!is_late(append)) break;
      Set(append, TooSlow());
    }
  }
  for (; !waiting_.empty() && is_late(waiting_.front()); waiting_.pop_front()) {
    NoLongerWait(1, waiting_.front().bytes().size());
    Set(waiting_.front(), TooSlow());
  }
}

void AppendSessionClient::Tell() {
  for (std::size_t told = 0; told < kToldTogether && !answered_.empty(); ++told) {
    const std::shared_ptr<AskedAppends> asked = std::move(answered_.front());
    answered_.pop_front();
    asked->Tell();
  }
}

// Not later than `timeout_` from now: who asks meanwhile need not wake the thread for it.
gpr_timespec AppendSessionClient::NextLook() {
  gpr_timespec next = DeadlineIn(timeout_);
  if (!waiting_.empty()) next = gpr_time_min(next, waiting_.front().of->deadline());
  if (call_ != nullptr) {
    const auto open = std::find_if(call_->sent.begin(), call_->sent.end(),
                                   [](const AskedAppend& append) { return append.of != nullptr; });
    if (open != call_->sent.end()) next = gpr_time_min(next, open->of->deadline());
  }
  return next;
}

}  // namespace mlup::log
