// What the queue promises of any service: every call ends, whatever becomes of its caller.
#include "eventstore/server/rpc_queue.h"

#include <atomic>
#include <chrono>
#include <latch>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <google/protobuf/wrappers.pb.h>
#include <grpc/support/time.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include "eventstore/base/clock.h"
#include "eventstore/base/executor.h"
#include "eventstore/base/mutex.h"
#include "eventstore/base/status.h"
#include "eventstore/client/grpc_status.h"
#include "eventstore/server/rpc_bytes.h"
#include "eventstore/server/test_server.h"

namespace mlup::log::rpc_queue_test {
namespace {

using Text = google::protobuf::StringValue;

constexpr auto kLong = std::chrono::seconds(20);

// A span, which gRPC adds to its own clock.
gpr_timespec After(std::chrono::milliseconds span) {
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                      gpr_time_from_millis(span.count(), GPR_TIMESPAN));
}

Text TextOf(std::string value) {
  Text text;
  text.set_value(std::move(value));
  return text;
}

// A number that tests wait for.
class Count {
 public:
  void Add(int more = 1) {
    MutexLock lock(mutex_);
    value_ += more;
    changed_.NotifyAll();
  }
  int Get() {
    MutexLock lock(mutex_);
    return value_;
  }
  // False when it is not `least` before `most` has passed without a change.
  bool WaitFor(int least, std::chrono::milliseconds most = kLong) {
    MutexLock lock(mutex_);
    while (value_ < least && changed_.WaitFor(mutex_, most)) {
    }
    return value_ >= least;
  }

 private:
  Mutex mutex_;
  Condition changed_;
  int value_ ABSL_GUARDED_BY(mutex_) = 0;
};

// What the test sees of the service.
struct Seen {
  Count worked;
  Count written;
  Count cancelled;
  Count done;
  Count rounds;
};

// Writes without end until the caller leaves, or echoes what is read until the caller has said all.
class Speaker final : public StreamReactor {
 public:
  Speaker(StreamCall& call, Seen& seen, bool echoes) : call_(call), seen_(seen), echoes_(echoes) {
    echoes_ ? call_.Read() : call_.Write(TextOf(std::string(1 << 16, 'x')));
  }

  void OnReadDone(bool ok) override {
    if (!ok) return call_.Finish(absl::OkStatus());
    Text text;
    if (const absl::Status read = call_.Take(text); !read.ok()) return call_.Finish(read);
    call_.Write(text);
  }
  void OnWriteDone(bool ok) override {
    seen_.written.Add();
    if (!ok) return call_.Finish(absl::CancelledError("gone"));
    echoes_ ? call_.Read() : call_.Write(TextOf(std::string(1 << 16, 'x')));
  }
  void OnCancel() override { seen_.cancelled.Add(); }
  void OnDone() override {
    seen_.done.Add();
    delete this;
  }

 private:
  StreamCall& call_;
  Seen& seen_;
  const bool echoes_;
};

// Says nothing, and ends when it is told to.
class Listener final : public StreamReactor {
 public:
  Listener(StreamCall& call, Seen& seen) : call_(call), seen_(seen) {
    call_.Write(TextOf("begins"));
  }

  void OnCancel() override {
    seen_.cancelled.Add();
    call_.Finish(absl::CancelledError("gone"));
  }
  void OnDone() override {
    seen_.done.Add();
    delete this;
  }

 private:
  StreamCall& call_;
  Seen& seen_;
};

// Lets everybody in who shows the word, until it says no.
class TestDoor final : public CallDoor {
 public:
  absl::StatusOr<AdmissionPtr> Admit(std::string_view method,
                                     std::string_view authorization) override {
    last_method = method;
    if (authorization != "word" || says_no) return No();
    return std::make_shared<const Admitted>(*this);
  }
  static absl::Status No() {
    return Error(absl::StatusCode::kUnauthenticated, "NOT_YOU", "the word is wrong");
  }

  std::string last_method;
  std::atomic<bool> says_no = false;

 private:
  class Admitted final : public Admission {
   public:
    explicit Admitted(const TestDoor& door) : door_(door) {}
    absl::Status Holds() const override { return door_.says_no ? No() : absl::OkStatus(); }
    absl::Status MayAsk(const google::protobuf::Message&) const override {
      return absl::OkStatus();
    }

   private:
    const TestDoor& door_;
  };
};

class TestService final : public RpcService {
 public:
  TestService(Seen& seen, Executor& executor) : RpcService("test.Service"), seen_(seen) {
    Unary<Text>("Echo", [](UnaryCall& call, const Text& text) { call.Answer(text); });
    Unary<Text, Text>("Work", executor, [this](const Text& text) -> absl::StatusOr<Text> {
      seen_.worked.Add();
      if (text.value() == "no") return Error(absl::StatusCode::kAborted, "REFUSED", "as asked");
      return text;
    });
    BidiStream("Listen", [this](StreamCall& call) { return new Listener(call, seen_); });
    ServerStream("Talk", [this](StreamCall& call) { return new Speaker(call, seen_, false); });
    BidiStream("Repeat", [this](StreamCall& call) { return new Speaker(call, seen_, true); });
    BidiStream("Never", [](StreamCall& call) -> StreamReactor* {
      call.Finish(Error(absl::StatusCode::kPermissionDenied, "NEVER", "not opened"));
      return nullptr;
    });
  }
  void EndRound() override { seen_.rounds.Add(); }

 private:
  Seen& seen_;
};

// One call of bytes.
class Call {
 public:
  Call(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
       std::chrono::milliseconds timeout = kLong)
      : stub_(channel) {
    context_.set_deadline(After(timeout));
    call_ = stub_.PrepareCall(&context_, method, &queue_);
  }

  grpc::ClientContext& context() { return context_; }
  void Start() {
    call_->StartCall(this);
    Next();
  }
  bool Write(const std::string& bytes) {
    const grpc::Slice slice(bytes);
    call_->Write(grpc::ByteBuffer(&slice, 1), this);
    return Next();
  }
  void WritesDone() {
    call_->WritesDone(this);
    Next();
  }
  std::optional<std::string> Read() {
    grpc::ByteBuffer bytes;
    call_->Read(&bytes, this);
    Text text;
    if (!Next() || !FromBytes(bytes, text).ok()) return std::nullopt;
    return text.value();
  }
  absl::Status Finish() {
    grpc::Status status;
    call_->Finish(&status, this);
    Next();
    return FromGrpc(status);
  }

 private:
  bool Next() {
    void* tag = nullptr;
    bool ok = false;
    EXPECT_TRUE(queue_.Next(&tag, &ok));
    return ok;
  }

  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
};

class RpcQueueTest : public testing::Test {
 protected:
  explicit RpcQueueTest(bool has_door = false) : has_door_(has_door) {}

  std::unique_ptr<Call> Open(const std::string& method) {
    return std::make_unique<Call>(channel_, "/test.Service/" + method);
  }
  std::unique_ptr<Call> Sent(const std::string& method, const std::string& bytes) {
    auto call = Open(method);
    call->Start();
    call->Write(bytes);
    call->WritesDone();
    return call;
  }
  absl::StatusOr<std::string> Ask(const std::string& method, const std::string& bytes) {
    const auto call = Sent(method, bytes);
    const std::optional<std::string> answer = call->Read();
    RETURN_IF_ERROR(call->Finish());
    return answer.value_or("nothing");
  }
  absl::StatusOr<std::string> AskText(const std::string& method, const std::string& text) {
    return Ask(method, TextOf(text).SerializeAsString());
  }
  // Occupies the executor's only thread until the latch is passed.
  void Occupy(std::latch& until) {
    auto begun = std::make_shared<std::latch>(1);
    executor_.Run([begun, &until] {
      begun->count_down();
      until.wait();
    });
    begun->wait();
  }

  const bool has_door_;
  TestDoor door_;
  Seen seen_;
  Executor executor_{{"test", 1, 3}};
  TestService service_{seen_, executor_};
  std::unique_ptr<TestServer> server_ = std::make_unique<TestServer>(
      std::vector<RpcService*>{&service_}, 0, has_door_ ? &door_ : nullptr);
  std::shared_ptr<grpc::Channel> channel_ = server_->Connect();
};

TEST_F(RpcQueueTest, AnswersAndErrorsArriveWithTheirReason) {
  EXPECT_EQ(*AskText("Echo", "hello"), "hello");
  EXPECT_EQ(*AskText("Work", "hello"), "hello");
  EXPECT_EQ(ErrorReason(AskText("Work", "no").status()), "REFUSED");
  EXPECT_EQ(ErrorReason(Ask("Never", "").status()), "NEVER");
  EXPECT_GT(seen_.rounds.Get(), 0);
}

TEST_F(RpcQueueTest, WhatIsNotAMethodIsUnimplemented) {
  EXPECT_EQ(AskText("Other", "hello").status().code(), absl::StatusCode::kUnimplemented);
  Call other(channel_, "/test.Other/Echo");
  other.Start();
  EXPECT_EQ(other.Finish().code(), absl::StatusCode::kUnimplemented);
}

TEST_F(RpcQueueTest, BytesThatAreNoMessageAreRefused) {
  for (const char* const method : {"Echo", "Work", "Repeat"}) {
    const absl::Status status = Ask(method, "\xff\xff").status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << method;
    EXPECT_EQ(ErrorReason(status), "MESSAGE_INVALID") << method;
  }
  EXPECT_EQ(seen_.worked.Get(), 0);
}

TEST_F(RpcQueueTest, AMessageThatIsTooLargeIsRefusedAndOthersGoOn) {
  const std::string large(5 << 20, 'x');
  for (const char* const method : {"Echo", "Work"}) {
    EXPECT_EQ(AskText(method, large).status().code(), absl::StatusCode::kResourceExhausted);
  }
  EXPECT_EQ(*AskText("Echo", "hello"), "hello");
}

TEST_F(RpcQueueTest, ACallWithoutItsRequestEnds) {
  for (const char* const method : {"Echo", "Work", "Talk"}) {
    const auto call = Open(method);
    call->Start();
    call->WritesDone();
    EXPECT_FALSE(call->Finish().ok()) << method;
  }
  EXPECT_EQ(*AskText("Echo", "hello"), "hello");
}

TEST_F(RpcQueueTest, WorkWhoseCallerNoLongerWaitsIsNotDone) {
  std::latch free(1);
  Occupy(free);
  Call late(channel_, "/test.Service/Work", std::chrono::milliseconds(30));
  late.Start();
  late.Write(TextOf("late").SerializeAsString());
  EXPECT_EQ(late.Finish().code(), absl::StatusCode::kDeadlineExceeded);
  const auto left = Sent("Work", TextOf("left").SerializeAsString());
  EXPECT_EQ(*AskText("Echo", "hello"), "hello") << "it comes after that on the same connection";
  left->context().TryCancel();
  EXPECT_EQ(left->Finish().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(*AskText("Echo", "hello"), "hello") << "the queue has seen the leaving before this";
  free.count_down();
  EXPECT_EQ(*AskText("Work", "hello"), "hello");
  EXPECT_EQ(seen_.worked.Get(), 1);
}

TEST_F(RpcQueueTest, WhenTheExecutorsQueueIsFullFurtherCallsAreRefusedAtOnce) {
  std::latch free(1);
  Occupy(free);
  std::vector<std::unique_ptr<Call>> waiting;
  waiting.reserve(3);
  for (int i = 0; i < 3; ++i) waiting.push_back(Sent("Work", ""));
  EXPECT_EQ(ErrorReason(AskText("Work", "").status()), "QUEUE_FULL");
  free.count_down();
  for (const auto& call : waiting) {
    EXPECT_EQ(call->Read(), "");
    EXPECT_EQ(call->Finish(), absl::OkStatus());
  }
}

TEST_F(RpcQueueTest, AStreamEchoesUntilItsCallerHasSaidAll) {
  const auto call = Open("Repeat");
  call->Start();
  for (const char* const text : {"one", "two", "three"}) {
    ASSERT_TRUE(call->Write(TextOf(text).SerializeAsString()));
    EXPECT_EQ(call->Read(), text);
  }
  call->WritesDone();
  EXPECT_EQ(call->Read(), std::nullopt);
  EXPECT_EQ(call->Finish(), absl::OkStatus());
  EXPECT_TRUE(seen_.done.WaitFor(1));
  EXPECT_EQ(seen_.cancelled.Get(), 0);
}

TEST_F(RpcQueueTest, WhoDoesNotReadIsNotWrittenToAndCostsNobodyElse) {
  const auto call = Sent("Talk", "");
  EXPECT_TRUE(seen_.written.WaitFor(1));
  // Until nothing is written for a while.
  for (int seen = 0; seen_.written.WaitFor(seen + 1, std::chrono::milliseconds(200));) {
    seen = seen_.written.Get();
  }
  EXPECT_LT(seen_.written.Get(), 1000);
  EXPECT_EQ(*AskText("Echo", "hello"), "hello");
  call->context().TryCancel();
  EXPECT_TRUE(seen_.done.WaitFor(1));
  EXPECT_EQ(seen_.cancelled.Get(), 1);
}

TEST_F(RpcQueueTest, AStreamLearnsThatItsCallerHasLeft) {
  const auto call = Open("Repeat");
  call->Start();
  ASSERT_TRUE(call->Write(TextOf("one").SerializeAsString()));
  EXPECT_EQ(call->Read(), "one");
  call->context().TryCancel();
  EXPECT_TRUE(seen_.done.WaitFor(1));
  EXPECT_EQ(seen_.cancelled.Get(), 1);
}

class DoorTest : public RpcQueueTest {
 protected:
  DoorTest() : RpcQueueTest(true) {}

  std::unique_ptr<Call> OpenAs(const std::string& word, const std::string& method) {
    auto call = Open(method);
    call->context().AddMetadata("authorization", word);
    call->Start();
    return call;
  }
};

TEST_F(DoorTest, EveryKindOfCallIsAskedForTheWord) {
  EXPECT_EQ(ErrorReason(Ask("Echo", "").status()), "NOT_YOU");
  EXPECT_EQ(door_.last_method, "test.Service/Echo");
  EXPECT_EQ(ErrorReason(Ask("Work", "").status()), "NOT_YOU");
  EXPECT_EQ(seen_.worked.Get(), 0);
  for (const char* const method : {"Talk", "Repeat", "Listen"}) {
    const auto call = OpenAs("another word", method);
    EXPECT_EQ(call->Read(), std::nullopt) << method;
    EXPECT_EQ(ErrorReason(call->Finish()), "NOT_YOU") << method;
  }
  const auto call = OpenAs("word", "Repeat");
  EXPECT_TRUE(call->Write(TextOf("a").SerializeAsString()));
  EXPECT_EQ(call->Read(), "a");
}

TEST_F(DoorTest, WhatIsRevokedEndsWithItsReasonWithinASecond) {
  const auto call = OpenAs("word", "Listen");
  EXPECT_EQ(call->Read(), "begins");
  const absl::Time revoked = SystemClock().Now();
  door_.says_no = true;
  EXPECT_EQ(call->Read(), std::nullopt);
  EXPECT_LT(SystemClock().Now() - revoked, absl::Seconds(1));
  EXPECT_EQ(ErrorReason(call->Finish()), "NOT_YOU");
  EXPECT_TRUE(seen_.done.WaitFor(1));
}

TEST_F(DoorTest, WhoDoesNotReadIsCutOff) {
  const auto call = OpenAs("word", "Talk");
  call->Write(TextOf("").SerializeAsString());
  call->WritesDone();
  EXPECT_TRUE(seen_.written.WaitFor(1));
  door_.says_no = true;
  EXPECT_TRUE(seen_.done.WaitFor(1)) << "although nobody takes what it says";
}

TEST_F(RpcQueueTest, AServerThatIsShutDownEndsEveryCall) {
  std::latch free(1);
  Occupy(free);
  const auto working = Sent("Work", TextOf("hello").SerializeAsString());
  const auto talking = Sent("Talk", "");
  const auto repeating = Open("Repeat");
  repeating->Start();
  EXPECT_EQ(*AskText("Echo", "hello"), "hello") << "it comes after those on the same connection";
  EXPECT_TRUE(seen_.written.WaitFor(1));
  Count ended;
  std::jthread shutting([this, &ended] {
    // Those that are still open then are cancelled.
    server_->server().Shutdown(After(std::chrono::milliseconds(50)));
    server_.reset();
    ended.Add();
  });
  EXPECT_FALSE(repeating->Finish().ok());
  EXPECT_FALSE(working->Finish().ok());
  EXPECT_TRUE(seen_.done.WaitFor(2));
  EXPECT_EQ(ended.Get(), 0) << "it waits for what the service still has in hand";
  free.count_down();
  EXPECT_TRUE(ended.WaitFor(1));
  EXPECT_EQ(seen_.worked.Get(), 0);
}

}  // namespace
}  // namespace mlup::log::rpc_queue_test
