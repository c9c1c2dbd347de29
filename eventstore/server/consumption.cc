// Messages in, batches out.
#include "eventstore/server/consumption.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"
#include "eventstore/bus/group_pb.h"
#include "eventstore/server/group_rpc.h"

namespace mlup::log {
namespace {

constexpr std::size_t kCreditsUsual = 32;

absl::StatusOr<std::vector<Position>> PositionsOf(
    const google::protobuf::RepeatedField<std::uint64_t>& numbers, std::string_view field) {
  if (static_cast<std::size_t>(numbers.size()) > kGroupInFlightMax) {
    return FieldError(absl::StatusCode::kInvalidArgument, "POSITIONS_TOO_MANY", field,
                      absl::StrCat("at most ", kGroupInFlightMax));
  }
  std::vector<Position> positions;
  positions.reserve(static_cast<std::size_t>(numbers.size()));
  for (const std::uint64_t number : numbers) positions.push_back({number});
  return positions;
}

bus::v1::ConsumeResponse ResponseOf(std::vector<GroupDelivery> deliveries) {
  bus::v1::ConsumeResponse response;
  for (GroupDelivery& delivery : deliveries) {
    auto& pb = *response.add_deliveries();
    *pb.mutable_record() = std::move(delivery.record);
    pb.set_tries(delivery.tries);
  }
  return response;
}

}  // namespace

void Consumption::Outlet::Write(bus::v1::ConsumeResponse response) {
  MutexLock lock(mutex);
  if (call == nullptr || end.has_value()) return;
  if (writing) {
    next = std::move(response);
    return;
  }
  writing = true;
  written = std::move(response);
  call->call_.Write(written);
}

void Consumption::Outlet::Handled(const std::optional<absl::Status>& end_with) {
  MutexLock lock(mutex);
  handling = false;
  if (end_with.has_value() && !end.has_value()) end = end_with;
  if (end.has_value()) return MaybeFinish();
  call->call_.Read();
}

void Consumption::Outlet::End(const absl::Status& why) {
  MutexLock lock(mutex);
  if (!end.has_value()) end = why;
  MaybeFinish();
}

void Consumption::Outlet::MaybeFinish() {
  if (call == nullptr || !end.has_value() || finished || writing || handling) return;
  finished = true;
  call->call_.Finish(*end);
}

Consumption::Consumption(GroupRpc& service, StreamCall& call, GroupHost& host, Executor& executor)
    : service_(service), call_(call), host_(host), executor_(executor) {
  MutexLock lock(outlet_->mutex);
  outlet_->call = this;
}

void Consumption::OnReadDone(bool ok) {
  {
    MutexLock lock(outlet_->mutex);
    // The rest is done when gRPC is.
    if (outlet_->finished) return;
    outlet_->handling = true;
  }
  executor_.Run([this, ok, outlet = outlet_] {
    const absl::Status status = ok ? Handle() : absl::OkStatus();
    std::optional<absl::Status> end;
    if (!ok || !status.ok()) {
      Leave();
      end = status;
    }
    outlet->Handled(end);
  });
}

absl::Status Consumption::Handle() {
  bus::v1::ConsumeRequest request;
  RETURN_IF_ERROR(call_.Take(request));
  const std::shared_ptr<GroupConsumer> known = consumer();
  const bool said_hello = known != nullptr;
  switch (request.kind_case()) {
    case bus::v1::ConsumeRequest::kHello:
      if (said_hello) break;
      return Connect(request.hello());
    case bus::v1::ConsumeRequest::kAck: {
      if (!said_hello) break;
      ASSIGN_OR_RETURN(const auto positions,
                       PositionsOf(request.ack().positions(), "ack.positions"));
      known->Ack(positions);
      return absl::OkStatus();
    }
    case bus::v1::ConsumeRequest::kNack: {
      if (!said_hello) break;
      ASSIGN_OR_RETURN(const auto positions,
                       PositionsOf(request.nack().positions(), "nack.positions"));
      known->Nack(positions, FromPb(request.nack().action()), request.nack().reason());
      return absl::OkStatus();
    }
    case bus::v1::ConsumeRequest::KIND_NOT_SET:
      break;
  }
  return Error(absl::StatusCode::kInvalidArgument, "HELLO_ONCE",
               "the first message, and no other, is hello; ack and nack follow");
}

absl::Status Consumption::Connect(const bus::v1::ConsumeRequest::Hello& hello) {
  if (service_.check_read_) {
    RETURN_IF_ERROR(service_.check_read_(
        call_.admission(),
        {"mlup.bus.v1.GroupService/Consume", hello.group(), v1::Filter::default_instance()}));
  }
  // The answer to hello goes first: batches wait for its write.
  ConsumerOptions options;
  options.name = hello.consumer();
  options.credits = hello.credits() == 0 ? kCreditsUsual : hello.credits();
  options.deliver = [outlet = outlet_](std::vector<GroupDelivery> deliveries) {
    outlet->Write(ResponseOf(std::move(deliveries)));
    return false;
  };
  options.ended = [outlet = outlet_](const absl::Status& why) { outlet->End(why); };
  {
    MutexLock lock(outlet_->mutex);
    outlet_->writing = true;
  }
  auto connected = host_.Connect(hello.group(), std::move(options));
  if (!connected.ok()) {
    MutexLock lock(outlet_->mutex);
    outlet_->writing = false;
    return connected.status();
  }
  {
    MutexLock lock(mutex_);
    consumer_ = *std::move(connected);
  }
  MutexLock lock(outlet_->mutex);
  call_.Write(outlet_->written);
  return absl::OkStatus();
}

void Consumption::OnWriteDone(bool ok) {
  bool was_batch = false;
  {
    MutexLock lock(outlet_->mutex);
    was_batch = outlet_->written.deliveries_size() > 0;
    outlet_->written.Clear();
    outlet_->writing = false;
    if (!ok && !outlet_->end.has_value())
      outlet_->end = absl::CancelledError("the caller has gone");
    if (outlet_->end.has_value()) {
      outlet_->MaybeFinish();
      return;
    }
    if (outlet_->next.has_value()) {
      outlet_->written = *std::move(outlet_->next);
      outlet_->next.reset();
      outlet_->writing = true;
      call_.Write(outlet_->written);
    }
  }
  const std::shared_ptr<GroupConsumer> known = consumer();
  if (was_batch && known != nullptr) known->Continue();
}

std::shared_ptr<GroupConsumer> Consumption::consumer() {
  MutexLock lock(mutex_);
  return consumer_;
}

void Consumption::Leave() {
  std::shared_ptr<GroupConsumer> leaving;
  {
    MutexLock lock(mutex_);
    leaving = std::move(consumer_);
    consumer_ = nullptr;
  }
  // Disconnects without the lock.
  leaving.reset();
}

void Consumption::End(const absl::Status& why) { outlet_->End(why); }

void Consumption::OnCancel() {
  // A read or a write that fails ends the call; where neither is under way, this does.
  End(absl::CancelledError("the caller has gone"));
}

void Consumption::OnDone() {
  {
    MutexLock lock(outlet_->mutex);
    outlet_->call = nullptr;
  }
  executor_.Run([this] {
    Leave();
    service_.Remove(*this);
    delete this;
  });
}

}  // namespace mlup::log
