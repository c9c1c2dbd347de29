// Appends of many callers, sent over one call.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include <grpcpp/channel.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>

#include "eventstore/base/mutex.h"
#include "eventstore/client/session_message.h"
#include "mlup/log/v1/event_store.pb.h"

namespace mlup::log {

// What is asked while a message is on its way goes with the next one, so that many callers cost
// hardly more than one. The call is opened when it is first needed, and again after it ended.
//
// One thread waits for what happens to the call and works in rounds, each of which is all that has
// happened by now: it takes the answers, tells their callers, and sends what was asked meanwhile.
// Who asks while it sleeps sends at once, without waking it.
//
// Any thread; the destructor not from a `done`. It ends the call, and whoever waits is told before
// it returns.
class AppendSessionClient {
 public:
  using Result = AskedAppends::Result;

  AppendSessionClient(std::shared_ptr<grpc::Channel> channel, absl::Duration timeout);
  ~AppendSessionClient();
  AppendSessionClient(const AppendSessionClient&) = delete;
  AppendSessionClient& operator=(const AppendSessionClient&) = delete;

  // As EventLog::AppendLater(); the requests need to live until it returns only. Tells `done` on
  // the client's thread, or on this one what it refuses: RESOURCE_EXHAUSTED QUEUE_FULL when
  // kClientQueueMax appends or kClientBytesMax wait to be sent. UNAVAILABLE when the call
  // ended before the answer; DEADLINE_EXCEEDED. After both, an append may have happened.
  void AppendLater(std::span<const v1::AppendRequest* const> requests, AskedAppends::Done done);

 private:
  struct Call;

  absl::Status MayQueue(const AskedAppends& asked) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Waits until nobody else works on the call.
  void WaitForTurn() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // The rest is for whose turn it is, without the mutex.

  // Sends all that can be sent now, and ends the turn.
  void SendAndLeave();
  // Opens a call where there is none, or sends one message.
  void SendOnce();
  bool CanSend() const;
  void NoLongerWait(std::size_t appends, std::size_t bytes);

  // And of those, the client's thread only.
  void Run();
  void TakeEvents(void* tag, bool ok);
  void Happened(void* tag, bool ok);
  void TakeAnswers();
  // The call is over: tells those who rest on it.
  void Settle();
  void Set(AskedAppend& append, Result result);
  void SetAll(std::deque<AskedAppend>& appends, const absl::Status& why);
  void GiveUpLate();
  // Tells some of those who are answered.
  void Tell();
  // When to look for appends that take too long.
  gpr_timespec NextLook();

  const absl::Duration timeout_;
  grpc::GenericStub stub_;
  grpc::CompletionQueue completions_;

  // Belong to whose turn it is. At most one call; null where none is open.
  std::unique_ptr<Call> call_;
  std::deque<AskedAppend> waiting_;
  // Their `done` is to be told.
  std::deque<std::shared_ptr<AskedAppends>> answered_;

  Mutex mutex_;
  Condition left_;
  bool taken_ ABSL_GUARDED_BY(mutex_) = false;
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  // Not yet in `waiting_`.
  std::vector<std::shared_ptr<AskedAppends>> asked_ ABSL_GUARDED_BY(mutex_);
  // Those not sent, here and in `waiting_`.
  std::size_t unsent_ ABSL_GUARDED_BY(mutex_) = 0;
  std::size_t unsent_bytes_ ABSL_GUARDED_BY(mutex_) = 0;

  // Last, so that everything it uses is made before it.
  std::jthread thread_;
};

}  // namespace mlup::log
