// The plumbing of gRPC: what is served, refused, logged and told about health.
#include <atomic>
#include <latch>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include "mlup/log/v1/event_store.grpc.pb.h"
#include "services/rpc/serve.h"
#include "services/rpc/server.h"

namespace mlup::rpc {
namespace {

namespace pb = ::mlup::log::v1;

class HeadService final : public pb::EventStore::CallbackService {
 public:
  explicit HeadService(Executor& executor) : executor_(executor) {}

  grpc::ServerUnaryReactor* Head(grpc::CallbackServerContext* context,
                                 const pb::HeadRequest* request,
                                 pb::HeadResponse* response) override {
    return Serve(context, executor_, request, response, [this](const auto&) { return Answer(); });
  }

  absl::StatusOr<pb::HeadResponse> Answer() const {
    if (fail)
      return FieldError(absl::StatusCode::kAborted, "VERSION_MISMATCH", "stream", "moved on");
    pb::HeadResponse response;
    response.set_position(7);
    return response;
  }

  std::atomic<bool> fail = false;

 private:
  Executor& executor_;
};

class RpcTest : public testing::Test {
 protected:
  grpc::Status CallHead(pb::HeadResponse& response) {
    grpc::ClientContext context;
    return pb::EventStore::NewStub(Channel())->Head(&context, {}, &response);
  }
  std::shared_ptr<grpc::Channel> Channel() {
    return grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials());
  }

  ManualClock clock_{absl::FromUnixSeconds(1616000000)};
  Executor executor_{{.threads = 2, .queue_max = 8}, clock_};
  HeadService service_{executor_};
  std::unique_ptr<Server> server_ = *Server::Start("127.0.0.1:0", {&service_}, clock_);
};

TEST_F(RpcTest, AnswersAndErrorsArriveWithReasonAndField) {
  pb::HeadResponse response;
  ASSERT_TRUE(CallHead(response).ok());
  EXPECT_EQ(response.position(), 7u);
  service_.fail = true;
  const absl::Status status = log::FromGrpc(CallHead(response));
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ErrorReason(status), "VERSION_MISMATCH");
  EXPECT_EQ(ErrorField(status), "stream");
}

TEST_F(RpcTest, HealthSaysServing) {
  grpc::GenericStub stub(Channel());
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  const grpc::Slice nothing("");
  const grpc::ByteBuffer request(&nothing, 1);
  auto call = stub.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check", request, &queue);
  call->StartCall();
  grpc::ByteBuffer response;
  grpc::Status status;
  call->Finish(&response, &status, &call);
  void* tag = nullptr;
  bool ok = false;
  ASSERT_TRUE(queue.Next(&tag, &ok));
  ASSERT_TRUE(status.ok()) << status.error_message();
  std::vector<grpc::Slice> slices;
  ASSERT_TRUE(response.Dump(&slices).ok());
  std::string bytes;
  for (const auto& slice : slices) bytes.append(slice.begin(), slice.end());
  EXPECT_EQ(bytes, "\x08\x01");
}

TEST_F(RpcTest, PlaintextIsSpokenOnThisMachineOnly) {
  for (const char* const address :
       {"0.0.0.0:0", "192.168.1.2:50051", "example.org:1", "[::]:0", "127.0.0.1", "127.0.0.1:x",
        ":0", "127.0.0.1:0:0", "*:0", "127.evil.example:0"}) {
    EXPECT_EQ(ErrorReason(Server::Start(address, {}, clock_).status()), "ADDRESS_NOT_LOCAL")
        << address;
  }
  HeadService other(executor_);
  EXPECT_EQ(ErrorReason(Server::Start(server_->address(), {&other}, clock_).status()),
            "ADDRESS_IN_USE");
  const auto on_socket = Server::Start(
      "unix:" + testing::TempDir() + "rpc_test" + std::to_string(getpid()), {&other}, clock_);
  EXPECT_TRUE(on_socket.ok()) << on_socket.status();
}

TEST(ExecutorTest, AFullQueueRefusesAndTheRestIsRun) {
  ManualClock clock{absl::UnixEpoch()};
  std::atomic<int> done = 0;
  {
    Executor executor({.threads = 1, .queue_max = 2}, clock);
    std::latch running(1);
    std::latch release(1);
    ASSERT_TRUE(executor.TryRun([&] {
      running.count_down();
      release.wait();
    }));
    running.wait();
    EXPECT_TRUE(executor.TryRun([&] { ++done; }));
    EXPECT_TRUE(executor.TryRun([&] { ++done; }));
    EXPECT_EQ(executor.depth(), 2u);
    EXPECT_FALSE(executor.TryRun([&] { ++done; }));
    release.count_down();
  }
  EXPECT_EQ(done, 2);
}

TEST(RequestLogTest, TheLineHoldsMethodStatusReasonAndTimeOnly) {
  EXPECT_EQ(RequestLine(absl::UnixEpoch(), MethodOf(*pb::HeadRequest::descriptor()),
                        Error(absl::StatusCode::kAborted, "VERSION_MISMATCH", "words"),
                        absl::Microseconds(1250)),
            R"({"at":"1970-01-01T00:00:00+00:00","method":"mlup.log.v1.EventStore/Head",)"
            R"("status":"ABORTED","reason":"VERSION_MISMATCH","ms":1.25})");
}

}  // namespace
}  // namespace mlup::rpc
