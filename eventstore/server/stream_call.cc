#include "eventstore/server/stream_call.h"

#include "eventstore/base/status.h"
#include "eventstore/client/grpc_status.h"
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

void StreamCall::Finish(const absl::Status& status) { stream_.Finish(ToGrpc(status), &finished_); }

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
  if (reactor_ != nullptr) reactor_->OnDone();
  queue_.CallEnds();
  delete this;
}

}  // namespace mlup::log
