// Measures subscriptions of a running daemon from outside, over real gRPC, and prints one line of
// JSON: how fast one catches up, how late an event arrives, how many deliveries a second many get,
// and what a reader that stops costs.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <functional>
#include <iostream>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include <CLI/CLI.hpp>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <nlohmann/json.hpp>

#include "eventstore/base/check.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/limits.h"
#include "eventstore/base/mutex.h"
#include "mlup/log/v1/event_store.grpc.pb.h"
#include "tests/bench/invented_log.h"

namespace mlup::bench {
namespace {

namespace pb = log::v1;
using Json = nlohmann::ordered_json;
using Stub = std::unique_ptr<pb::EventStore::Stub>;

struct Options {
  std::string server;
  int server_pid = 0;
  std::uint64_t events = 100'000;
  std::size_t append = 128;  // events of one append
  int subscribers = 64;
  double rate = 500;  // appends a second
  double seconds = 5;
  std::uint64_t seed = 1;
};

double SecondsSince(absl::Time begun) { return absl::ToDoubleSeconds(SystemClock().Now() - begun); }

double Quantile(std::vector<double> values, double share) {
  CHECK(!values.empty());
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<std::size_t>(share * static_cast<double>(values.size()));
  return values[std::min(rank, values.size() - 1)];
}

// A connection of its own, as another program has it.
Stub Connect(const Options& options) {
  static std::atomic<int> number = 0;
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt("mlup.connection", ++number);
  arguments.SetMaxReceiveMessageSize(static_cast<int>(kMessageSendMax));
  return pb::EventStore::NewStub(
      grpc::CreateCustomChannel(options.server, grpc::InsecureChannelCredentials(), arguments));
}

std::uint64_t Head(pb::EventStore::Stub& stub) {
  grpc::ClientContext context;
  pb::HeadResponse response;
  CHECK(stub.Head(&context, {}, &response).ok());
  return response.position();
}

std::uint64_t Append(pb::EventStore::Stub& stub, const pb::AppendRequest& request) {
  grpc::ClientContext context;
  pb::AppendResponse response;
  const grpc::Status status = stub.Append(&context, request, &response);
  if (!status.ok()) CheckFailed(__FILE__, __LINE__, status.error_message().c_str());
  return response.last_position();
}

// Appends `events` events, from a few threads.
double Fill(const Options& options, std::uint64_t events, std::uint64_t seed) {
  constexpr int kThreads = 4;
  std::atomic<std::uint64_t> left = events;
  const absl::Time begun = SystemClock().Now();
  std::vector<std::jthread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      const Stub stub = Connect(options);
      InventedLog log(seed * 100 + static_cast<std::uint64_t>(i), 10'000);
      while (true) {
        const std::uint64_t now = left;
        if (now == 0) return;
        const std::uint64_t size = std::min<std::uint64_t>(options.append, now);
        pb::AppendRequest request = log.Next(size);
        std::uint64_t count = 0;
        for (const auto& write : request.writes())
          count += static_cast<std::uint64_t>(write.events_size());
        std::uint64_t expected = left;
        while (!left.compare_exchange_weak(expected, expected - std::min(expected, count))) {
        }
        Append(*stub, request);
      }
    });
  }
  threads.clear();
  return static_cast<double>(events) / SecondsSince(begun);
}

// A live subscription.
struct Stream {
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReader<pb::SubscribeResponse>> reader;

  Stream(pb::EventStore::Stub& stub, const pb::SubscribeRequest& request)
      : reader(stub.Subscribe(&context, request)) {}
  ~Stream() {
    context.TryCancel();
    pb::SubscribeResponse message;
    while (reader->Read(&message)) {
    }
    reader->Finish();
  }
};

double ReadAllRate(pb::EventStore::Stub& stub) {
  const absl::Time begun = SystemClock().Now();
  pb::ReadAllRequest request;
  request.set_limit(256);
  std::uint64_t events = 0;
  do {
    grpc::ClientContext context;
    pb::ReadAllResponse page;
    CHECK(stub.ReadAll(&context, request, &page).ok());
    events += static_cast<std::uint64_t>(page.records_size());
    request.set_from_position(page.next_position());
  } while (request.from_position() != 0);
  return static_cast<double>(events) / SecondsSince(begun);
}

double SubscribeRate(pb::EventStore::Stub& stub) {
  const absl::Time begun = SystemClock().Now();
  pb::SubscribeRequest request;
  request.set_include_system(true);
  Stream stream(stub, request);
  pb::SubscribeResponse message;
  std::uint64_t events = 0;
  while (stream.reader->Read(&message) && !message.has_caught_up()) {
    events += static_cast<std::uint64_t>(message.batch().records_size());
  }
  return static_cast<double>(events) / SecondsSince(begun);
}

Json CatchUp(const Options& options) {
  Fill(options, options.events, options.seed);
  const Stub stub = Connect(options);
  std::vector<double> reads;
  std::vector<double> follows;
  for (int i = 0; i < 5; ++i) {
    reads.push_back(ReadAllRate(*stub));
    follows.push_back(SubscribeRate(*stub));
  }
  const double read = Quantile(reads, 0.5);
  const double follow = Quantile(follows, 0.5);
  return {{"read_all_events_s", read}, {"catch_up_events_s", follow}, {"ratio", follow / read}};
}

// From the moment an append is sent to the moment a live subscriber has its event; beside it the
// append alone and one call that does nothing.
Json Latency(const Options& options) {
  const Stub writer = Connect(options);
  const Stub reader = Connect(options);
  const auto count = static_cast<std::size_t>(options.events);
  InventedLog log(options.seed, 1000);
  std::vector<double> appends;
  std::vector<double> hops;
  std::vector<double> deliveries;
  const auto timed = [](const std::function<void()>& work) {
    const absl::Time begun = SystemClock().Now();
    work();
    return 1e6 * SecondsSince(begun);
  };
  for (std::size_t i = 0; i < count; ++i) {
    const pb::AppendRequest request = log.Next(1);
    appends.push_back(timed([&] { Append(*writer, request); }));
    hops.push_back(timed([&] { Head(*writer); }));
  }
  pb::SubscribeRequest request;
  request.set_from_end(true);
  Stream stream(*reader, request);
  pb::SubscribeResponse message;
  while (stream.reader->Read(&message) && !message.has_caught_up()) {
  }
  for (std::size_t i = 0; i < count; ++i) {
    const pb::AppendRequest append = log.Next(1);
    // The answer to the append is not waited for: only the event counts.
    grpc::ClientContext context;
    grpc::CompletionQueue queue;
    pb::AppendResponse response;
    grpc::Status status;
    std::unique_ptr<grpc::ClientAsyncResponseReader<pb::AppendResponse>> call;
    deliveries.push_back(timed([&] {
      call = writer->AsyncAppend(&context, append, &queue);
      call->Finish(&response, &status, nullptr);
      do {
        CHECK(stream.reader->Read(&message));
      } while (!message.has_batch());
    }));
    void* tag = nullptr;
    bool finished = false;
    CHECK(queue.Next(&tag, &finished) && status.ok());
  }
  const double append = Quantile(appends, 0.5);
  const double hop = Quantile(hops, 0.5);
  const double delivery = Quantile(deliveries, 0.5);
  return {{"append_p50_us", append},
          {"hop_p50_us", hop},
          {"delivery_p50_us", delivery},
          {"delivery_p99_us", Quantile(deliveries, 0.99)},
          {"ratio", delivery / (append + hop)}};
}

// Subscribers that read as fast as they can, each on a thread and a connection of its own.
class Audience {
 public:
  Audience(const Options& options, int count) {
    pb::SubscribeRequest request;
    request.set_from_end(true);
    for (int i = 0; i < count; ++i) {
      stubs_.push_back(Connect(options));
      streams_.push_back(std::make_unique<Stream>(*stubs_.back(), request));
    }
    for (const auto& stream : streams_) {
      pb::SubscribeResponse message;
      while (stream->reader->Read(&message) && !message.has_caught_up()) {
      }
      threads_.emplace_back([this, reader = stream->reader.get()] {
        pb::SubscribeResponse batch;
        while (reader->Read(&batch))
          delivered_ += static_cast<std::uint64_t>(batch.batch().records_size());
      });
    }
  }
  ~Audience() {
    for (const auto& stream : streams_) stream->context.TryCancel();
    threads_.clear();
  }

  std::uint64_t delivered() const { return delivered_; }

 private:
  std::atomic<std::uint64_t> delivered_ = 0;
  std::vector<Stub> stubs_;
  std::vector<std::unique_ptr<Stream>> streams_;
  std::vector<std::jthread> threads_;
};

// Appends at a fixed rate, whatever the answers take; their times in microseconds.
std::vector<double> Paced(const Options& options, std::uint64_t seed) {
  constexpr int kThreads = 8;
  const auto total = static_cast<std::size_t>(options.rate * options.seconds);
  std::vector<double> times(total);
  std::atomic<std::size_t> next = 0;
  const absl::Time begun = SystemClock().Now();
  std::vector<std::jthread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      const Stub stub = Connect(options);
      InventedLog log(seed * 1000 + static_cast<std::uint64_t>(i), 1000);
      Mutex mutex;
      Condition never;
      for (std::size_t at = next++; at < total; at = next++) {
        const pb::AppendRequest request = log.Next(1);
        const absl::Time due = begun + absl::Seconds(static_cast<double>(at) / options.rate);
        MutexLock lock(mutex);
        for (absl::Time now = SystemClock().Now(); now < due; now = SystemClock().Now()) {
          never.WaitFor(mutex, absl::ToChronoNanoseconds(due - now));
        }
        const absl::Time sent = SystemClock().Now();
        Append(*stub, request);
        times[at] = 1e6 * SecondsSince(sent);
      }
    });
  }
  threads.clear();
  return times;
}

// Times of appends at a steady rate, beside whoever else is there.
Json Appends(const Options& options) {
  const std::vector<double> times = Paced(options, options.seed);
  return {{"append_p50_us", Quantile(times, 0.5)}, {"append_p99_us", Quantile(times, 0.99)}};
}

// Only reads: a first line when all are caught up, and the figures when the input ends.
Json Listen(const Options& options) {
  Audience audience(options, options.subscribers);
  std::cout << "{}" << std::endl;
  std::cin.ignore(std::numeric_limits<std::streamsize>::max());
  return {{"subscribers", options.subscribers}, {"deliveries", audience.delivered()}};
}

// Deliveries a second to all while the log is filled.
Json Live(const Options& options) {
  Audience audience(options, options.subscribers);
  const absl::Time begun = SystemClock().Now();
  Fill(options, options.events, options.seed);
  const std::uint64_t wanted = options.events * static_cast<std::uint64_t>(options.subscribers);
  Mutex mutex;
  Condition never;
  while (audience.delivered() < wanted && SecondsSince(begun) < 300) {
    MutexLock lock(mutex);
    never.WaitFor(mutex, std::chrono::milliseconds(1));
  }
  const double took = SecondsSince(begun);
  return {{"subscribers", options.subscribers},
          {"deliveries_s", static_cast<double>(audience.delivered()) / took}};
}

// Resident and highest resident memory of the daemon, in KiB.
std::int64_t Memory(int pid, const std::string& name) {
  std::ifstream status(absl::StrCat("/proc/", pid, "/status"));
  std::string line;
  while (std::getline(status, line)) {
    if (line.rfind(name, 0) == 0) {
      std::int64_t value = 0;
      const std::string digits = line.substr(line.find_first_of("0123456789"));
      CHECK(absl::SimpleAtoi(digits.substr(0, digits.find(' ')), &value));
      return value;
    }
  }
  return 0;
}

// Waits without anything to wait for.
void Settle() {
  Mutex mutex;
  Condition never;
  MutexLock lock(mutex);
  never.WaitFor(mutex, std::chrono::seconds(3));
}

// Fills the log while `subscribers` readers have stopped reading; then they read to the end.
Json Stall(const Options& options) {
  Fill(options, options.events / 10, options.seed);  // warm
  std::vector<Stub> stubs;
  std::vector<std::unique_ptr<Stream>> stalled;
  pb::SubscribeRequest request;
  request.set_from_end(true);
  pb::SubscribeResponse message;
  std::uint64_t from = 0;
  for (int i = 0; i < options.subscribers; ++i) {
    stubs.push_back(Connect(options));
    stalled.push_back(std::make_unique<Stream>(*stubs.back(), request));
    while (stalled.back()->reader->Read(&message) && !message.has_caught_up()) {
    }
    from = message.caught_up().position();
  }
  const std::int64_t before = Memory(options.server_pid, "VmRSS");
  Fill(options, options.events, options.seed + 1);
  // What was freed meanwhile goes back within a second.
  Settle();
  const std::int64_t after = Memory(options.server_pid, "VmRSS");
  const Stub stub = Connect(options);
  const std::uint64_t head = Head(*stub);
  std::uint64_t gaps = 0;
  for (const auto& stream : stalled) {
    std::uint64_t last = from;
    while (last < head && stream->reader->Read(&message)) {
      for (const pb::Record& record : message.batch().records()) {
        if (record.position() != ++last) ++gaps;
      }
    }
    if (last < head) ++gaps;
  }
  return {{"stalled_readers", options.subscribers},
          {"events", head - from},
          {"rss_before_kib", before},
          {"rss_after_kib", after},
          {"rss_peak_kib", Memory(options.server_pid, "VmHWM")},
          {"gaps", gaps}};
}

int Main(int argc, char** argv) {
  CLI::App app{"Measures subscriptions of a running daemon."};
  Options options;
  app.add_option("--server", options.server)->required();
  app.add_option("--server-pid", options.server_pid);
  app.add_option("--events", options.events);
  app.add_option("--append", options.append);
  app.add_option("--subscribers", options.subscribers);
  app.add_option("--rate", options.rate);
  app.add_option("--seconds", options.seconds);
  app.add_option("--seed", options.seed);
  app.require_subcommand(1);
  std::function<Json(const Options&)> run;
  const auto add = [&](const char* name, Json (*measure)(const Options&)) {
    app.add_subcommand(name)->fallthrough()->callback([&run, measure] { run = measure; });
  };
  add("catch-up", CatchUp);
  add("latency", Latency);
  add("appends", Appends);
  add("listen", Listen);
  add("live", Live);
  add("stall", Stall);
  CLI11_PARSE(app, argc, argv);
  std::cout << run(options).dump() << std::endl;
  return 0;
}

}  // namespace
}  // namespace mlup::bench

int main(int argc, char** argv) { return mlup::bench::Main(argc, argv); }
