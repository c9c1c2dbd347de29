// What the proofs cost: folding events, signing checkpoints, verifying a whole log.
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "eventstore/base/check.h"
#include "eventstore/base/clock.h"
#include "eventstore/log/memory_event_log.h"
#include "eventstore/proof/log_fold.h"
#include "eventstore/proof/note.h"
#include "eventstore/proof/verify_log.h"
#include "tests/bench/invented_log.h"

namespace mlup::bench {
namespace {

constexpr std::size_t kEvents = 100'000;
constexpr std::size_t kStreams = 2'000;

// The records of a log, as they are stored.
const std::vector<std::string>& Stored() {
  static const auto& stored = *[] {
    auto* bytes = new std::vector<std::string>;
    ManualClock clock(absl::FromUnixSeconds(1'700'000'000));
    log::MemoryEventLog log(clock);
    InventedLog invented(1, kStreams);
    while (bytes->size() < kEvents) {
      CHECK(log.Append(invented.Next(500)).ok());
      log::v1::ReadAllRequest request;
      request.set_from_position(bytes->size() + 1);
      const auto page = log.ReadAll(request);
      CHECK(page.ok());
      for (const log::v1::Record& record : page->records()) {
        bytes->push_back(record.SerializeAsString());
      }
    }
    bytes->resize(kEvents);
    return bytes;
  }();
  return stored;
}

std::vector<log::v1::Record> Parsed() {
  std::vector<log::v1::Record> records(kEvents);
  for (std::size_t i = 0; i < kEvents; ++i) CHECK(records[i].ParseFromString(Stored()[i]));
  return records;
}

// Header, chains and tree of one event after the other, and the tree's root once a group: what a
// checkpoint needs. The map is hashed only when its root is asked for.
void Fold(benchmark::State& state) {
  const auto group = static_cast<std::size_t>(state.range(0));
  const std::vector<log::v1::Record> records = Parsed();
  auto fold = std::make_unique<proof::LogFold>();
  std::size_t next = 0;
  while (state.KeepRunning()) {
    for (std::size_t i = 0; i < group; ++i) {
      if (next == records.size()) {
        state.PauseTiming();
        fold = std::make_unique<proof::LogFold>();
        next = 0;
        state.ResumeTiming();
      }
      CHECK(fold->Append(records[next++]).ok());
    }
    benchmark::DoNotOptimize(fold->Root());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(group));
}
BENCHMARK(Fold)->Arg(1)->Arg(64)->Arg(1024)->Unit(benchmark::kMicrosecond);

void Sign(benchmark::State& state) {
  const proof::SigningKey key("mlup.bench", proof::SignatureKind::kLog, {1});
  const proof::Checkpoint checkpoint{"mlup.bench", kEvents, {}};
  const std::string note = checkpoint.ToText() + "\n";
  while (state.KeepRunning()) benchmark::DoNotOptimize(key.Sign(note));
}
BENCHMARK(Sign)->Unit(benchmark::kMicrosecond);

// From stored bytes: parsed, folded, held against a checkpoint.
void VerifyLog(benchmark::State& state) {
  proof::LogFold whole;
  for (const log::v1::Record& record : Parsed()) CHECK(whole.Append(record).ok());
  const proof::Checkpoint checkpoint{"mlup.bench", kEvents, whole.Root()};
  log::v1::Record record;
  while (state.KeepRunning()) {
    proof::LogVerifier verifier({checkpoint}, {});
    for (const std::string& bytes : Stored()) {
      CHECK(record.ParseFromString(bytes));
      CHECK(verifier.Take(record).ok());
    }
    CHECK(verifier.Finish().ok() && verifier.agreed_checkpoints() == 1);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kEvents));
}
BENCHMARK(VerifyLog)->Unit(benchmark::kMillisecond);

// The root of the map after `changed` more events.
void MapRoot(benchmark::State& state) {
  const std::vector<log::v1::Record> records = Parsed();
  auto fold = std::make_unique<proof::LogFold>();
  std::size_t next = 0;
  while (state.KeepRunning()) {
    state.PauseTiming();
    if (next + 1000 > records.size()) {
      fold = std::make_unique<proof::LogFold>();
      next = 0;
    }
    for (std::int64_t i = 0; i < state.range(0); ++i) CHECK(fold->Append(records[next++]).ok());
    state.ResumeTiming();
    benchmark::DoNotOptimize(fold->MapRoot());
  }
}
BENCHMARK(MapRoot)->Arg(1)->Arg(1000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace mlup::bench

BENCHMARK_MAIN();
