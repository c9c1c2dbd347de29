// PersistentSubscriptions/Read: one consumer of a group over gRPC.
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <grpcpp/support/server_callback.h>

#include "eventstore/base/mutex.h"
#include "services/esdb/calls_rpc.h"
#include "services/esdb/groups.h"
#include "services/esdb/presenter.h"

namespace mlup::esdb {

// Connects once the options have arrived, passes batches on as the client takes them, and answers
// back. A client that does not read costs one batch.
//
// Called by gRPC's threads, the host's and the executor's. Ends when the client leaves or the host
// ends the consumer; deletes itself when gRPC is done with it.
class ConsumerCall final
    : public grpc::ServerBidiReactor<persistent::ReadReq, persistent::ReadResp>,
      public LongCall {
 public:
  using Request = persistent::ReadReq;
  using Response = persistent::ReadResp;

  ConsumerCall(const CallParts& parts, grpc::CallbackServerContext* context);
  ~ConsumerCall() override;

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnDone() override;

  void EndCall(const absl::Status& why) override;

 private:
  // What the host keeps when the call is gone.
  struct Mailbox;

  // On the executor.
  void Begin();
  absl::Status Connect();
  log::ConsumerOptions MakeOptions(const Caller& caller, const GroupReads& reads);
  void Send(std::vector<log::GroupDelivery> batch);
  absl::StatusOr<std::vector<Response>> Present(std::vector<log::GroupDelivery> batch);

  // From the host.
  void Deliver(std::vector<log::GroupDelivery> batch);
  void End(const absl::Status& status);

  // From the client: acts on the request and reads the next.
  void TakeAnswers();
  std::vector<Position> Forget(const google::protobuf::RepeatedPtrField<pb::UUID>& ids);

  // Writes or finishes, whatever is next; with the mutex free.
  void Go();

  const CallParts& parts_;
  grpc::CallbackServerContext& context_;
  // Shared with the host, whose last call may come late.
  const std::shared_ptr<Mailbox> mailbox_;

  // Set in Begin(), before anything is delivered.
  GroupName name_;
  UuidForm uuids_ = UuidForm::kText;
  // Of who called.
  std::function<absl::Status()> holds_;
  GroupReads reads_;
  std::unique_ptr<Presenter> presenter_;
  // Where the last link stood.
  LinkNumbers::Place near_;

  // Only while no read is under way.
  Request request_;
  bool begun_ = false;

  // Set before the first batch is sent, gone before the call is.
  std::unique_ptr<log::GroupConsumer> consumer_;

  Mutex mutex_;
  bool connected_ ABSL_GUARDED_BY(mutex_) = false;
  // A batch that came before the confirmation could be sent.
  std::vector<log::GroupDelivery> early_ ABSL_GUARDED_BY(mutex_);
  // Pieces of work that touch the call.
  std::size_t under_way_ ABSL_GUARDED_BY(mutex_) = 0;
  // The first is being written while `writing_`.
  std::deque<Response> messages_ ABSL_GUARDED_BY(mutex_);
  // Those of its messages; set with the consumer.
  std::optional<Holding> bytes_ ABSL_GUARDED_BY(mutex_);
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  // The host waits until all messages are written.
  bool owes_continue_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  // By the id that the client answers with.
  std::map<std::string, Position> unanswered_ ABSL_GUARDED_BY(mutex_);

  const log::CallGate::Pass pass_;
};

}  // namespace mlup::esdb
