#include "eventstore/server/unary_call.h"

#include <grpc/support/time.h>

#include "eventstore/base/status.h"
#include "eventstore/client/grpc_status.h"
#include "eventstore/server/admit.h"
#include "eventstore/server/rpc_bytes.h"
#include "eventstore/server/rpc_service.h"

namespace mlup::log {

absl::Status ShuttingDown() {
  return Error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN", "the server is shutting down");
}

absl::Status QueueFull() {
  return Error(absl::StatusCode::kResourceExhausted, "QUEUE_FULL", "too many calls wait");
}

UnaryCall::UnaryCall(RpcService& service, int method, const How& how, RpcQueue& queue)
    : service_(service),
      method_(method),
      how_(how),
      queue_(queue),
      events_left_(how.watched ? 2 : 1) {
  queue_.CallBegins();
  if (how_.watched) context_.AsyncNotifyWhenDone(&ended_);
  service_.RequestAsyncUnary(method_, &context_, &request_, &writer_, &queue_.completions(),
                             &queue_.completions(), &arrived_);
}

std::string_view UnaryCall::name() const { return service_.NameOf(method_); }

std::string UnaryCall::address() const {
  const auto forwarded = context_.client_metadata().find("x-forwarded-for");
  if (forwarded != context_.client_metadata().end()) {
    const std::string_view all(forwarded->second.data(), forwarded->second.size());
    return std::string(all.substr(all.find_last_of(", ") + 1));
  }
  const std::string peer = context_.peer();
  return peer.starts_with("ipv") ? peer.substr(0, peer.rfind(':')) : peer;
}

absl::Status UnaryCall::Read(google::protobuf::Message& request) const {
  return FromBytes(request_, request);
}

absl::Status UnaryCall::StillWaits() const {
  const gpr_timespec deadline = context_.raw_deadline();
  if (gpr_time_cmp(gpr_now(deadline.clock_type), deadline) >= 0) {
    return Error(absl::StatusCode::kDeadlineExceeded, "CALL_ENDED", "waited too long");
  }
  if (!cancelled_) return absl::OkStatus();
  return Error(absl::StatusCode::kCancelled, "CALL_ENDED", "the caller left");
}

void UnaryCall::Refuse(const absl::Status& why) {
  writer_.FinishWithError(ToGrpc(why), &finished_);
}

void UnaryCall::Answer(const google::protobuf::Message& response) { Answer(ToBytes(response)); }

void UnaryCall::Answer(const grpc::ByteBuffer& response) {
  writer_.Finish(response, grpc::Status::OK, &finished_);
}

void UnaryCall::Arrived(bool ok) {
  // The server is shut down: nothing else will be told.
  if (!ok) {
    queue_.CallEnds();
    delete this;
    return;
  }
  new UnaryCall(service_, method_, how_, queue_);
  pass_.emplace(queue_.gate());
  if (!pass_->admitted()) return Refuse(ShuttingDown());
  if (queue_.full()) return Refuse(QueueFull());
  absl::StatusOr<AdmissionPtr> admission = Admit(queue_.door(), context_, name());
  if (!admission.ok()) return Refuse(admission.status());
  admission_ = *std::move(admission);
  how_.serve(*this);
}

void UnaryCall::Finished(bool /*ok*/) { Release(); }

void UnaryCall::Ended(bool /*ok*/) {
  if (context_.IsCancelled()) cancelled_ = true;
  Release();
}

void UnaryCall::Release() {
  if (--events_left_ > 0) return;
  queue_.CallEnds();
  delete this;
}

}  // namespace mlup::log
