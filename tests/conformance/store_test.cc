// Holds the log on disk, and the log behind gRPC, to the suite.
#include <filesystem>

#include "eventstore/base/check.h"
#include "eventstore/client/grpc_event_log.h"
#include "eventstore/log/memory_event_log.h"
#include "eventstore/log/rocks_event_log.h"
#include "eventstore/server/event_store_service.h"
#include "eventstore/server/test_server.h"
#include "tests/conformance/event_log_suite.h"

namespace mlup::log {
namespace {

// A store in a folder of its own, removed afterwards.
class OnDisk final : public LogUnderTest {
 public:
  explicit OnDisk(const Clock& clock)
      : path_(testing::TempDir() + "conformance-" + Appends(SystemRandom().Next()).Id()) {
    auto log = RocksEventLog::Open({.path = path_ + "/log"}, clock);
    CHECK(log.ok());
    log_ = *std::move(log);
  }
  ~OnDisk() override {
    log_.reset();
    std::filesystem::remove_all(path_);
  }
  EventLog& log() override { return *log_; }

 private:
  const std::string path_;
  std::unique_ptr<RocksEventLog> log_;
};

// A server in this process over the log in memory, and a client.
class OverGrpc final : public LogUnderTest {
 public:
  explicit OverGrpc(const Clock& clock) : memory_(clock), service_(memory_, clock, nullptr) {
    server_ = std::make_unique<TestServer>(std::vector<RpcService*>{&service_});
    client_ = std::make_unique<GrpcEventLog>(server_->Channel());
  }
  ~OverGrpc() override {
    service_.EndStreams();
    server_.reset();
  }
  EventLog& log() override { return *client_; }
  EventLog& held() override { return memory_; }

 private:
  MemoryEventLog memory_;
  EventStoreService service_;
  std::unique_ptr<TestServer> server_;
  std::unique_ptr<GrpcEventLog> client_;
};

template <typename Log>
LogFactory FactoryOf(const std::string& name) {
  return {name, [](ManualClock& clock) { return std::make_unique<Log>(clock); }};
}

INSTANTIATE_TEST_SUITE_P(Logs, EventLogSuite,
                         testing::Values(FactoryOf<OnDisk>("Rocks"), FactoryOf<OverGrpc>("Grpc")),
                         FactoryName);

}  // namespace
}  // namespace mlup::log
