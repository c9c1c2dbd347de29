// mlupd, over gRPC: one completion queue for appends in flight, the C++ client for callers. Form
// `noop` speaks to a server that answers everything and does nothing.
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include "eventstore/base/limits.h"
#include "eventstore/client/grpc_event_log.h"
#include "eventstore/client/stored_subscription.h"
#include "eventstore/log/record_view.h"
#include "eventstore/log/stored_page.h"
#include "mlup/log/v1/event_store.grpc.pb.h"
#include "tests/bench/peers/store.h"

namespace mlup::bench {
namespace {

namespace pb = log::v1;

std::shared_ptr<grpc::Channel> Channel(const std::string& server) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // A connection of its own, so that one that failed delays no other.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(static_cast<int>(kMessageSendMax));
  return grpc::CreateCustomChannel(server, grpc::InsecureChannelCredentials(), arguments);
}

// Makes the request in the memory of an earlier one.
const pb::AppendRequest& Filled(const Append& append, pb::AppendRequest& request) {
  request.Clear();
  request.mutable_key()->set_organisation_id("mro");
  request.mutable_key()->set_request_id(append.events[0].request_id());
  request.set_request_digest(std::string(32, 'd'));
  std::size_t at = 0;
  for (const Piece& piece : append.pieces) {
    pb::StreamWrite& write = *request.add_writes();
    write.set_stream(piece.stream);
    if (piece.revision == 0) {
      write.mutable_expected()->set_no_stream(true);
    } else {
      write.mutable_expected()->set_revision(piece.revision);
    }
    for (std::size_t i = 0; i < piece.events; ++i) *write.add_events() = append.events[at++];
  }
  return request;
}

// What the log says about itself is no work of the bench.
void Decode(const google::protobuf::RepeatedPtrField<pb::Record>& records, Decoder& decoder) {
  for (const pb::Record& record : records) {
    if (!record.stream().starts_with("system/")) decoder.Event(record.event());
  }
}

class Ours final : public Store {
 public:
  explicit Ours(const StoreOptions& options)
      : server_(options.server),
        noop_(options.form == "noop"),
        channel_(Channel(server_)),
        stub_(pb::EventStore::NewStub(channel_)),
        log_(channel_),
        calls_(options.in_flight),
        requests_(options.in_flight) {}

  ~Ours() override {
    if (following_ == nullptr) return;
    following_context_.TryCancel();
    while (following_->Read(&delivered_)) {
    }
    following_->Finish();
  }

  bool connected() { return noop_ || log_.Head().ok(); }

  void Start(std::size_t slot, const Append& append) override {
    Call& call = calls_[slot].emplace();
    call.events = append.events.size();
    call.reader = stub_->AsyncAppend(&call.context, Filled(append, request_), &queue_);
    call.reader->Finish(&call.response, &call.status, &calls_[slot]);
  }

  void Wait(std::vector<Answer>& answers) override {
    void* tag = nullptr;
    bool finished = false;
    CHECK(queue_.Next(&tag, &finished) && finished);
    auto* call = static_cast<std::optional<Call>*>(tag);
    const bool refused = (*call)->status.error_code() == grpc::StatusCode::ABORTED;
    CHECK(refused || (*call)->status.ok());
    CHECK(refused || noop_ || IsWhole((*call)->response, (*call)->events));
    answers.push_back({static_cast<std::size_t>(call - calls_.data()), !refused});
  }

  bool AppendNow(const Append& append) override {
    pb::AppendRequest request;
    const auto response = log_.Append(Filled(append, request));
    return response.ok() && IsWhole(*response, append.events.size());
  }

  void AppendLater(std::size_t slot, const Append& append,
                   std::function<void(bool)> done) override {
    const std::size_t events = append.events.size();
    log_.AppendLater({&Filled(append, requests_[slot])},
                     [events, done = std::move(done)](const auto& responses) {
                       done(responses[0].ok() && IsWhole(*responses[0], events));
                     });
  }

  // Ways: `pages` of the C++ client, `subscribe` until caught up.
  void Replay(const std::string& way, Decoder& decoder) override {
    way == "subscribe" ? ReplayStream(decoder) : ReplayPages(decoder);
  }

  void ReadStream(const std::string& stream, Decoder& decoder) override {
    pb::ReadStreamRequest request;
    request.set_stream(stream);
    request.set_limit(kReadEventsMax);
    const auto page = log_.ReadStream(request);
    CHECK(page.ok());
    Decode(page->records(), decoder);
  }

  void Follow() override {
    follower_ = pb::EventStore::NewStub(Channel(server_));
    pb::SubscribeRequest request;
    request.set_from_end(true);
    following_ = follower_->Subscribe(&following_context_, request);
    while (following_->Read(&delivered_) && !delivered_.has_caught_up()) {
    }
  }

  void NextDelivery(Decoder& decoder) override {
    do {
      CHECK(following_->Read(&delivered_));
    } while (!delivered_.has_batch());
    Decode(delivered_.batch().records(), decoder);
  }

 private:
  struct Call {
    grpc::ClientContext context;
    pb::AppendResponse response;
    grpc::Status status;
    std::unique_ptr<grpc::ClientAsyncResponseReader<pb::AppendResponse>> reader;
    std::size_t events = 0;
  };

  static bool IsWhole(const pb::AppendResponse& response, std::size_t events) {
    return !response.replayed() &&
           response.last_position() - response.first_position() + 1 == events;
  }

  void ReplayPages(Decoder& decoder) {
    pb::ReadAllRequest request;
    request.set_limit(kReadEventsMax);
    Position last;
    do {
      const auto page = log_.ReadStored(request, false);
      CHECK(page.ok());
      DecodeEach(*page, last, decoder);
      request.set_from_position(page->next.value);
    } while (request.from_position() != 0);
  }

  void ReplayStream(Decoder& decoder) {
    log::StoredSubscription subscription(channel_, pb::SubscribeRequest());
    Position last;
    while (true) {
      const auto delivery = subscription.Next();
      CHECK(delivery.ok());
      if ((*delivery)->message.has_caught_up()) return;
      DecodeEach((*delivery)->batch, last, decoder);
    }
  }

  // The envelope in place, the event into a message that is reused; nothing may be left out.
  static void DecodeEach(const log::StoredRecords& records, Position& last, Decoder& decoder) {
    log::RecordWalk walk(records.records);
    while (const auto bytes = walk.Next()) {
      const auto record = log::ViewEnvelope(*bytes);
      CHECK(record.has_value() && record->position > last);
      last = record->position;
      decoder.Bytes(record->event.data(), record->event.size());
    }
  }

  const std::string server_;
  const bool noop_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<pb::EventStore::Stub> stub_;
  log::GrpcEventLog log_;
  pb::AppendRequest request_;
  grpc::CompletionQueue queue_;
  std::vector<std::optional<Call>> calls_;
  // Of AppendLater(), by slot.
  std::vector<pb::AppendRequest> requests_;
  std::unique_ptr<pb::EventStore::Stub> follower_;
  grpc::ClientContext following_context_;
  std::unique_ptr<grpc::ClientReader<pb::SubscribeResponse>> following_;
  pb::SubscribeResponse delivered_;
};

}  // namespace

std::unique_ptr<Store> Connect(const StoreOptions& options) {
  auto store = std::make_unique<Ours>(options);
  return store->connected() ? std::move(store) : nullptr;
}

}  // namespace mlup::bench
