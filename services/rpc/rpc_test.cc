// The plumbing of gRPC: what is served, refused, logged and told about health.
#include <algorithm>
#include <atomic>
#include <latch>
#include <list>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include "eventstore/base/status.h"
#include "eventstore/client/grpc_status.h"
#include "eventstore/server/rpc_service.h"
#include "mlup/log/v1/event_store.grpc.pb.h"
#include "services/rpc/serve.h"
#include "services/rpc/server.h"
#include "services/rpc/unary_rpc.h"

namespace mlup::rpc {
namespace {

namespace pb = ::mlup::log::v1;

class HeadService final : public Service {
 public:
  explicit HeadService(Executor& executor) : Service("mlup.log.v1.EventStore", executor) {
    Serve("Head", *this, &HeadService::Head);
  }

  absl::StatusOr<pb::HeadResponse> Head(const pb::HeadRequest& /*request*/) const {
    if (fail)
      return FieldError(absl::StatusCode::kAborted, "VERSION_MISMATCH", "stream", "moved on");
    pb::HeadResponse response;
    response.set_position(7);
    return response;
  }

  std::atomic<bool> fail = false;
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

// A call of bytes, as anybody may send them.
grpc::Status CallBytes(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                       const std::string& request, std::string& answer) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  const grpc::Slice slice(request);
  const grpc::ByteBuffer bytes(&slice, 1);
  auto call = stub.PrepareUnaryCall(&context, method, bytes, &queue);
  call->StartCall();
  grpc::ByteBuffer response;
  grpc::Status status;
  call->Finish(&response, &status, &call);
  void* tag = nullptr;
  bool ok = false;
  EXPECT_TRUE(queue.Next(&tag, &ok));
  std::vector<grpc::Slice> slices;
  EXPECT_TRUE(!status.ok() || response.Dump(&slices).ok());
  answer.clear();
  for (const auto& part : slices) answer.append(part.begin(), part.end());
  return status;
}

TEST_F(RpcTest, HealthSaysServing) {
  std::string answer;
  const grpc::Status status = CallBytes(Channel(), "/grpc.health.v1.Health/Check", "", answer);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(answer, "\x08\x01");
}

// A service that answers on the queue's thread.
class EchoService final : public log::RpcService {
 public:
  EchoService() : RpcService("test.Echo") {
    Unary<pb::HeadResponse>("Echo", [](log::UnaryCall& call, const pb::HeadResponse& request) {
      call.Answer(request);
    });
  }
};

class QueuedRpcTest : public RpcTest {
 protected:
  QueuedRpcTest() {
    server_.reset();
    server_ = *Server::Start("127.0.0.1:0", {&head_, &echo_}, real_clock_);
  }
  ~QueuedRpcTest() override { server_.reset(); }

  // gRPC measures by it how long calls that run may still take when the server stops.
  SystemClock real_clock_;
  HeadService head_{executor_};
  EchoService echo_;
};

TEST_F(QueuedRpcTest, ServicesWithAndWithoutAnExecutorStandOnOnePort) {
  pb::HeadResponse response;
  ASSERT_TRUE(CallHead(response).ok());
  EXPECT_EQ(response.position(), 7u);
  std::string answer;
  ASSERT_TRUE(CallBytes(Channel(), "/test.Echo/Echo", response.SerializeAsString(), answer).ok());
  EXPECT_EQ(answer, response.SerializeAsString());
}

TEST_F(QueuedRpcTest, HealthSaysServingOfTheWholeServerOnly) {
  std::string answer;
  const std::string check = "/grpc.health.v1.Health/Check";
  ASSERT_TRUE(CallBytes(Channel(), check, "", answer).ok());
  EXPECT_EQ(answer, "\x08\x01");
  EXPECT_EQ(CallBytes(Channel(), check, "\x0a\x01x", answer).error_code(),
            grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(CallBytes(Channel(), check, "\xff", answer).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(QueuedRpcTest, WhoWatchesHealthIsToldThatTheServerStops) {
  grpc::internal::RpcMethod method("/grpc.health.v1.Health/Watch",
                                   grpc::internal::RpcMethod::SERVER_STREAMING);
  const auto channel = Channel();
  grpc::ClientContext context;
  const pb::HeadRequest nothing;
  const std::unique_ptr<grpc::ClientReader<pb::HeadResponse>> watch(
      grpc::internal::ClientReaderFactory<pb::HeadResponse>::Create(channel.get(), method, &context,
                                                                    nothing));
  // The numbers stand in the first field of both messages.
  pb::HeadResponse status;
  ASSERT_TRUE(watch->Read(&status));
  EXPECT_EQ(status.position(), 1u);
  std::jthread stopping([this] { server_->Stop(); });
  ASSERT_TRUE(watch->Read(&status));
  EXPECT_EQ(status.position(), 2u);
  EXPECT_FALSE(watch->Read(&status));
  EXPECT_EQ(ErrorReason(log::FromGrpc(watch->Finish())), "SHUTTING_DOWN");
}

// Calls as fast as it can over a connection of its own, and counts how they end.
class Caller {
 public:
  Caller(const std::string& address, std::string method)
      : method_(std::move(method)), thread_([this, address](const std::stop_token& stop) {
          grpc::ChannelArguments arguments;
          arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
          const auto channel =
              grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
          std::string answer;
          while (!stop.stop_requested()) {
            Count(CallBytes(channel, method_, "", answer).error_code());
          }
        }) {}

  int answered() const { return answered_; }
  int unavailable() const { return unavailable_; }
  int others() const { return others_; }

 private:
  void Count(grpc::StatusCode code) {
    ++(code == grpc::StatusCode::OK            ? answered_
       : code == grpc::StatusCode::UNAVAILABLE ? unavailable_
                                               : others_);
  }

  const std::string method_;
  std::atomic<int> answered_ = 0;
  std::atomic<int> unavailable_ = 0;
  std::atomic<int> others_ = 0;
  std::jthread thread_;
};

TEST_F(QueuedRpcTest, WhoCallsWhileItStopsIsAnsweredOrToldToComeAgain) {
  for (int round = 0; round < 10; ++round) {
    Executor executor({.threads = 2, .queue_max = 8}, real_clock_);
    HeadService service(executor);
    EchoService echo;
    auto server = *Server::Start("127.0.0.1:0", {&service, &echo}, real_clock_);
    std::list<Caller> callers;
    for (int i = 0; i < 4; ++i) {
      callers.emplace_back(server->address(), "/test.Echo/Echo");
      callers.emplace_back(server->address(), "/mlup.log.v1.EventStore/Head");
    }
    const auto have = [&callers](int (Caller::*count)() const) {
      return std::all_of(callers.begin(), callers.end(),
                         [count](const Caller& caller) { return (caller.*count)() > 10; });
    };
    while (!have(&Caller::answered)) std::this_thread::yield();
    server.reset();
    while (!have(&Caller::unavailable)) std::this_thread::yield();
    for (const Caller& caller : callers) EXPECT_EQ(caller.others(), 0);
  }
}

// A method that is known by its descriptor only.
class UnaryRpcTest : public testing::Test {
 protected:
  std::shared_ptr<grpc::Channel> Channel() {
    return grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials());
  }

  ManualClock clock_{absl::FromUnixSeconds(1616000000)};
  Executor executor_{{.threads = 2, .queue_max = 8}, clock_};
  std::atomic<int> calls_ = 0;
  UnaryRpc rpc_{
      *pb::LookupRequest::descriptor()->file()->service(0)->FindMethodByName("Lookup"), executor_,
      [this](google::protobuf::Message& request, const log::AdmissionPtr&,
             const UnaryRpc::Done& done) {
        ++calls_;
        const auto& lookup = dynamic_cast<const pb::LookupRequest&>(request);
        if (lookup.key().request_id().empty()) {
          return done(FieldError(absl::StatusCode::kNotFound, "NOTHING_ASKED", "key", "no id"));
        }
        auto response = std::make_unique<pb::LookupResponse>();
        response->set_found(lookup.key().request_id() == "r-1");
        done(std::move(response));
      }};
  std::unique_ptr<Server> server_ = *Server::Start("127.0.0.1:0", {&rpc_}, clock_);
};

TEST_F(UnaryRpcTest, IsCalledAsTheMethodThatItIs) {
  const auto stub = pb::EventStore::NewStub(Channel());
  for (const bool found : {true, false}) {
    grpc::ClientContext context;
    pb::LookupRequest request;
    request.mutable_key()->set_request_id(found ? "r-1" : "r-2");
    pb::LookupResponse response;
    const grpc::Status status = stub->Lookup(&context, request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(response.found(), found);
  }
  grpc::ClientContext context;
  pb::LookupResponse response;
  const absl::Status refused = log::FromGrpc(stub->Lookup(&context, {}, &response));
  EXPECT_EQ(refused.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ErrorReason(refused), "NOTHING_ASKED");
  EXPECT_EQ(ErrorField(refused), "key");
  grpc::ClientContext other;
  pb::HeadResponse head;
  EXPECT_EQ(stub->Head(&other, {}, &head).error_code(), grpc::StatusCode::UNIMPLEMENTED)
      << "the service's other methods are not served";
}

TEST_F(UnaryRpcTest, BytesThatAreNoRequestAreRefused) {
  std::string answer;
  for (const std::string& bytes : {std::string("\xff\xff"), std::string("\x0a\x05"
                                                                        "ab")}) {
    const absl::Status status =
        log::FromGrpc(CallBytes(Channel(), "/mlup.log.v1.EventStore/Lookup", bytes, answer));
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(ErrorReason(status), "MESSAGE_INVALID");
  }
  EXPECT_EQ(calls_, 0);
}

TEST_F(UnaryRpcTest, TheLineOfTheLogNamesTheMethod) {
  testing::internal::CaptureStderr();
  std::string answer;
  EXPECT_FALSE(CallBytes(Channel(), "/mlup.log.v1.EventStore/Lookup", "\xff", answer).ok());
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              testing::HasSubstr(R"("method":"mlup.log.v1.EventStore/Lookup",)"
                                 R"("status":"INVALID_ARGUMENT","reason":"MESSAGE_INVALID")"));
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
  HeadService third(executor_);
  const auto on_socket = Server::Start(
      "unix:" + testing::TempDir() + "rpc_test" + std::to_string(getpid()), {&third}, clock_);
  EXPECT_TRUE(on_socket.ok()) << on_socket.status();
}

TEST(ExecutorTest, AFullQueueRefusesAndTheRestIsRun) {
  ManualClock clock{absl::UnixEpoch()};
  std::atomic<int> done = 0;
  // They outlive the thread that waits for them.
  std::latch running(1);
  std::latch release(1);
  {
    Executor executor({.threads = 1, .queue_max = 2}, clock);
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
