// What only the service promises: bounded subscriptions that stream, and end when told.
#include "eventstore/server/event_store_service.h"

#include <memory>
#include <vector>

#include "gtest/gtest.h"
#include <grpcpp/client_context.h>

#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"
#include "eventstore/client/grpc_event_log.h"
#include "eventstore/client/grpc_status.h"
#include "eventstore/client/stored_subscription.h"
#include "eventstore/log/error_pb.h"
#include "eventstore/log/history.h"
#include "eventstore/log/memory_event_log.h"
#include "eventstore/log/test_appends.h"
#include "eventstore/log/timestamp.h"
#include "eventstore/server/test_server.h"
#include "mlup/log/v1/event_store.grpc.pb.h"

namespace mlup::log {
namespace {

// What the service is given to say which events callers append.
absl::Status NoPoison(const pb::Event& event, std::string_view /*stream*/) {
  if (event.type() != "mlup.test.v1.Poison") return absl::OkStatus();
  return FieldError(absl::StatusCode::kInvalidArgument, "EVENT_TYPE_UNKNOWN", "type", "unknown");
}

class EventStoreServiceTest : public testing::Test {
 protected:
  EventStoreServiceTest() {
    server_ = std::make_unique<TestServer>(std::vector<RpcService*>{&service_});
    stub_ = pb::EventStore::NewStub(server_->Channel());
  }
  ~EventStoreServiceTest() override {
    service_.EndStreams();
    server_.reset();
  }

  // A subscription and the call it lives in.
  struct Stream {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReader<pb::SubscribeResponse>> reader;

    pb::SubscribeResponse Read() {
      pb::SubscribeResponse message;
      EXPECT_TRUE(reader->Read(&message));
      return message;
    }
    absl::Status End() {
      pb::SubscribeResponse message;
      while (reader->Read(&message)) {
      }
      return FromGrpc(reader->Finish());
    }
  };

  std::unique_ptr<Stream> Subscribe(const pb::SubscribeRequest& request) {
    auto stream = std::make_unique<Stream>();
    stream->reader = stub_->Subscribe(&stream->context, request);
    return stream;
  }
  std::unique_ptr<Stream> Subscribe(std::uint64_t after = 0) {
    pb::SubscribeRequest request;
    request.set_after_position(after);
    return Subscribe(request);
  }

  ManualClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  Appends appends_{3};
  MemoryEventLog log_{clock_};
  EventStoreService service_{log_, clock_, &NoPoison};
  std::unique_ptr<TestServer> server_;
  std::unique_ptr<pb::EventStore::Stub> stub_;
};

TEST_F(EventStoreServiceTest, ASubscriptionCatchesUpAndThenFollows) {
  ASSERT_TRUE(log_.Append(appends_.To(appends_.Stream(), 300)).ok());
  const auto stream = Subscribe(10);
  EXPECT_EQ(stream->Read().batch().records(0).position(), 11u);
  EXPECT_EQ(stream->Read().batch().records_size(), 34);
  EXPECT_EQ(stream->Read().caught_up().position(), 300u);
  for (std::uint64_t position = 301; position < 320; ++position) {
    ASSERT_TRUE(log_.Append(appends_.To(appends_.Stream())).ok());
    ASSERT_EQ(stream->Read().batch().records(0).position(), position);
  }
}

TEST_F(EventStoreServiceTest, EndingSubscriptionsReachesAllAndRefusesNewOnes) {
  std::vector<std::unique_ptr<Stream>> streams;
  for (int i = 0; i < 8; ++i) {
    streams.push_back(Subscribe());
    EXPECT_TRUE(streams.back()->Read().has_caught_up());
  }
  service_.EndStreams();
  streams.push_back(Subscribe());
  for (const auto& stream : streams) EXPECT_EQ(ErrorReason(stream->End()), "SHUTTING_DOWN");
}

TEST_F(EventStoreServiceTest, SubscriptionsAreBoundedAndAPlaceIsFreedByLeaving) {
  std::vector<std::unique_ptr<Stream>> streams;
  for (std::size_t i = 0; i < kSubscriptionsMax; ++i) {
    streams.push_back(Subscribe());
    ASSERT_TRUE(streams.back()->Read().has_caught_up());
  }
  EXPECT_EQ(ErrorReason(Subscribe()->End()), "SUBSCRIPTIONS_FULL");
  streams.back()->context.TryCancel();
  EXPECT_EQ(streams.back()->End().code(), absl::StatusCode::kCancelled);
  // The server learns of the leaving a moment after the client.
  absl::Status status;
  for (int i = 0; i < 10'000; ++i) {
    const auto stream = Subscribe();
    pb::SubscribeResponse message;
    if (stream->reader->Read(&message)) return;
    status = stream->End();
  }
  FAIL() << status;
}

TEST_F(EventStoreServiceTest, ASubscriberThatDoesNotReadHoldsNobodyUp) {
  const auto idle = Subscribe();
  pb::AppendRequest request = appends_.Empty();
  for (int i = 0; i < 200; ++i) {
    request = appends_.To(appends_.Stream(), 0);
    *request.mutable_writes(0)->add_events() = appends_.Event("mlup.test.v1.Noted", 200 << 10);
    ASSERT_TRUE(log_.Append(request).ok());
  }
  const auto stream = Subscribe(199);
  EXPECT_EQ(stream->Read().batch().records(0).position(), 200u);
  idle->context.TryCancel();
  EXPECT_EQ(idle->End().code(), absl::StatusCode::kCancelled);
}

TEST_F(EventStoreServiceTest, AReaderThatStopsResumesWithoutAGap) {
  const auto slow = Subscribe();
  EXPECT_TRUE(slow->Read().has_caught_up());
  constexpr std::uint64_t kEvents = 60'000;
  for (std::uint64_t i = 0; i < kEvents; i += 1000) {
    ASSERT_TRUE(log_.Append(appends_.To(appends_.Stream(), 1000)).ok());
  }
  std::uint64_t last = 0;
  while (last < kEvents) {
    const pb::SubscribeResponse message = slow->Read();
    ASSERT_GT(message.batch().records_size(), 0);
    for (const pb::Record& record : message.batch().records()) ASSERT_EQ(record.position(), ++last);
  }
}

TEST_F(EventStoreServiceTest, WhatFollowersShareIsWhatIsStored) {
  pb::SubscribeRequest only_persons;
  only_persons.mutable_filter()->add_categories("person");
  only_persons.set_batch_max(2);
  const auto all = Subscribe();
  const auto persons = Subscribe(only_persons);
  EXPECT_TRUE(all->Read().has_caught_up());
  EXPECT_TRUE(persons->Read().has_caught_up());
  std::uint64_t followed = 0;
  std::uint64_t followed_persons = 0;
  for (int round = 0; round < 20; ++round) {
    pb::AppendRequest request = appends_.To(appends_.Stream(), 3);
    appends_.Add(request, appends_.Stream("person"), 3);
    request.mutable_writes(0)->mutable_events(0)->set_common(std::string(100'000, 'x'));
    ASSERT_TRUE(log_.Append(request).ok());
    const auto expect = [&](Stream& stream, std::uint64_t& last, bool only) {
      std::uint64_t history = 0;
      while (last < log_.Head()->value) {
        const pb::SubscribeResponse message = stream.Read();
        for (const pb::Record& record : message.batch().records()) {
          last = record.position();
          const auto stored = RecordAt(log_, {last});
          ASSERT_TRUE(stored.ok());
          ASSERT_EQ(record.SerializeAsString(), stored->SerializeAsString());
          ASSERT_TRUE(!only || record.stream().starts_with("person/"));
        }
        history = message.history();
      }
      EXPECT_EQ(history, *HistoryAt(log_, {last}));
    };
    expect(*all, followed, false);
    expect(*persons, followed_persons, true);
  }
}

TEST_F(EventStoreServiceTest, AnIdleFilteredFollowerIsToldWhereItStandsOnceASecond) {
  pb::SubscribeRequest request;
  request.mutable_filter()->add_categories("person");
  const auto stream = Subscribe(request);
  EXPECT_TRUE(stream->Read().has_caught_up());
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(log_.Append(appends_.To(appends_.Stream())).ok());
  std::uint64_t told = 0;
  while (told < 10) {
    clock_.Advance(absl::Seconds(1));
    told = stream->Read().checkpoint().position();
  }
  EXPECT_EQ(told, 10u);
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(log_.Append(appends_.To(appends_.Stream())).ok());
  ASSERT_TRUE(log_.Append(appends_.To(appends_.Stream("person"))).ok());
  pb::SubscribeResponse message = stream->Read();
  // After many events at once it is told of them too.
  while (message.has_checkpoint()) message = stream->Read();
  EXPECT_EQ(message.batch().records(0).position(), 211u);
}

TEST_F(EventStoreServiceTest, ASilentLogGivesASignOfLifeEveryFifteenSeconds) {
  ASSERT_TRUE(log_.Append(appends_.To(appends_.Stream())).ok());
  const auto stream = Subscribe(1);
  const pb::SubscribeResponse caught_up = stream->Read();
  EXPECT_TRUE(caught_up.has_caught_up());
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(absl::Seconds(15));
    const pb::SubscribeResponse sign = stream->Read();
    EXPECT_EQ(sign.checkpoint().position(), 1u);
    EXPECT_EQ(sign.history(), caught_up.history());
  }
}

TEST_F(EventStoreServiceTest, ABadSubscriptionIsToldWhy) {
  EXPECT_EQ(ErrorReason(Subscribe(1)->End()), "POSITION_PAST_HEAD");
  pb::SubscribeRequest request;
  for (std::size_t i = 0; i <= kRepeatedItemsMax; ++i) request.mutable_filter()->add_types("t");
  Stream stream;
  stream.reader = stub_->Subscribe(&stream.context, request);
  EXPECT_EQ(ErrorField(stream.End()), "filter.types");
}

TEST_F(EventStoreServiceTest, NobodyOutsideAppendsToTheLogsOwnStreams) {
  const auto append = [this](const pb::AppendRequest& request) {
    grpc::ClientContext context;
    pb::AppendResponse response;
    return FromGrpc(stub_->Append(&context, request, &response));
  };
  pb::AppendRequest request = appends_.To(appends_.Stream());
  appends_.Add(request, "system/map");
  EXPECT_TRUE(absl::IsPermissionDenied(append(request)));
  EXPECT_EQ(ErrorReason(append(request)), "CATEGORY_CLOSED");
  EXPECT_EQ(ErrorField(append(request)), "writes[1].stream");
  EXPECT_EQ(log_.Head()->value, 0u);
  EXPECT_TRUE(log_.Append(appends_.To("system/map")).ok());
  EXPECT_TRUE(append(appends_.To(appends_.Stream())).ok());
  EXPECT_EQ(ErrorReason(append(appends_.To(appends_.Stream("secret")))), "STREAM_NAME_INVALID");
}

TEST_F(EventStoreServiceTest, WhatCannotBeReadIsNotAppendedByCallers) {
  const auto append = [this](const pb::AppendRequest& request) {
    grpc::ClientContext context;
    pb::AppendResponse response;
    return FromGrpc(stub_->Append(&context, request, &response));
  };
  pb::AppendRequest request = appends_.To(appends_.Stream(), 2);
  request.mutable_writes(0)->mutable_events(1)->set_type("mlup.test.v1.Poison");
  EXPECT_EQ(ErrorReason(append(request)), "EVENT_TYPE_UNKNOWN");
  EXPECT_EQ(ErrorField(append(request)), "writes[0].events[1].type");
  pb::AppendSessionRequest session;
  *session.add_appends() = request;
  *session.add_appends() = appends_.To(appends_.Stream());
  grpc::ClientContext context;
  const auto stream = stub_->AppendSession(&context);
  stream->Write(session);
  stream->WritesDone();
  std::vector<std::string> reasons(2);
  pb::AppendSessionResponse response;
  while (stream->Read(&response)) {
    for (const pb::AppendOutcome& outcome : response.outcomes()) {
      reasons[outcome.number() - 1] =
          outcome.has_refused() ? ErrorReason(FromRefusal(outcome.refused())) : std::string();
    }
  }
  EXPECT_EQ(reasons, (std::vector<std::string>{"EVENT_TYPE_UNKNOWN", ""}));
  EXPECT_EQ(log_.Head()->value, 1u);
}

TEST_F(EventStoreServiceTest, BytesOfReadsAreThoseOfTheLog) {
  const std::string stream = appends_.Stream();
  ASSERT_TRUE(log_.Append(appends_.To(stream, 300)).ok());
  ASSERT_TRUE(log_.Append(appends_.To("system/map")).ok());
  ASSERT_TRUE(log_.Append(appends_.To(appends_.Stream("person"), 5)).ok());
  GrpcEventLog client(server_->Channel());

  pb::ReadAllRequest request;
  for (const bool with_system : {true, false}) {
    for (const pb::Direction direction : {pb::DIRECTION_FORWARD, pb::DIRECTION_BACKWARD}) {
      request.set_direction(direction);
      do {
        const auto page = client.ReadStored(request, with_system);
        const auto expected = log_.ReadStored(request, with_system);
        ASSERT_TRUE(page.ok() && expected.ok());
        EXPECT_EQ(page->records, expected->records);
        EXPECT_EQ(page->count, expected->count);
        EXPECT_EQ(page->last_record(), expected->last_record());
        EXPECT_EQ(page->head, expected->head);
        EXPECT_EQ(page->next, expected->next);
        EXPECT_EQ(client.ReadAll(request)->SerializeAsString(),
                  log_.ReadAll(request)->SerializeAsString());
        request.set_from_position(page->next.value);
      } while (request.from_position() != 0);
    }
  }
  pb::ReadStreamRequest of_stream;
  of_stream.set_stream(stream);
  EXPECT_EQ(client.ReadStream(of_stream)->SerializeAsString(),
            log_.ReadStream(of_stream)->SerializeAsString());
  of_stream.set_stream(appends_.Stream());
  EXPECT_EQ(client.ReadStream(of_stream)->SerializeAsString(), "");
  request.set_limit(5000);
  EXPECT_EQ(ErrorField(client.ReadStored(request, true).status()), "limit");
}

TEST_F(EventStoreServiceTest, StoredSubscriptionsBringAllAndEndWithTheReason) {
  ASSERT_TRUE(log_.Append(appends_.To("system/map")).ok());
  ASSERT_TRUE(log_.Append(appends_.To(appends_.Stream(), 300)).ok());
  StoredSubscription subscription(server_->Channel(), pb::SubscribeRequest());
  std::uint64_t position = 1;
  auto delivery = subscription.Next();
  for (; delivery.ok() && (*delivery)->has_batch(); delivery = subscription.Next()) {
    RecordWalk walk((*delivery)->batch.records);
    while (const auto bytes = walk.Next()) {
      pb::Record record;
      ASSERT_TRUE(record.ParseFromArray(bytes->data(), static_cast<int>(bytes->size())));
      ASSERT_EQ(record.position(), ++position);
      if (record.position() == (*delivery)->batch.last.value) {
        EXPECT_EQ((*delivery)->message.history(), HistoryOf(record));
      }
    }
  }
  ASSERT_TRUE(delivery.ok());
  EXPECT_EQ((*delivery)->message.caught_up().position(), 301u);
  EXPECT_EQ(position, 301u);

  pb::SubscribeRequest bad;
  bad.set_batch_max(5000);
  StoredSubscription refused(server_->Channel(), bad);
  EXPECT_EQ(ErrorField(refused.Next().status()), "batch_max");

  service_.EndStreams();
  EXPECT_EQ(ErrorReason(subscription.Next().status()), "SHUTTING_DOWN");
  EXPECT_EQ(ErrorReason(subscription.Next().status()), "SHUTTING_DOWN");
}

TEST_F(EventStoreServiceTest, HeadTellsTheServersTime) {
  grpc::ClientContext context;
  pb::HeadResponse response;
  ASSERT_TRUE(stub_->Head(&context, {}, &response).ok());
  EXPECT_EQ(FromTimestamp(response.now()), clock_.Now());
}

}  // namespace
}  // namespace mlup::log
