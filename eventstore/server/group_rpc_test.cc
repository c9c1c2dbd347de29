// Consumer groups over real calls.
#include "eventstore/server/group_rpc.h"

#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include <grpcpp/client_context.h>

#include "eventstore/base/random.h"
#include "eventstore/base/simulated_files.h"
#include "eventstore/base/status.h"
#include "eventstore/client/grpc_status.h"
#include "eventstore/log/memory_event_log.h"
#include "eventstore/log/test_appends.h"
#include "eventstore/server/test_server.h"
#include "mlup/bus/v1/group_service.grpc.pb.h"

namespace mlup::log {
namespace {

using bus::v1::ConsumeRequest;
using bus::v1::ConsumeResponse;

// A Consume call.
struct Consumer {
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReaderWriter<ConsumeRequest, ConsumeResponse>> call;

  void Hello(const std::string& group, std::uint32_t credits = 0) {
    ConsumeRequest request;
    request.mutable_hello()->set_group(group);
    request.mutable_hello()->set_consumer("test");
    request.mutable_hello()->set_credits(credits);
    EXPECT_TRUE(call->Write(request));
  }
  ConsumeResponse Read() {
    ConsumeResponse response;
    EXPECT_TRUE(call->Read(&response));
    return response;
  }
  void Ack(std::uint64_t position) {
    ConsumeRequest request;
    request.mutable_ack()->add_positions(position);
    EXPECT_TRUE(call->Write(request));
  }
  void Nack(std::uint64_t position, bus::v1::NackAction action) {
    ConsumeRequest request;
    request.mutable_nack()->add_positions(position);
    request.mutable_nack()->set_action(action);
    request.mutable_nack()->set_reason("no_such_code");
    EXPECT_TRUE(call->Write(request));
  }
  absl::Status End() {
    ConsumeResponse response;
    while (call->Read(&response)) {
    }
    return FromGrpc(call->Finish());
  }
};

class GroupRpcTest : public testing::Test {
 protected:
  GroupRpcTest() {
    EXPECT_TRUE(files_.MakeFolder("/data").ok());
    host_ = *GroupHost::Open({log_, files_, clock_}, {.folder = "/data/groups"});
    service_ =
        std::make_unique<GroupRpc>(*host_, [](const AdmissionPtr&, const LogReading& reading) {
          return reading.stream == "closed"
                     ? Error(absl::StatusCode::kPermissionDenied, "NOT_READ", reading.method)
                     : absl::OkStatus();
        });
    server_ = std::make_unique<TestServer>(std::vector<RpcService*>{service_.get()});
    stub_ = bus::v1::GroupService::NewStub(server_->Channel());
  }
  ~GroupRpcTest() override {
    service_->EndConsumers();
    server_.reset();
  }

  absl::Status Create(const std::string& name, const bus::v1::GroupSettings& settings = {}) {
    grpc::ClientContext context;
    bus::v1::CreateGroupRequest request;
    request.mutable_definition()->set_name(name);
    *request.mutable_definition()->mutable_settings() = settings;
    bus::v1::CreateGroupResponse response;
    return FromGrpc(stub_->CreateGroup(&context, request, &response));
  }
  bus::v1::GroupStatus Get(const std::string& name) {
    grpc::ClientContext context;
    bus::v1::GetGroupRequest request;
    request.set_name(name);
    bus::v1::GetGroupResponse response;
    EXPECT_TRUE(stub_->GetGroup(&context, request, &response).ok());
    return response.group();
  }
  std::unique_ptr<Consumer> Connect() {
    auto consumer = std::make_unique<Consumer>();
    consumer->call = stub_->Consume(&consumer->context);
    return consumer;
  }
  void Append(int count) {
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(log_.Append(appends_.To(appends_.Stream())).ok());
    }
  }

  ManualClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  SimulatedFiles files_;
  Appends appends_{3};
  MemoryEventLog log_{clock_};
  std::unique_ptr<GroupHost> host_;
  std::unique_ptr<GroupRpc> service_;
  std::unique_ptr<TestServer> server_;
  std::unique_ptr<bus::v1::GroupService::Stub> stub_;
};

TEST_F(GroupRpcTest, WhoMayNotReadIsNoConsumer) {
  ASSERT_TRUE(Create("closed").ok());
  Append(1);
  const auto consumer = Connect();
  consumer->Hello("closed", 1);
  const absl::Status ended = consumer->End();
  EXPECT_EQ(ErrorReason(ended), "NOT_READ");
  EXPECT_EQ(ended.message(), "mlup.bus.v1.GroupService/Consume");
  EXPECT_EQ(Get("closed").consumers_size(), 0);
}

TEST_F(GroupRpcTest, EventsAreDeliveredAcknowledgedParkedAndReplayed) {
  ASSERT_TRUE(Create("g").ok());
  EXPECT_EQ(ErrorReason(Create("g")), "GROUP_EXISTS");
  const auto consumer = Connect();
  consumer->Hello("g", 1);
  EXPECT_EQ(consumer->Read().deliveries_size(), 0);
  Append(3);
  EXPECT_EQ(consumer->Read().deliveries(0).record().position(), 1u);
  consumer->Ack(1);
  EXPECT_EQ(consumer->Read().deliveries(0).record().position(), 2u);
  consumer->Nack(2, bus::v1::NACK_ACTION_PARK);
  EXPECT_EQ(consumer->Read().deliveries(0).record().position(), 3u);
  const auto group = Get("g");
  EXPECT_EQ(group.parked(), 1u);
  EXPECT_EQ(group.checkpoint(), 2u);
  EXPECT_EQ(group.consumers(0).name(), "test");
  EXPECT_EQ(group.condition(), bus::v1::GROUP_CONDITION_CATCHING_UP);

  grpc::ClientContext listing;
  bus::v1::ListParkedRequest list;
  list.set_group("g");
  bus::v1::ListParkedResponse parked;
  ASSERT_TRUE(stub_->ListParked(&listing, list, &parked).ok());
  ASSERT_EQ(parked.parked_size(), 1);
  EXPECT_EQ(parked.parked(0).reason(), "no_such_code");
  grpc::ClientContext replaying;
  bus::v1::ReplayParkedRequest replay;
  replay.set_group("g");
  bus::v1::ReplayParkedResponse replayed;
  ASSERT_TRUE(stub_->ReplayParked(&replaying, replay, &replayed).ok());
  EXPECT_EQ(replayed.replayed(), 1u);
  consumer->Ack(3);
  EXPECT_EQ(consumer->Read().deliveries(0).record().position(), 2u);
  consumer->Ack(2);
  EXPECT_TRUE(consumer->call->WritesDone());
  EXPECT_TRUE(consumer->End().ok());
}

TEST_F(GroupRpcTest, WhatALostConsumerHeldGoesToTheNext) {
  ASSERT_TRUE(Create("g").ok());
  Append(2);
  auto lost = Connect();
  lost->Hello("g");
  lost->Read();
  EXPECT_GT(lost->Read().deliveries_size(), 0);
  lost->context.TryCancel();
  EXPECT_EQ(lost->End().code(), absl::StatusCode::kCancelled);
  const auto next = Connect();
  next->Hello("g");
  next->Read();
  for (int seen = 0; seen < 2;) {
    clock_.Advance(absl::Seconds(1));
    seen += next->Read().deliveries_size();
  }
}

// Goal: a call that ends at any moment leaves nothing behind. Method: threads that connect, read
// and answer, and hang up at random moments; afterwards one consumer still gets everything.
TEST_F(GroupRpcTest, ConsumersThatGoAwayAtAnyMomentHarmNobody) {
  bus::v1::GroupSettings settings;
  settings.set_retries_max(1000);
  settings.mutable_retry_delay_min();
  settings.mutable_retry_delay_max();
  ASSERT_TRUE(Create("g", settings).ok());
  constexpr int kEvents = 50;
  Append(kEvents);
  {
    std::vector<std::jthread> threads;
    threads.reserve(6);
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
      threads.emplace_back([this, seed] {
        SeededRandom random(seed);
        for (int round = 0; round < 60; ++round) {
          const auto consumer = Connect();
          ConsumeRequest request;
          request.mutable_hello()->set_group("g");
          consumer->call->Write(request);
          ConsumeResponse response;
          for (std::uint64_t i = random.Next() % 4; i > 0 && consumer->call->Read(&response); --i) {
            for (const auto& delivery : response.deliveries()) {
              request.mutable_nack()->add_positions(delivery.record().position());
            }
            if (request.has_nack()) consumer->call->Write(request);
          }
          if (random.Next() % 3 == 0) consumer->call->WritesDone();
          consumer->context.TryCancel();
          EXPECT_FALSE(ErrorReason(consumer->End()) == "HELLO_ONCE");
        }
      });
    }
  }
  std::set<std::uint64_t> seen;
  const auto last = Connect();
  last->Hello("g", kEvents);
  last->Read();
  while (seen.size() < kEvents) {
    const ConsumeResponse response = last->Read();
    for (const auto& delivery : response.deliveries()) {
      seen.insert(delivery.record().position());
      last->Ack(delivery.record().position());
    }
  }
}

TEST_F(GroupRpcTest, MessagesOutOfTurnAreRefused) {
  ASSERT_TRUE(Create("g").ok());
  auto consumer = Connect();
  consumer->Ack(1);
  EXPECT_EQ(ErrorReason(consumer->End()), "HELLO_ONCE");
  consumer = Connect();
  consumer->Hello("other");
  EXPECT_EQ(ErrorReason(consumer->End()), "GROUP_UNKNOWN");
  consumer = Connect();
  consumer->Hello("g");
  consumer->Hello("g");
  EXPECT_EQ(ErrorReason(consumer->End()), "HELLO_ONCE");
}

TEST_F(GroupRpcTest, DeletingAGroupAndShuttingDownReachTheConsumers) {
  ASSERT_TRUE(Create("g").ok());
  ASSERT_TRUE(Create("h").ok());
  const auto a = Connect();
  a->Hello("g");
  a->Read();
  const auto b = Connect();
  b->Hello("h");
  b->Read();
  const auto silent = Connect();
  grpc::ClientContext context;
  bus::v1::DeleteGroupRequest request;
  request.set_name("g");
  bus::v1::DeleteGroupResponse response;
  ASSERT_TRUE(stub_->DeleteGroup(&context, request, &response).ok());
  EXPECT_EQ(ErrorReason(a->End()), "GROUP_DELETED");
  service_->EndConsumers();
  EXPECT_EQ(ErrorReason(b->End()), "SHUTTING_DOWN");
  EXPECT_EQ(ErrorReason(silent->End()), "SHUTTING_DOWN");
  const auto late = Connect();
  EXPECT_EQ(ErrorReason(late->End()), "SHUTTING_DOWN");
}

}  // namespace
}  // namespace mlup::log
