// Drives one system of the peer bench and prints a line of JSON: one measurement of a server that
// tests/bench/run started.
#include <algorithm>
#include <functional>
#include <iostream>
#include <latch>
#include <thread>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <poll.h>

#include "eventstore/base/clock.h"
#include "tests/bench/peers/store.h"

namespace mlup::bench {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  StoreOptions store;
  Shape shape;
  double seconds = 1;
  std::uint64_t events = 0;
  std::uint64_t every = 0;
  std::uint64_t reads = 1000;
  std::string way;
};

absl::Time Now() { return SystemClock().Now(); }

double Quantile(std::vector<float>& values, double share) {
  CHECK(!values.empty());
  const auto rank = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + rank, values.end());
  return static_cast<double>(values[static_cast<std::size_t>(rank)]);
}

Json Times(std::vector<float>& values) {
  return {{"p50_us", Quantile(values, 0.5)},
          {"p99_us", Quantile(values, 0.99)},
          {"p999_us", Quantile(values, 0.999)}};
}

float MicrosSince(absl::Time begun) {
  return static_cast<float>(absl::ToDoubleMicroseconds(Now() - begun));
}

void Add(Json& json, const Tally& tally) {
  json["events"] = tally.events;
  json["digest"] = std::to_string(tally.digest);
}

std::unique_ptr<Store> Connected(const Options& options) {
  auto store = Connect(options.store);
  CHECK(store != nullptr);
  return store;
}

// Prints how it went since the last time, each time that so many more events are acknowledged.
class Progress {
 public:
  Progress(std::uint64_t every, std::uint64_t an_append) : every_(every), an_append_(an_append) {}

  void Took(float micros) {
    if (every_ == 0) return;
    times_.push_back(micros);
    if (times_.size() * an_append_ < every_) return;
    const absl::Time now = Now();
    const double seconds = absl::ToDoubleSeconds(now - since_);
    Json json = Times(times_);
    json["events_s"] = static_cast<double>(times_.size() * an_append_) / seconds;
    json["longest_us"] = *std::max_element(times_.begin(), times_.end());
    std::cout << json.dump() << std::endl;
    times_.clear();
    since_ = now;
  }

 private:
  const std::uint64_t every_;
  const std::uint64_t an_append_;
  absl::Time since_ = Now();
  std::vector<float> times_;
};

// Keeps every slot busy until the time or its events are over, and waits for the last answers.
Json Appends(const Options& options) {
  const auto store = Connected(options);
  Work work(options.shape);
  const std::size_t slots = options.shape.slots;
  std::vector<absl::Time> sent(slots);
  std::vector<float> times;
  std::vector<Answer> answers;
  // Each slot has its share of what is wanted.
  std::vector<std::uint64_t> left(slots, options.events / options.shape.events / slots);
  const absl::Time begun = Now();
  const absl::Time end =
      options.events > 0 ? absl::InfiniteFuture() : begun + absl::Seconds(options.seconds);
  Progress progress(options.every, options.shape.events);
  const auto start = [&](std::size_t slot) {
    if (options.events > 0 && left[slot]-- == 0) return false;
    sent[slot] = Now();
    store->Start(slot, work.Next(slot));
    return true;
  };
  std::size_t waiting = 0;
  for (std::size_t slot = 0; slot < slots; ++slot) waiting += start(slot) ? 1 : 0;
  while (waiting > 0) {
    answers.clear();
    store->Wait(answers);
    for (const Answer& answer : answers) {
      CHECK(answer.taken);
      times.push_back(MicrosSince(sent[answer.slot]));
      progress.Took(times.back());
      waiting -= Now() < end && start(answer.slot) ? 0 : 1;
    }
  }
  const double took = absl::ToDoubleSeconds(Now() - begun);
  Json json = Times(times);
  json["seconds"] = took;
  json["appends_s"] = static_cast<double>(times.size()) / took;
  json["events_s"] = static_cast<double>(work.tally().events) / took;
  Add(json, work.tally());
  return json;
}

// What callers saw, each of whom has a slot and is nobody else's business.
Json Summary(const std::vector<std::vector<float>>& times, absl::Time begun, const Tally& tally) {
  const double took = absl::ToDoubleSeconds(Now() - begun);
  std::vector<float> all;
  for (const auto& some : times) all.insert(all.end(), some.begin(), some.end());
  Json json = Times(all);
  json["seconds"] = took;
  json["appends_s"] = static_cast<double>(all.size()) / took;
  json["events_s"] = static_cast<double>(tally.events) / took;
  Add(json, tally);
  return json;
}

// The same by callers that go on where they are told of their answer.
Json Callers(const Options& options) {
  const auto store = Connected(options);
  Work work(options.shape);
  const std::size_t slots = options.shape.slots;
  std::vector<std::vector<float>> times(slots);
  std::latch over(static_cast<std::ptrdiff_t>(slots));
  const absl::Time begun = Now();
  const absl::Time end = begun + absl::Seconds(options.seconds);
  std::function<void(std::size_t)> next = [&](std::size_t slot) {
    const absl::Time sent = Now();
    if (sent >= end) return over.count_down();
    store->AppendLater(slot, work.Next(slot), [&, slot, sent](bool taken) {
      CHECK(taken);
      times[slot].push_back(MicrosSince(sent));
      next(slot);
    });
  };
  for (std::size_t slot = 0; slot < slots; ++slot) next(slot);
  over.wait();
  return Summary(times, begun, work.tally());
}

// The same by callers that each wait on a thread of their own.
Json Threads(const Options& options) {
  const auto store = Connected(options);
  Work work(options.shape);
  std::vector<std::vector<float>> times(options.shape.slots);
  const absl::Time begun = Now();
  const absl::Time end = begun + absl::Seconds(options.seconds);
  std::vector<std::jthread> threads;
  threads.reserve(options.shape.slots);
  for (std::size_t slot = 0; slot < options.shape.slots; ++slot) {
    threads.emplace_back([&, slot] {
      for (absl::Time now = Now(); now < end; now = Now()) {
        CHECK(store->AppendNow(work.Next(slot)));
        times[slot].push_back(MicrosSince(now));
      }
    });
  }
  threads.clear();
  return Summary(times, begun, work.tally());
}

bool AppendOne(Store& store, const Append& append) {
  std::vector<Answer> answers;
  store.Start(0, append);
  store.Wait(answers);
  return answers.front().taken;
}

// Makes the tables or streams, and finds out whether a wrong expected revision is refused.
Json Create(const Options& options) {
  const auto store = Connected(options);
  store->Create();
  Work work({.seed = options.shape.seed});
  const Append& append = work.Next(0);
  CHECK(AppendOne(*store, append));
  Json json;
  Add(json, work.tally());
  Append again = append;
  Work other({.seed = options.shape.seed + 1});
  again.events = other.Next(0).events;
  const bool taken = AppendOne(*store, again);
  if (taken) {
    json["events"] = work.tally().events + other.tally().events;
    json["digest"] = std::to_string(work.tally().digest + other.tally().digest);
  }
  json["refuses_wrong_revision"] = !taken;
  return json;
}

Json Replay(const Options& options) {
  const auto store = Connected(options);
  Decoder decoder;
  const absl::Time begun = Now();
  store->Replay(options.way, decoder);
  const double took = absl::ToDoubleSeconds(Now() - begun);
  Json json = {{"seconds", took}, {"events_s", static_cast<double>(decoder.tally().events) / took}};
  Add(json, decoder.tally());
  return json;
}

// Reads streams that the work of this shape filled, chosen at random, one at a time.
Json Streams(const Options& options) {
  const auto store = Connected(options);
  std::mt19937_64 random(7);
  std::vector<float> times;
  std::uint64_t events = 0;
  for (std::uint64_t i = 0; i < options.reads; ++i) {
    const std::string stream = Work::Stream(options.shape.seed, random() % options.shape.slots,
                                            random() % options.shape.streams_a_slot);
    Decoder decoder;
    const absl::Time begun = Now();
    store->ReadStream(stream, decoder);
    times.push_back(MicrosSince(begun));
    events += decoder.tally().events;
  }
  Json json = Times(times);
  json["events_a_stream"] = static_cast<double>(events) / static_cast<double>(options.reads);
  return json;
}

// From sending an append to having its event at a live subscriber, one at a time.
Json Delivery(const Options& options) {
  const auto store = Connected(options);
  store->Follow();
  Work work(options.shape);
  Decoder decoder;
  std::vector<float> times;
  std::vector<Answer> answers;
  for (std::uint64_t i = 0; i < options.reads; ++i) {
    const Append& append = work.Next(0);
    const absl::Time begun = Now();
    store->Start(0, append);
    store->NextDelivery(decoder);
    times.push_back(MicrosSince(begun));
    answers.clear();
    store->Wait(answers);
    CHECK(answers.front().taken);
  }
  CHECK(decoder.tally().digest == work.tally().digest);
  Json json = Times(times);
  Add(json, work.tally());
  return json;
}

// Tries until the server has answered a first read; says when that was, in seconds since 1970.
Json FirstRead(const Options& options) {
  while (true) {
    if (const auto store = Connect(options.store); store != nullptr) {
      Decoder decoder;
      store->ReadStream(Work::Stream(options.shape.seed, 0, 0), decoder);
      return {{"at", absl::ToDoubleSeconds(Now() - absl::UnixEpoch())},
              {"events", decoder.tally().events}};
    }
    poll(nullptr, 0, 1);
  }
}

int Main(int argc, char** argv) {
  CLI::App app{"Drives one system of the peer bench; tests/bench/run starts it."};
  Options options;
  app.add_option("--server", options.store.server)->required();
  app.add_option("--form", options.store.form);
  app.add_option("--connections", options.store.connections);
  app.add_option("--in-flight", options.shape.slots);
  app.add_option("--streams-a-slot", options.shape.streams_a_slot);
  app.add_option("--batch", options.shape.events, "Events of one append");
  app.add_option("--pieces", options.shape.pieces, "Streams of one append");
  app.add_option("--seed", options.shape.seed);
  app.add_option("--seconds", options.seconds, "How long to append");
  app.add_option("--events", options.events, "How many events to append, instead");
  app.add_option("--every", options.every, "A line each so many events that were appended");
  app.add_option("--reads", options.reads, "Streams to read, or deliveries");
  app.add_option("--way", options.way, "Of reading all");
  app.require_subcommand(1);
  std::function<Json(const Options&)> run;
  const auto add = [&](const char* name, Json (*measure)(const Options&)) {
    app.add_subcommand(name)->fallthrough()->callback([&run, measure] { run = measure; });
  };
  add("create", Create);
  add("append", Appends);
  add("callers", Callers);
  add("threads", Threads);
  add("replay", Replay);
  add("streams", Streams);
  add("delivery", Delivery);
  add("first-read", FirstRead);
  CLI11_PARSE(app, argc, argv);
  options.store.in_flight = options.shape.slots;
  std::cout << run(options).dump() << std::endl;
  return 0;
}

}  // namespace
}  // namespace mlup::bench

int main(int argc, char** argv) { return mlup::bench::Main(argc, argv); }
