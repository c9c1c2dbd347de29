// What the client's session promises whatever becomes of the server.
#include "eventstore/client/append_session.h"

#include <atomic>
#include <functional>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "eventstore/base/limits.h"
#include "eventstore/base/mutex.h"
#include "eventstore/base/status.h"
#include "eventstore/client/grpc_event_log.h"
#include "eventstore/log/forwarding_event_log.h"
#include "eventstore/log/memory_event_log.h"
#include "eventstore/log/test_appends.h"
#include "eventstore/server/event_store_service.h"
#include "eventstore/server/test_server.h"

namespace mlup::log::append_session_test {
namespace {

using Results = GrpcEventLog::AppendResults;

// Puts appends off until it is told to go on.
class SlowLog final : public ForwardingEventLog {
 public:
  explicit SlowLog(const Clock& clock) : ForwardingEventLog(memory_), memory_(clock) {}

  void Hold() {
    MutexLock lock(mutex_);
    holds_ = true;
  }
  void GoOn() {
    std::vector<std::function<void()>> held;
    {
      MutexLock lock(mutex_);
      holds_ = false;
      held.swap(held_);
    }
    for (const auto& append : held) append();
  }

  void AppendLater(const std::vector<const pb::AppendRequest*>& requests,
                   std::function<void(Results)> done) override {
    auto append = [this, requests, done = std::move(done)] { log().AppendLater(requests, done); };
    {
      MutexLock lock(mutex_);
      if (holds_) return held_.push_back(std::move(append));
    }
    append();
  }

 private:
  MemoryEventLog memory_;
  Mutex mutex_;
  bool holds_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::function<void()>> held_ ABSL_GUARDED_BY(mutex_);
};

class AppendSessionClientTest : public testing::Test {
 protected:
  AppendSessionClientTest() { Serve(); }
  ~AppendSessionClientTest() override {
    log_.GoOn();
    Shutdown();
  }

  void Serve() {
    service_ = std::make_unique<EventStoreService>(
        log_, clock_, [](const pb::Event&, std::string_view) { return absl::OkStatus(); });
    server_ = std::make_unique<TestServer>(std::vector<RpcService*>{service_.get()}, port_);
    port_ = server_->port();
  }
  void Shutdown() {
    service_->EndStreams();
    server_.reset();
    service_.reset();
  }

  std::vector<pb::AppendRequest> Requests(std::size_t count) {
    std::vector<pb::AppendRequest> requests;
    requests.reserve(count);
    for (std::size_t i = 0; i < count; ++i) requests.push_back(appends_.To(appends_.Stream()));
    return requests;
  }

  // Asks for each by itself and waits for none; counts `over` down for each answer.
  static void AskEach(GrpcEventLog& client, const std::vector<pb::AppendRequest>& requests,
                      std::vector<std::string>& reasons, std::latch& over) {
    for (std::size_t i = 0; i < requests.size(); ++i) {
      client.AppendLater({&requests[i]}, [&reasons, &over, i](const Results& results) {
        reasons[i] = results[0].ok() ? "OK" : ErrorReason(results[0].status());
        over.count_down();
      });
    }
  }

  std::uint64_t Head() { return log_.Head()->value; }

  ManualClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  Appends appends_{6};
  SlowLog log_{clock_};
  int port_ = 0;
  std::unique_ptr<EventStoreService> service_;
  std::unique_ptr<TestServer> server_;
};

TEST_F(AppendSessionClientTest, ManyThreadsAreEachAnsweredOnce) {
  GrpcEventLog client(server_->Connect());
  constexpr int kThreads = 64;
  constexpr int kEach = 50;
  std::atomic<int> taken = 0;
  {
    std::vector<std::jthread> threads;
    threads.reserve(kThreads);
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&] {
        const std::string stream = appends_.Stream();
        for (std::uint64_t i = 0; i < kEach; ++i) {
          pb::AppendRequest request = appends_.To(stream);
          if (i > 0) request.mutable_writes(0)->mutable_expected()->set_revision(i);
          const auto response = client.Append(request);
          if (response.ok() && response->streams(0).first_revision() == i + 1) ++taken;
        }
      });
    }
  }
  EXPECT_EQ(taken, kThreads * kEach);
  EXPECT_EQ(Head(), static_cast<std::uint64_t>(kThreads * kEach));
}

TEST_F(AppendSessionClientTest, WhoIsToldMayAskAgainAtOnce) {
  GrpcEventLog client(server_->Connect());
  const std::vector<pb::AppendRequest> requests = Requests(500);
  std::latch over(1);
  std::size_t next = 0;
  std::function<void()> ask = [&] {
    if (next == requests.size()) return over.count_down();
    client.AppendLater({&requests[next++]}, [&](const Results& results) {
      EXPECT_EQ(results[0].status(), absl::OkStatus());
      ask();
    });
  };
  ask();
  over.wait();
  EXPECT_EQ(Head(), requests.size());
}

TEST_F(AppendSessionClientTest, AppendsAskedTogetherAreToldTogetherInTheirOrder) {
  GrpcEventLog client(server_->Connect());
  // More than a message holds.
  std::vector<pb::AppendRequest> requests = Requests(3 * kSessionBatchMax);
  requests[1].mutable_writes(0)->mutable_expected()->set_revision(9);
  std::vector<const pb::AppendRequest*> asked;
  asked.reserve(requests.size());
  for (const pb::AppendRequest& request : requests) asked.push_back(&request);
  std::latch over(1);
  client.AppendLater(asked, [&](const Results& results) {
    EXPECT_EQ(results.size(), requests.size());
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (i == 1) {
        EXPECT_EQ(ErrorReason(results[i].status()), "VERSION_MISMATCH");
      } else if (results[i].ok()) {
        EXPECT_EQ(results[i]->event_ids(0), requests[i].writes(0).events(0).event_id());
      } else {
        ADD_FAILURE() << results[i].status();
      }
    }
    over.count_down();
  });
  over.wait();
}

TEST_F(AppendSessionClientTest, ABrokenCallAnswersAllAndARepetitionAppendsNothingTwice) {
  GrpcEventLog client(server_->Connect());
  const std::vector<pb::AppendRequest> requests = Requests(200);
  std::vector<std::string> reasons(requests.size());
  ASSERT_TRUE(client.Append(appends_.To(appends_.Stream())).ok());
  log_.Hold();
  {
    std::latch over(200);
    AskEach(client, requests, reasons, over);
    // Cuts calls off that are not answered.
    server_->server().Shutdown(std::chrono::system_clock::time_point());
    over.wait();
  }
  for (const std::string& reason : reasons) EXPECT_NE(reason, "OK");
  log_.GoOn();
  Shutdown();
  Serve();
  for (const pb::AppendRequest& request : requests) {
    absl::Status status;
    do {
      status = client.Append(request).status();
    } while (absl::IsUnavailable(status));
    EXPECT_EQ(status, absl::OkStatus());
  }
  EXPECT_EQ(Head(), requests.size() + 1);
}

TEST_F(AppendSessionClientTest, ASlowServerBoundsWhatWaits) {
  GrpcEventLog client(server_->Connect(), {.call_timeout = absl::Minutes(5)});
  log_.Hold();
  const std::vector<pb::AppendRequest> requests =
      Requests(kSessionOpenMax + kSessionBatchMax + kClientQueueMax + 100);
  std::vector<std::string> reasons(requests.size());
  std::latch over(static_cast<std::ptrdiff_t>(requests.size()));
  AskEach(client, requests, reasons, over);
  EXPECT_EQ(reasons.back(), "QUEUE_FULL");
  log_.GoOn();
  over.wait();
  std::uint64_t taken = 0;
  for (const std::string& reason : reasons) {
    EXPECT_TRUE(reason == "OK" || reason == "QUEUE_FULL") << reason;
    if (reason == "OK") ++taken;
  }
  EXPECT_GE(taken, kClientQueueMax);
  EXPECT_EQ(Head(), taken);
}

TEST_F(AppendSessionClientTest, WhoWaitsTooLongIsToldAndTheSessionGoesOn) {
  GrpcEventLog client(server_->Connect(), {.call_timeout = absl::Seconds(1)});
  ASSERT_TRUE(client.Append(appends_.To(appends_.Stream())).ok());
  log_.Hold();
  EXPECT_EQ(ErrorReason(client.Append(appends_.To(appends_.Stream())).status()), "APPEND_TOO_SLOW");
  log_.GoOn();
  EXPECT_EQ(client.Append(appends_.To(appends_.Stream())).status(), absl::OkStatus());
  EXPECT_EQ(Head(), 3u);
}

TEST_F(AppendSessionClientTest, AClientThatGoesTellsAllWhoWait) {
  log_.Hold();
  const std::vector<pb::AppendRequest> requests = Requests(2 * kSessionOpenMax);
  std::vector<std::string> reasons(requests.size());
  std::vector<std::string> again(requests.size());
  {
    GrpcEventLog client(server_->Connect());
    for (std::size_t i = 0; i < requests.size(); ++i) {
      client.AppendLater({&requests[i]}, [&, i](const Results& results) {
        reasons[i] += ErrorReason(results[0].status());
        client.AppendLater({&requests[i]}, [&again, i](const Results& more) {
          again[i] += ErrorReason(more[0].status());
        });
      });
    }
  }
  for (const std::string& reason : reasons) EXPECT_EQ(reason, "SESSION_ENDED");
  for (const std::string& reason : again) EXPECT_EQ(reason, "LOG_CLOSING");
}

TEST_F(AppendSessionClientTest, WithoutAServerEachIsToldAtOnce) {
  const auto channel = server_->Connect();
  Shutdown();
  {
    GrpcEventLog client(channel);
    const std::vector<pb::AppendRequest> requests = Requests(100);
    std::vector<std::string> reasons(requests.size());
    std::latch over(100);
    AskEach(client, requests, reasons, over);
    over.wait();
    for (const std::string& reason : reasons) EXPECT_NE(reason, "OK");
  }
  Serve();
}

}  // namespace
}  // namespace mlup::log::append_session_test
