#include "eventstore/server/stream_call.h"

#include "eventstore/base/status.h"
#include "eventstore/client/grpc_status.h"
#include "eventstore/server/admit.h"
#include "eventstore/server/rpc_bytes.h"
#include "eventstore/server/rpc_service.h"

namespace mlup::log {

StreamCall::StreamCall(RpcService& service, int method, const Open& open, bool has_request,
                       RpcQueue& queue)
    : service_(service), method_(method), open_(open), has_request_(has_request), queue_(queue) {
  queue_.CallBegins();
  context_.AsyncNotifyWhenDone(&ended_);
  service_.RequestAsyncBidiStreaming(method_, &context_, &stream_, &queue_.completions(),
                                     &queue_.completions(), &arrived_);
}

absl::Status StreamCall::Take(google::protobuf::Message& message) const {
  return FromBytes(message_, message);
}

void StreamCall::Read() {
  ++events_left_;
  stream_.Read(&message_, &read_);
}

void StreamCall::Write(const grpc::ByteBuffer& message) {
  ++events_left_;
  stream_.Write(message, &written_);
}

void StreamCall::Write(const google::protobuf::Message& message) { Write(ToBytes(message)); }

void StreamCall::Finish(const absl::Status& status) {
  finishing_ = true;
  stream_.Finish(ToGrpc(revoked_ ? refusal_ : status), &finished_);
}

void StreamCall::LookAgain() {
  if (admission_ == nullptr || finishing_) return;
  if (revoked_) return context_.TryCancel();
  absl::Status holds = admission_->Holds();
  if (holds.ok()) return;
  refusal_ = std::move(holds);
  revoked_ = true;
  if (reactor_ != nullptr) reactor_->OnCancel();
}

void StreamCall::Arrived(bool ok) {
  // The server is shut down: nothing else will be told.
  if (!ok) {
    queue_.CallEnds();
    delete this;
    return;
  }
  new StreamCall(service_, method_, open_, has_request_, queue_);
  pass_.emplace(queue_.gate());
  if (!pass_->admitted()) return Finish(ShuttingDown());
  absl::StatusOr<AdmissionPtr> admission = Admit(queue_.door(), context_, service_.NameOf(method_));
  if (!admission.ok()) return Finish(admission.status());
  admission_ = *std::move(admission);
  if (admission_ != nullptr) queue_.StreamBegins(*this);
  has_request_ ? Read() : Begin();
}

void StreamCall::Begin() {
  begun_ = true;
  reactor_ = open_(*this);
  if (cancelled_ && reactor_ != nullptr) reactor_->OnCancel();
}

void StreamCall::HaveRead(bool ok) {
  if (begun_) {
    if (reactor_ != nullptr) reactor_->OnReadDone(ok);
  } else if (ok) {
    Begin();
  } else {
    Finish(Error(absl::StatusCode::kInvalidArgument, "MESSAGE_INVALID", "no request came"));
  }
  Release();
}

void StreamCall::Written(bool ok) {
  if (reactor_ != nullptr) reactor_->OnWriteDone(ok);
  Release();
}

void StreamCall::Finished(bool /*ok*/) { Release(); }

void StreamCall::Ended(bool /*ok*/) {
  cancelled_ = context_.IsCancelled();
  if (cancelled_ && reactor_ != nullptr) reactor_->OnCancel();
  Release();
}

void StreamCall::Release() {
  if (--events_left_ > 0) return;
  if (admission_ != nullptr) queue_.StreamEnds(*this);
  if (reactor_ != nullptr) reactor_->OnDone();
  queue_.CallEnds();
  delete this;
}

}  // namespace mlup::log
