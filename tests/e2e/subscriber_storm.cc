// Many subscribers and consumer groups of a daemon that is killed again and again: appends for a
// while, follows through every restart, then holds what each got against the whole log.
//
// Prints one line of JSON; `failures` is empty when each subscriber got exactly the events that its
// filter selects, in order and at least once, and each group acknowledged all of its own.
#include <atomic>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "absl/strings/str_cat.h"
#include <CLI/CLI.hpp>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <nlohmann/json.hpp>

#include "eventstore/base/clock.h"
#include "eventstore/base/limits.h"
#include "eventstore/base/mutex.h"
#include "eventstore/base/random.h"
#include "eventstore/log/read_rules.h"
#include "mlup/bus/v1/group_service.grpc.pb.h"
#include "mlup/log/v1/event_store.grpc.pb.h"
#include "tests/bench/invented_log.h"

namespace mlup::e2e {
namespace {

namespace pb = log::v1;

struct Options {
  std::string server;
  double seconds = 30;
  double rate = 100;  // appends a second
  int subscribers = 50;
  int groups = 3;
  std::uint64_t seed = 1;
};

// Waits without anything to wait for.
void Pause(absl::Duration duration) {
  Mutex mutex;
  Condition never;
  MutexLock lock(mutex);
  never.WaitFor(mutex, absl::ToChronoMilliseconds(duration));
}

std::shared_ptr<grpc::Channel> Connect(const Options& options) {
  static std::atomic<int> number = 0;
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt("mlup.connection", ++number);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 500);
  arguments.SetMaxReceiveMessageSize(static_cast<int>(kMessageSendMax));
  return grpc::CreateCustomChannel(options.server, grpc::InsecureChannelCredentials(), arguments);
}

// What all take part in.
struct Storm {
  explicit Storm(const Options& chosen) : options(chosen) {}

  void Fail(const std::string& words) {
    MutexLock lock(mutex);
    if (failures.size() < 20) failures.push_back(words);
  }

  const Options options;
  std::atomic<bool> loading = true;
  // Last position, once nothing is appended any more; 0 before.
  std::atomic<std::uint64_t> end = 0;
  std::atomic<bool> ending = false;
  std::atomic<std::uint64_t> appended = 0;
  std::atomic<std::uint64_t> delivered = 0;
  std::atomic<std::uint64_t> connections = 0;

  Mutex mutex;
  std::vector<std::string> failures ABSL_GUARDED_BY(mutex);
};

enum class Kind { kFast, kSlow, kStopping, kCrashing, kFiltered };
constexpr int kKinds = 5;

// One subscriber: remembers what it got, and goes on where it was whatever happens.
class Subscriber {
 public:
  Subscriber(Storm& storm, int number)
      : storm_(storm),
        kind_(static_cast<Kind>(number % kKinds)),
        name_(absl::StrCat("subscriber ", number)),
        random_(storm.options.seed * 1000 + static_cast<std::uint64_t>(number)),
        stub_(pb::EventStore::NewStub(Connect(storm.options))) {
    const int variant = number / kKinds % 4;
    pb::Filter& filter = *request_.mutable_filter();
    if (kind_ != Kind::kFiltered && variant != 3) return;
    if (variant == 0) filter.add_categories("case");
    if (variant == 1) filter.add_type_prefixes("mlup.cases.");
    if (variant == 2) filter.add_stream_prefixes("household/");
    if (variant == 3) filter.add_categories("distribution");
  }

  void Run() {
    while (!Done()) {
      grpc::ClientContext context;
      request_.set_after_position(position_);
      request_.set_history(position_ == 0 ? 0 : history_);
      request_.set_batch_max(kind_ == Kind::kSlow ? 16 : 0);
      const auto reader = stub_->Subscribe(&context, request_);
      ++storm_.connections;
      Read(*reader);
      context.TryCancel();
      pb::SubscribeResponse rest;
      while (reader->Read(&rest)) {
      }
      const grpc::Status status = reader->Finish();
      if (status.error_code() == grpc::StatusCode::FAILED_PRECONDITION ||
          status.error_code() == grpc::StatusCode::INVALID_ARGUMENT) {
        return storm_.Fail(absl::StrCat(name_, ": ", status.error_message()));
      }
      if (kind_ == Kind::kCrashing && !Done()) Crash();
      if (!Done()) Pause(absl::Milliseconds(100));
    }
  }

  // Holds what it got against the log.
  void Judge(const pb::Record& record) {
    const bool wanted = !log::IsSystem(record) && log::MatchesFilter(request_.filter(), record);
    const bool got = got_.count(record.position()) > 0;
    expected_ += wanted ? 1 : 0;
    if (wanted != got) {
      storm_.Fail(
          absl::StrCat(name_, wanted ? " missed " : " should not have ", record.position()));
    }
  }
  bool Starved() const { return expected_ == 0; }

 private:
  bool Done() const { return storm_.ending || (storm_.end > 0 && position_ >= storm_.end); }

  void Read(grpc::ClientReader<pb::SubscribeResponse>& reader) {
    pb::SubscribeResponse message;
    std::uint64_t last = position_;
    while (!Done() && reader.Read(&message)) {
      for (const pb::Record& record : message.batch().records()) {
        if (record.position() <= last) {
          return storm_.Fail(absl::StrCat(name_, " got ", record.position(), " after ", last));
        }
        last = record.position();
        got_.insert(last);
        ++storm_.delivered;
      }
      if (message.has_checkpoint()) last = std::max(last, message.checkpoint().position());
      if (message.has_caught_up()) last = std::max(last, message.caught_up().position());
      position_ = last;
      history_ = message.history();
      const std::uint64_t dice = random_.Next() % 100;
      if (kind_ == Kind::kSlow) Pause(absl::Milliseconds(5));
      if (kind_ == Kind::kStopping && SystemClock().Now() - stopped_ > absl::Seconds(6)) {
        Pause(absl::Seconds(3));
        stopped_ = SystemClock().Now();
      }
      if (kind_ == Kind::kCrashing) {
        if (dice < 10) saved_ = {position_, history_};
        if (dice == 99) return;
      }
    }
  }

  // Forgets everything since it last saved where it stands.
  void Crash() {
    position_ = saved_.first;
    history_ = saved_.second;
  }

  Storm& storm_;
  const Kind kind_;
  const std::string name_;
  SeededRandom random_;
  const std::unique_ptr<pb::EventStore::Stub> stub_;
  pb::SubscribeRequest request_;
  std::uint64_t position_ = 0;
  std::uint64_t history_ = 0;
  std::pair<std::uint64_t, std::uint64_t> saved_;
  absl::Time stopped_ = absl::InfinitePast();
  std::set<std::uint64_t> got_;
  std::uint64_t expected_ = 0;
};

// A consumer group with a few consumers that acknowledge, refuse, and go away.
class Group {
 public:
  Group(Storm& storm, int number)
      : storm_(storm), name_(absl::StrCat("group-", number)), number_(number) {}

  void Create() {
    const auto stub = bus::v1::GroupService::NewStub(Connect(storm_.options));
    bus::v1::CreateGroupRequest request;
    bus::v1::GroupDefinition& definition = *request.mutable_definition();
    definition.set_name(name_);
    if (number_ % 2 == 1) definition.mutable_target()->mutable_filter()->add_categories("case");
    definition.mutable_settings()->set_retries_max(1000);
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    bus::v1::CreateGroupResponse response;
    const grpc::Status status = stub->CreateGroup(&context, request, &response);
    if (!status.ok()) storm_.Fail(absl::StrCat(name_, ": ", status.error_message()));
  }

  void Consume(int consumer) {
    SeededRandom random(storm_.options.seed * 777 +
                        static_cast<std::uint64_t>(number_ * 10 + consumer));
    const auto stub = bus::v1::GroupService::NewStub(Connect(storm_.options));
    while (!storm_.ending) {
      grpc::ClientContext context;
      {
        MutexLock lock(mutex_);
        contexts_[consumer] = &context;
      }
      const auto call = stub->Consume(&context);
      bus::v1::ConsumeRequest hello;
      hello.mutable_hello()->set_group(name_);
      hello.mutable_hello()->set_consumer(absl::StrCat("consumer ", consumer));
      hello.mutable_hello()->set_credits(64);
      call->Write(hello);
      bus::v1::ConsumeResponse batch;
      while (!storm_.ending && call->Read(&batch) && Handle(batch, *call, random)) {
      }
      {
        MutexLock lock(mutex_);
        contexts_.erase(consumer);
      }
      context.TryCancel();
      call->Finish();
      if (!storm_.ending) Pause(absl::Milliseconds(100));
    }
  }

  // Ends calls that wait for events that will not come.
  void End() {
    MutexLock lock(mutex_);
    for (const auto& [consumer, context] : contexts_) context->TryCancel();
  }

  // Whether the server has everything up to the end acknowledged.
  bool Finished(bus::v1::GroupService::Stub& stub) {
    grpc::ClientContext context;
    bus::v1::GetGroupRequest request;
    request.set_name(name_);
    bus::v1::GetGroupResponse response;
    return stub.GetGroup(&context, request, &response).ok() &&
           response.group().checkpoint() >= storm_.end;
  }

  void Judge(const pb::Record& record) {
    MutexLock lock(mutex_);
    const bool wanted =
        !log::IsSystem(record) && (number_ % 2 == 0 || record.stream().starts_with("case/"));
    if (wanted != (acknowledged_.count(record.position()) > 0)) {
      storm_.Fail(absl::StrCat(name_, wanted ? " never acknowledged " : " should not have ",
                               record.position()));
    }
  }

 private:
  using Call = grpc::ClientReaderWriter<bus::v1::ConsumeRequest, bus::v1::ConsumeResponse>;

  // False to go away without a word.
  bool Handle(const bus::v1::ConsumeResponse& batch, Call& call, SeededRandom& random) {
    for (const auto& delivery : batch.deliveries()) {
      const pb::Record& record = delivery.record();
      const std::uint64_t dice = random.Next() % 1000;
      bus::v1::ConsumeRequest answer;
      if (dice < 980) {
        answer.mutable_ack()->add_positions(record.position());
      } else if (dice < 998) {
        answer.mutable_nack()->add_positions(record.position());
      } else {
        return false;
      }
      {
        MutexLock lock(mutex_);
        ExpectInOrder(record);
        if (answer.has_ack()) acknowledged_.insert(record.position());
      }
      ++storm_.delivered;
      if (!call.Write(answer)) return false;
    }
    return true;
  }

  // Revisions of a stream come one by one: whatever comes again, nothing is passed over.
  void ExpectInOrder(const pb::Record& record) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    std::uint64_t& next = next_revision_[record.stream()];
    if (next == 0) next = 1;
    if (record.revision() > next) {
      storm_.Fail(absl::StrCat(name_, " got revision ", record.revision(), " of ", record.stream(),
                               " before ", next));
    }
    const auto before = last_position_.find(record.stream());
    const bool overtook = before != last_position_.end() && record.revision() == next &&
                          acknowledged_.count(before->second) == 0;
    if (overtook) {
      storm_.Fail(absl::StrCat(name_, " got ", record.position(), " before ", before->second,
                               " was acknowledged"));
    }
    if (record.revision() == next) {
      ++next;
      last_position_[record.stream()] = record.position();
    }
  }

  Storm& storm_;
  const std::string name_;
  const int number_;
  Mutex mutex_;
  std::set<std::uint64_t> acknowledged_ ABSL_GUARDED_BY(mutex_);
  std::unordered_map<std::string, std::uint64_t> next_revision_ ABSL_GUARDED_BY(mutex_);
  std::unordered_map<std::string, std::uint64_t> last_position_ ABSL_GUARDED_BY(mutex_);
  std::map<int, grpc::ClientContext*> contexts_ ABSL_GUARDED_BY(mutex_);
};

// Appends at a steady rate; an append that got no answer is sent again.
void Load(Storm& storm) {
  const auto stub = pb::EventStore::NewStub(Connect(storm.options));
  bench::InventedLog log(storm.options.seed, 200);
  const absl::Time begun = SystemClock().Now();
  while (storm.loading) {
    const pb::AppendRequest request = log.Next(4);
    while (true) {
      grpc::ClientContext context;
      context.set_wait_for_ready(true);
      context.set_deadline(absl::ToChronoTime(SystemClock().Now() + absl::Seconds(20)));
      pb::AppendResponse response;
      const grpc::Status status = stub->Append(&context, request, &response);
      if (status.ok()) break;
      if (status.error_code() != grpc::StatusCode::UNAVAILABLE &&
          status.error_code() != grpc::StatusCode::DEADLINE_EXCEEDED) {
        return storm.Fail(absl::StrCat("append: ", status.error_message()));
      }
    }
    ++storm.appended;
    const absl::Time due =
        begun + absl::Seconds(static_cast<double>(storm.appended) / storm.options.rate);
    const absl::Time now = SystemClock().Now();
    if (due > now) Pause(due - now + absl::Milliseconds(1));
  }
}

// Calls `judge` with every record of the log.
void ReadEverything(Storm& storm, const std::function<void(const pb::Record&)>& judge) {
  const auto stub = pb::EventStore::NewStub(Connect(storm.options));
  pb::ReadAllRequest request;
  request.set_limit(kReadEventsMax);
  std::uint64_t expected = 0;
  do {
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    pb::ReadAllResponse page;
    const grpc::Status status = stub->ReadAll(&context, request, &page);
    if (!status.ok()) return storm.Fail(absl::StrCat("reading: ", status.error_message()));
    for (const pb::Record& record : page.records()) {
      if (record.position() != ++expected) storm.Fail(absl::StrCat("gap at ", expected));
      if (record.position() <= storm.end) judge(record);
    }
    request.set_from_position(page.next_position());
  } while (request.from_position() != 0);
}

std::uint64_t Head(const Options& options) {
  const auto stub = pb::EventStore::NewStub(Connect(options));
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  pb::HeadResponse response;
  return stub->Head(&context, {}, &response).ok() ? response.position() : 0;
}

// Until the groups have nothing left to do, or for two minutes.
void WaitForGroups(Storm& storm, const Options& options,
                   const std::vector<std::unique_ptr<Group>>& groups) {
  const auto stub = bus::v1::GroupService::NewStub(Connect(options));
  const absl::Time begun = SystemClock().Now();
  for (const auto& group : groups) {
    while (!group->Finished(*stub)) {
      if (SystemClock().Now() - begun > absl::Minutes(2)) {
        storm.Fail("a group did not finish within two minutes");
        break;
      }
      Pause(absl::Milliseconds(100));
    }
  }
}

int Report(Storm& storm, const Options& options) {
  MutexLock lock(storm.mutex);
  const nlohmann::ordered_json line = {{"subscribers", options.subscribers},
                                       {"groups", options.groups},
                                       {"events", storm.end.load()},
                                       {"appends", storm.appended.load()},
                                       {"deliveries", storm.delivered.load()},
                                       {"connections", storm.connections.load()},
                                       {"failures", storm.failures}};
  std::cout << line.dump() << std::endl;
  return storm.failures.empty() ? 0 : 1;
}

int Run(const Options& options) {
  Storm storm(options);
  std::vector<std::unique_ptr<Subscriber>> subscribers;
  std::vector<std::unique_ptr<Group>> groups;
  std::vector<std::jthread> threads;
  std::vector<std::jthread> followers;
  subscribers.reserve(static_cast<std::size_t>(options.subscribers));
  followers.reserve(static_cast<std::size_t>(options.subscribers));
  for (int i = 0; i < options.groups; ++i) {
    groups.push_back(std::make_unique<Group>(storm, i));
    groups.back()->Create();
    for (int consumer = 0; consumer < 2; ++consumer) {
      threads.emplace_back([group = groups.back().get(), consumer] { group->Consume(consumer); });
    }
  }
  for (int i = 0; i < options.subscribers; ++i) {
    subscribers.push_back(std::make_unique<Subscriber>(storm, i));
  }
  for (const auto& subscriber : subscribers) {
    followers.emplace_back([one = subscriber.get()] { one->Run(); });
  }
  std::jthread load([&storm] { Load(storm); });
  Pause(absl::Seconds(options.seconds));
  storm.loading = false;
  load.join();
  storm.end = Head(options);
  // Whoever kills the daemon stops now.
  std::cout << "loaded" << std::endl;

  followers.clear();
  WaitForGroups(storm, options, groups);
  storm.ending = true;
  for (const auto& group : groups) group->End();
  threads.clear();
  ReadEverything(storm, [&](const pb::Record& record) {
    for (const auto& subscriber : subscribers) subscriber->Judge(record);
    for (const auto& group : groups) group->Judge(record);
  });
  for (const auto& subscriber : subscribers) {
    if (subscriber->Starved()) storm.Fail("a filter that selects nothing proves nothing");
  }
  return Report(storm, options);
}

int Main(int argc, char** argv) {
  CLI::App app{"Subscribers of a daemon that is killed again and again."};
  Options options;
  app.add_option("--server", options.server)->required();
  app.add_option("--seconds", options.seconds);
  app.add_option("--rate", options.rate);
  app.add_option("--subscribers", options.subscribers);
  app.add_option("--groups", options.groups);
  app.add_option("--seed", options.seed);
  CLI11_PARSE(app, argc, argv);
  return Run(options);
}

}  // namespace
}  // namespace mlup::e2e

int main(int argc, char** argv) { return mlup::e2e::Main(argc, argv); }
