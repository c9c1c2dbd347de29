// One Consume call of one consumer.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "eventstore/base/executor.h"
#include "eventstore/base/mutex.h"
#include "eventstore/bus/group_host.h"
#include "eventstore/server/stream_call.h"
#include "mlup/bus/v1/group_service.pb.h"

namespace mlup::log {

class GroupRpc;

// Reads one message at a time and handles it on the executor; writes one batch at a time and asks
// the host for more when it is written.
//
// The queue, the executor and the host's thread call it. It is finished only while neither the
// executor nor a write has it in hand, and deletes itself when gRPC is done with it.
class Consumption final : public StreamReactor {
 public:
  Consumption(GroupRpc& service, StreamCall& call, GroupHost& host, Executor& executor);

  void Start() { call_.Read(); }
  // Finishes the call as soon as nothing is being written.
  void End(const absl::Status& why);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  // The way from the host to the call; the host may use it a moment after the call has ended.
  struct Outlet {
    Mutex mutex;
    // Null once the call has ended.
    Consumption* call ABSL_GUARDED_BY(mutex) = nullptr;
    bool writing ABSL_GUARDED_BY(mutex) = false;
    bus::v1::ConsumeResponse written ABSL_GUARDED_BY(mutex);
    // Waits for the write before it.
    std::optional<bus::v1::ConsumeResponse> next ABSL_GUARDED_BY(mutex);
    // Whether the executor has a message in hand: the call must not be finished under it.
    bool handling ABSL_GUARDED_BY(mutex) = false;
    std::optional<absl::Status> end ABSL_GUARDED_BY(mutex);
    bool finished ABSL_GUARDED_BY(mutex) = false;

    void Write(bus::v1::ConsumeResponse response);
    // The message is handled: goes on to the next one, or ends. The call may be gone after this.
    void Handled(const std::optional<absl::Status>& end_with);
    void End(const absl::Status& why);
    // Finishes the call if it is to end and nobody has anything of it in hand.
    void MaybeFinish() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  };

  // On the executor: takes the message that was read.
  absl::Status Handle();
  absl::Status Connect(const bus::v1::ConsumeRequest::Hello& hello);
  // The consumer, if it has said hello and is still there.
  std::shared_ptr<GroupConsumer> consumer();
  void Leave();

  GroupRpc& service_;
  StreamCall& call_;
  GroupHost& host_;
  Executor& executor_;
  // Shared with the consumer's functions.
  const std::shared_ptr<Outlet> outlet_ = std::make_shared<Outlet>();

  Mutex mutex_;
  // Shared with the step that answers for it while the call ends.
  std::shared_ptr<GroupConsumer> consumer_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlup::log
