// What only the sessions promise: answers by number, bounds, and an end that loses nothing.
#include "eventstore/server/append_sessions.h"

#include <atomic>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <grpcpp/client_context.h>
#include <gtest/gtest.h>

#include "eventstore/base/limits.h"
#include "eventstore/base/mutex.h"
#include "eventstore/base/status.h"
#include "eventstore/client/grpc_event_log.h"
#include "eventstore/client/grpc_status.h"
#include "eventstore/log/error_pb.h"
#include "eventstore/log/memory_event_log.h"
#include "eventstore/log/test_appends.h"
#include "eventstore/server/event_store_service.h"
#include "eventstore/server/test_server.h"
#include "mlup/log/v1/event_store.grpc.pb.h"

namespace mlup::log::append_sessions_test {
namespace {

// One server on one log, as often as it is started anew.
class AppendSessionsTest : public testing::Test {
 protected:
  AppendSessionsTest() { Serve(); }
  ~AppendSessionsTest() override { Shutdown(); }

  void Serve() {
    service_ = std::make_unique<EventStoreService>(log_, clock_, nullptr);
    server_ = std::make_unique<TestServer>(std::vector<RpcService*>{service_.get()}, port_);
    port_ = server_->port();
    channel_ = server_->Connect();
    stub_ = pb::EventStore::NewStub(channel_);
  }
  void Shutdown() {
    service_->EndStreams();
    server_.reset();
    service_.reset();
  }

  struct Session {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReaderWriter<pb::AppendSessionRequest, pb::AppendSessionResponse>>
        call;

    // The answers that come next, `count` of them, by number.
    std::map<std::uint64_t, std::string> Answers(std::size_t count) {
      std::map<std::uint64_t, std::string> answers;
      pb::AppendSessionResponse response;
      while (answers.size() < count && call->Read(&response)) {
        for (const pb::AppendOutcome& outcome : response.outcomes()) {
          answers[outcome.number()] = outcome.has_refused()
                                          ? ErrorReason(FromRefusal(outcome.refused()))
                                          : std::to_string(outcome.appended().first_position());
        }
      }
      return answers;
    }
    absl::Status End() { return FromGrpc(call->Finish()); }
  };

  std::unique_ptr<Session> Open() {
    auto session = std::make_unique<Session>();
    session->call = stub_->AppendSession(&session->context);
    return session;
  }

  ManualClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  Appends appends_{5};
  MemoryEventLog log_{clock_};
  int port_ = 0;
  std::unique_ptr<EventStoreService> service_;
  std::unique_ptr<TestServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<pb::EventStore::Stub> stub_;
};

TEST_F(AppendSessionsTest, EachAppendIsAnsweredByItsNumberWhateverBecomesOfTheOthers) {
  const auto session = Open();
  const std::string stream = appends_.Stream();
  pb::AppendSessionRequest request;
  *request.add_appends() = appends_.To(stream);
  *request.add_appends() = appends_.Empty();
  appends_.Add(*request.mutable_appends(1), stream).set_no_stream(true);
  *request.add_appends() = appends_.To("system/log");
  *request.add_appends() = appends_.To(stream);
  ASSERT_TRUE(session->call->Write(request));
  pb::AppendSessionRequest more;
  *more.add_appends() = request.appends(0);
  ASSERT_TRUE(session->call->Write(more));
  EXPECT_THAT(session->Answers(5),
              testing::ElementsAre(testing::Pair(1, "1"), testing::Pair(2, "VERSION_MISMATCH"),
                                   testing::Pair(3, "CATEGORY_CLOSED"), testing::Pair(4, "2"),
                                   testing::Pair(5, "1")));
  session->call->WritesDone();
  EXPECT_EQ(session->End(), absl::OkStatus());
}

TEST_F(AppendSessionsTest, AMessageHoldsOneAppendAtLeastAndNotTooMany) {
  for (const std::size_t count : {std::size_t{0}, kSessionBatchMax + 1}) {
    const auto session = Open();
    pb::AppendSessionRequest request;
    for (std::size_t i = 0; i < count; ++i) *request.add_appends() = appends_.To("case/x");
    session->call->Write(request);
    EXPECT_TRUE(session->Answers(1).empty());
    EXPECT_EQ(ErrorReason(session->End()), "SESSION_INVALID") << count;
  }
  EXPECT_EQ(log_.Head()->value, 0u);
}

TEST_F(AppendSessionsTest, WhoDoesNotReadItsAnswersIsNotReadFrom) {
  const auto session = Open();
  pb::AppendSessionRequest request;
  // Large ids make large answers, so that gRPC's own windows are small beside them.
  for (std::size_t i = 0; i < 64; ++i) *request.add_appends() = appends_.To(appends_.Stream(), 32);
  Mutex mutex;
  Condition moved;
  int written = 0;
  std::jthread writer([&] {
    for (int i = 0; i < 400; ++i) {
      for (auto& append : *request.mutable_appends()) {
        append.mutable_key()->set_request_id(appends_.Id());
        for (auto& event : *append.mutable_writes(0)->mutable_events()) {
          event.set_event_id(appends_.Id());
        }
      }
      if (!session->call->Write(request)) return;
      MutexLock lock(mutex);
      ++written;
      moved.NotifyOne();
    }
  });
  {
    MutexLock lock(mutex);
    while (written < 400 && moved.WaitFor(mutex, std::chrono::milliseconds(500))) {
    }
    EXPECT_LT(written, 400);
  }
  // Others go on.
  GrpcEventLog other(grpc::CreateChannel("127.0.0.1:" + std::to_string(port_),
                                         grpc::InsecureChannelCredentials()));
  EXPECT_TRUE(other.Append(appends_.To(appends_.Stream())).ok());
  session->context.TryCancel();
}

TEST_F(AppendSessionsTest, SessionsAreBounded) {
  std::vector<std::unique_ptr<Session>> sessions;
  pb::AppendSessionRequest request;
  for (std::size_t i = 0; i < kSessionsMax; ++i) {
    sessions.push_back(Open());
    request.Clear();
    *request.add_appends() = appends_.To("case/x");
    ASSERT_TRUE(sessions.back()->call->Write(request));
    ASSERT_EQ(sessions.back()->Answers(1).size(), 1u);
  }
  EXPECT_EQ(ErrorReason(Open()->End()), "SESSIONS_FULL");
  for (const auto& session : sessions) session->context.TryCancel();
}

TEST_F(AppendSessionsTest, CallersShareACallAndFindTheServerAgain) {
  GrpcEventLog client(channel_);
  std::atomic<int> appended = 0;
  std::atomic<bool> stop = false;
  {
    std::vector<std::jthread> callers;
    callers.reserve(16);
    for (int caller = 0; caller < 16; ++caller) {
      callers.emplace_back([&] {
        while (!stop) {
          const pb::AppendRequest request = appends_.To(appends_.Stream());
          // Repeated with its key until there is an answer.
          while (true) {
            const auto response = client.Append(request);
            if (response.ok()) break;
            ASSERT_EQ(response.status().code(), absl::StatusCode::kUnavailable)
                << response.status();
          }
          ++appended;
        }
      });
    }
    for (int restart = 0; restart < 3; ++restart) {
      for (const int seen = appended; appended < seen + 200 && !HasFailure();)
        std::this_thread::yield();
      Shutdown();
      Serve();
    }
    stop = true;
  }
  EXPECT_EQ(log_.Head()->value, static_cast<std::uint64_t>(appended));
}

}  // namespace
}  // namespace mlup::log::append_sessions_test
