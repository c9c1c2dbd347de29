// Steps through a read.
#include "services/esdb/read_call_rpc.h"

#include <utility>

#include "eventstore/base/uuid.h"

namespace mlup::esdb {

grpc::ServerWriteReactor<Reader::Message>* ReadCall::Open(const CallParts& parts,
                                                          grpc::CallbackServerContext* context,
                                                          const pb::streams::ReadReq* request) {
  if (parts.open_reads.fetch_add(1) >= kEsdbReadsMax) {
    parts.open_reads.fetch_sub(1);
    return new RefusedCall<grpc::ServerWriteReactor<Reader::Message>>(
        ToClient(TooManyCalls(), *context));
  }
  auto* call = new ReadCall(parts, context, *request);
  call->Wake();
  return call;
}

// Each open call gives at most one piece of work.
void ReadCall::Wake() {
  parts_.reads.Run([this] { Step(); });
}

absl::Status ReadCall::Begin() {
  ASSIGN_OR_RETURN(Caller caller, CallerOf(parts_, context_));
  ASSIGN_OR_RETURN(reader_, Reader::Open(parts_.stores, request_, std::move(caller.admit),
                                         NewUuid(parts_.stores.clock, parts_.random)));
  return absl::OkStatus();
}

void ReadCall::Step() {
  if (left_) return Finish(grpc::Status::CANCELLED);
  if (parts_.ending) return Finish(ToClient(ShuttingDown(), context_));
  if (reader_ == nullptr) {
    if (const absl::Status status = Begin(); !status.ok())
      return Finish(ToClient(status, context_));
  }
  absl::StatusOr<std::vector<Reader::Message>> page = reader_->Next();
  if (!page.ok()) return Finish(ToClient(page.status(), context_));
  if (!page->empty()) {
    page_ = *std::move(page);
    next_ = 0;
    WriteNext();
  } else if (reader_->finished()) {
    Finish(grpc::Status::OK);
  } else {
    parts_.watch.Park(*this, reader_->position());
  }
}

void ReadCall::WriteNext() {
  const Reader::Message& message = page_[next_++];
  grpc::WriteOptions options;
  // The messages of a page leave together. The first of all takes the headers along, which gRPC
  // does not count as sent before they leave.
  if (begun_ && next_ < page_.size()) options.set_buffer_hint();
  begun_ = true;
  StartWrite(&message, options);
}

void ReadCall::OnWriteDone(bool ok) {
  if (!ok) return Finish(grpc::Status::CANCELLED);
  if (next_ < page_.size()) return WriteNext();
  page_.clear();
  if (reader_->finished()) return Finish(grpc::Status::OK);
  Wake();
}

void ReadCall::OnCancel() {
  left_ = true;
  parts_.watch.Wake(*this);
}

void ReadCall::OnDone() {
  parts_.open_reads.fetch_sub(1);
  delete this;
}

}  // namespace mlup::esdb
