#include "services/esdb/read_call_rpc.h"

#include <utility>

#include "eventstore/base/uuid.h"

namespace mlup::esdb {

ReadCall::Reactor* ReadCall::Open(const CallParts& parts, grpc::CallbackServerContext* context) {
  if (parts.open_reads.fetch_add(1) >= kEsdbReadsMax) {
    parts.open_reads.fetch_sub(1);
    return new RefusedCall<Reactor>(parts.gate, ToClient(TooManyCalls(), *context));
  }
  return new ReadCall(parts, context);
}

void ReadCall::OnReadDone(bool ok) {
  bool first = false;
  std::optional<grpc::Status> status;
  {
    MutexLock lock(mutex_);
    first = !std::exchange(begun_reading_, true);
    sent_all_ = !ok;
    if (!ok) status = first ? grpc::Status::CANCELLED : status_;
  }
  if (status.has_value()) return Finish(*status);
  if (!ok) return;
  StartRead(&surplus_);
  if (first) Wake();
}

void ReadCall::End(const grpc::Status& status) {
  {
    MutexLock lock(mutex_);
    status_ = status;
    if (!sent_all_) return;
  }
  Finish(status);
}

// Each open call gives at most one piece of work.
void ReadCall::Wake() {
  parts_.reads.Run([this] { Step(); });
}

absl::Status ReadCall::Begin() {
  ASSIGN_OR_RETURN(Caller caller, CallerOf(parts_, context_));
  place_.emplace(parts_.read_shares, caller.author.subscriber_id);
  if (!place_->Take(1)) return TooManyCalls();
  bytes_.emplace(parts_.bytes_read, caller.author.subscriber_id);
  ASSIGN_OR_RETURN(reader_, Reader::Open(parts_.read_parts, request_, std::move(caller.admit),
                                         NewUuid(parts_.read_parts.clock, parts_.random)));
  return absl::OkStatus();
}

void ReadCall::Step() {
  if (left_) return End(grpc::Status::CANCELLED);
  if (parts_.ending) return End(ToClient(ShuttingDown(), context_));
  if (reader_ == nullptr) {
    if (const absl::Status status = Begin(); !status.ok()) return End(ToClient(status, context_));
  }
  absl::StatusOr<std::vector<Reader::Message>> page = reader_->Next();
  if (!page.ok()) return End(ToClient(page.status(), context_));
  if (!page->empty()) {
    std::size_t bytes = 0;
    for (const Reader::Message& message : *page) bytes += message.ByteSizeLong();
    if (!bytes_->Take(bytes)) return End(ToClient(TooManyBytes(), context_));
    page_ = *std::move(page);
    next_ = 0;
    WriteNext();
  } else if (reader_->finished()) {
    End(grpc::Status::OK);
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
  if (!ok) return End(grpc::Status::CANCELLED);
  if (next_ < page_.size()) return WriteNext();
  page_.clear();
  bytes_->Give(bytes_->held());
  if (reader_->finished()) return End(grpc::Status::OK);
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
