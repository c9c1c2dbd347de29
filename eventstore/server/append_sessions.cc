// One call of AppendSession, as the queue's events drive it.
#include "eventstore/server/append_sessions.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include <google/protobuf/arena.h>

#include "eventstore/base/categories.h"
#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"
#include "eventstore/log/append_rules.h"
#include "eventstore/log/error_pb.h"
#include "eventstore/server/unary_call.h"

namespace mlup::log {
namespace {

// The appends of one message, which live until all of them are answered.
struct Message {
  google::protobuf::Arena arena;
  pb::AppendSessionRequest& request =
      *google::protobuf::Arena::CreateMessage<pb::AppendSessionRequest>(&arena);
  std::uint64_t first_number = 0;
  // Those that the log is asked, and where they stand in the message.
  std::vector<const pb::AppendRequest*> asked;
  std::vector<int> places;
};

void AddOutcome(std::uint64_t number, absl::StatusOr<pb::AppendResponse> result,
                pb::AppendSessionResponse& response) {
  pb::AppendOutcome& outcome = *response.add_outcomes();
  outcome.set_number(number);
  if (result.ok()) {
    *outcome.mutable_appended() = *std::move(result);
  } else {
    *outcome.mutable_refused() = ToRefusal(result.status());
  }
}

}  // namespace

absl::Status CheckAppender(const pb::AppendRequest& request, EventCheck check) {
  for (int i = 0; i < request.writes_size(); ++i) {
    const pb::StreamWrite& write = request.writes(i);
    if (CategoryFor(write.stream()).appender == Appender::kLog) {
      return FieldError(absl::StatusCode::kPermissionDenied, "CATEGORY_CLOSED",
                        absl::StrCat("writes[", i, "].stream"), "only the log itself appends here");
    }
    // The log says what is wrong with such a name.
    if (check == nullptr || !IsStreamName(write.stream())) continue;
    for (int k = 0; k < write.events_size(); ++k) {
      const absl::Status checked = check(write.events(k), write.stream());
      if (checked.ok()) continue;
      return FieldError(checked.code(), ErrorReason(checked),
                        absl::StrCat("writes[", i, "].events[", k, "].", ErrorField(checked)),
                        ToStd(checked.message()));
    }
  }
  return absl::OkStatus();
}

// Deletes itself when gRPC is done with it, which is after the last append was answered: the call
// is not finished before.
class AppendSession final : public StreamReactor {
 public:
  AppendSession(AppendSessions& sessions, StreamCall& call) : sessions_(sessions), call_(call) {}

  void Start() { call_.Read(); }

  // Finishes with `why` as soon as everything that was sent is answered.
  void End(const absl::Status& why) {
    MutexLock lock(mutex_);
    EndLocked(why);
  }

  void OnReadDone(bool ok) override {
    if (!ok) return End(absl::OkStatus());
    auto message = std::make_shared<Message>();
    if (const absl::Status read = call_.Take(message->request); !read.ok()) return End(read);
    const auto count = static_cast<std::size_t>(message->request.appends_size());
    if (count == 0 || count > kSessionBatchMax) {
      return End(Error(absl::StatusCode::kInvalidArgument, "SESSION_INVALID",
                       absl::StrCat("a message holds 1 to ", kSessionBatchMax, " appends")));
    }
    Take(message);
    MutexLock lock(mutex_);
    reading_ = false;
    ReadOn();
  }

  void OnWriteDone(bool /*ok*/) override {
    MutexLock lock(mutex_);
    writing_ = false;
    open_ -= static_cast<std::size_t>(written_.outcomes_size());
    written_.Clear();
    GoOn();
  }

  // A read or a write that fails ends the call; where neither is under way, this does.
  void OnCancel() override { End(absl::CancelledError("the caller has gone")); }

  void OnDone() override {
    {
      // Whoever finished the call leaves first.
      MutexLock lock(mutex_);
    }
    sessions_.Remove(*this);
    delete this;
  }

 private:
  // Numbers the appends of a message and asks the log for those that may be asked.
  void Take(const std::shared_ptr<Message>& message) {
    const pb::AppendSessionRequest& request = message->request;
    {
      MutexLock lock(mutex_);
      // It came too late: nobody would be left to answer.
      if (finished_) return;
      message->first_number = numbered_ + 1;
      numbered_ += static_cast<std::uint64_t>(request.appends_size());
      open_ += static_cast<std::size_t>(request.appends_size());
      waiting_ += static_cast<std::size_t>(request.appends_size());
    }
    pb::AppendSessionResponse refused;
    for (int i = 0; i < request.appends_size(); ++i) {
      if (const absl::Status may = CheckAppender(request.appends(i), sessions_.check_); !may.ok()) {
        AddOutcome(message->first_number + static_cast<std::uint64_t>(i), may, refused);
      } else {
        message->asked.push_back(&request.appends(i));
        message->places.push_back(i);
      }
    }
    if (refused.outcomes_size() > 0) Answer(std::move(refused));
    if (message->asked.empty()) return;
    sessions_.round_.Add(message->asked, [this, message](AppendRound::Results results) {
      pb::AppendSessionResponse response;
      for (std::size_t i = 0; i < results.size(); ++i) {
        AddOutcome(message->first_number + static_cast<std::uint64_t>(message->places[i]),
                   std::move(results[i]), response);
      }
      Answer(std::move(response));
    });
  }

  void Answer(pb::AppendSessionResponse outcomes) {
    MutexLock lock(mutex_);
    waiting_ -= static_cast<std::size_t>(outcomes.outcomes_size());
    for (pb::AppendOutcome& outcome : *outcomes.mutable_outcomes()) {
      *next_.add_outcomes() = std::move(outcome);
    }
    GoOn();
  }

  void EndLocked(const absl::Status& why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (!end_.has_value()) end_ = why;
    GoOn();
  }

  // Writes what is to be written, or reads on, or finishes: whatever is possible now.
  void GoOn() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (writing_ || finished_) return;
    if (next_.outcomes_size() > 0) {
      writing_ = true;
      FillWritten();
      call_.Write(written_);
    } else if (end_.has_value() && waiting_ == 0) {
      finished_ = true;
      call_.Finish(*end_);
      return;
    }
    ReadOn();
  }

  // As many answers as fit into one message.
  void FillWritten() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    std::size_t bytes = 0;
    int count = 0;
    for (; count < next_.outcomes_size(); ++count) {
      bytes += next_.outcomes(count).ByteSizeLong();
      if (count > 0 && bytes > kReadBytesMax) break;
    }
    if (count == next_.outcomes_size()) {
      written_.Swap(&next_);
      return;
    }
    for (int i = 0; i < count; ++i)
      *written_.add_outcomes() = std::move(*next_.mutable_outcomes(i));
    next_.mutable_outcomes()->DeleteSubrange(0, count);
  }

  void ReadOn() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (reading_ || end_.has_value() || open_ >= kSessionOpenMax) return;
    reading_ = true;
    call_.Read();
  }

  AppendSessions& sessions_;
  StreamCall& call_;

  Mutex mutex_;
  // Appends that were sent, those whose answer was not written, and those without an answer.
  std::uint64_t numbered_ ABSL_GUARDED_BY(mutex_) = 0;
  std::size_t open_ ABSL_GUARDED_BY(mutex_) = 0;
  std::size_t waiting_ ABSL_GUARDED_BY(mutex_) = 0;
  bool reading_ ABSL_GUARDED_BY(mutex_) = true;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);
  pb::AppendSessionResponse written_ ABSL_GUARDED_BY(mutex_);
  // Wait for the write before them.
  pb::AppendSessionResponse next_ ABSL_GUARDED_BY(mutex_);
};

AppendSessions::~AppendSessions() {
  EndAll();
  MutexLock lock(mutex_);
  while (!open_.empty()) removed_.Wait(mutex_);
}

StreamReactor* AppendSessions::Open(StreamCall& call) {
  MutexLock lock(mutex_);
  const absl::Status may = MayOpen();
  if (!may.ok()) {
    call.Finish(may);
    return nullptr;
  }
  auto* const session = new AppendSession(*this, call);
  open_.insert(session);
  session->Start();
  return session;
}

absl::Status AppendSessions::MayOpen() const {
  if (ending_) return ShuttingDown();
  if (open_.size() < kSessionsMax) return absl::OkStatus();
  return Error(absl::StatusCode::kResourceExhausted, "SESSIONS_FULL",
               absl::StrCat("all ", kSessionsMax, " sessions are taken"));
}

void AppendSessions::EndAll() {
  MutexLock lock(mutex_);
  ending_ = true;
  for (AppendSession* session : open_) session->End(ShuttingDown());
}

void AppendSessions::Remove(AppendSession& session) {
  MutexLock lock(mutex_);
  open_.erase(&session);
  removed_.NotifyAll();
}

}  // namespace mlup::log
