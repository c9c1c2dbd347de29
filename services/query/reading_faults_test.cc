// Whatever the disk does while somebody reads: what was shown is on record after the power cut.
#include <cstdlib>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include <gtest/gtest.h>

#include "eventstore/base/random.h"
#include "eventstore/log/rocks_test_world.h"
#include "mlup/audit/v1/audit.pb.h"
#include "projections/case_history/case_history_projection.h"
#include "projections/shared_reader.h"
#include "projections/worker.h"
#include "services/query/audit_world.h"

namespace mlup::query {
namespace {

enum class Harm { kError, kErrors, kDiskFull, kDisksFull, kShortWrite, kCut };

// Goal: nothing is told to a reader of which no record is durable, whatever fails (C4). Method: a
// log on a simulated disk, readers of histories, bundles, figures and searches in several threads,
// a failure of one operation of the disk or of all from one on (no space, an error, half a write,
// no power), then a power cut, which keeps of what was not synced what it likes.
class ReadingFaultsTest : public AuditWorld, public testing::WithParamInterface<Harm> {
 protected:
  static constexpr int kReaders = 3;
  static constexpr int kReadings = 12;  // of one reader in one life
  static constexpr int kLives = 4;      // of one disk

  // Disks of one harm: so many that all lives are MLUP_CASES, or a few.
  static std::uint64_t Disks() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing sets it.
    const char* const text = std::getenv("MLUP_CASES");
    std::uint64_t cases = 0;
    if (text == nullptr || !absl::SimpleAtoi(text, &cases)) return 1;
    constexpr std::uint64_t kOfOneDisk = std::uint64_t{6} * kLives;
    return (cases + kOfOneDisk - 1) / kOfOneDisk;
  }

  ReadingFaultsTest() {
    Register(kChild, "");
    Register(kSibling, "");
    OpenCase();
  }

  // The children's events, as they stand on the log in memory.
  void Fill(log::LogWorld& world) {
    log::pb::ReadAllRequest all;
    all.set_from_position(1);
    all.set_limit(100);
    const auto page = log_.log().ReadAll(all);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const log::pb::Record& record : page->records()) {
      log::pb::AppendRequest request = world.appends.Empty();
      log::pb::StreamWrite& write = *request.add_writes();
      write.set_stream(record.stream());
      *write.add_events() = record.event();
      ASSERT_TRUE(world.log->Append(request).ok());
    }
  }

  static void Break(log::LogWorld& world, std::uint64_t after) {
    using Fault = SimulatedFiles::Fault;
    switch (GetParam()) {
      case Harm::kError:
      case Harm::kErrors:
        return world.disk.FailAfter(after, Fault::kError, GetParam() == Harm::kErrors);
      case Harm::kDiskFull:
      case Harm::kDisksFull:
        return world.disk.FailAfter(after, Fault::kDiskFull, GetParam() == Harm::kDisksFull);
      case Harm::kShortWrite:
        return world.disk.FailAfter(after, Fault::kShortWrite);
      case Harm::kCut:
        return world.disk.CutAfter(after);
    }
  }

  // One reading of a kind, by its purpose. Whether it was answered.
  static bool ReadOnce(AuditService& service, Disclosure& disclosure, std::uint64_t kind,
                       const std::string& purpose) {
    const std::string child = TestId(kind % 2 == 0 ? kChild : kSibling);
    log::v1::Actor actor;
    actor.set_actor_id("staff-cm-1");
    actor.set_role("case_manager");
    actor.set_organisation_id("mro");
    switch (kind / 2 % 4) {
      case 0: {
        GetCaseHistoryRequest request = Request(kind % 2 == 0 ? kChild : kSibling);
        request.set_purpose(purpose);
        return service.GetCaseHistory(request).ok();
      }
      case 1: {
        audit::v1::ExportBundleRequest request = ExportRequest(kind % 2 == 0 ? kChild : kSibling);
        request.set_purpose(purpose);
        return service.ExportBundle(request).ok();
      }
      case 2:
        return disclosure.DiscloseFigure(actor, purpose, {child}).ok();
      default:
        return disclosure
            .DiscloseSearch({.actor = actor,
                             .purpose = purpose,
                             .digest = std::string(32, 'd'),
                             .result = audit::v1::ACCESS_RESULT_SERVED,
                             .found = {{.person_id = child, .is_shown = true}}})
            .ok();
    }
  }

  // Lets everybody read while the disk fails; adds the purposes of what was answered.
  void ReadAll(log::LogWorld& world, std::uint64_t seed, std::set<std::string>& answered) {
    projections::SharedReader reader(*world.log);
    projections::MemoryReadModelStore store;
    projections::Worker worker(reader, projection_, store);
    FakeBundles bundles(*world.log);
    ReadingWatch watch(log_.clock(), {}, {.unknown_ids = 1});
    SeededRandom ids(seed);
    Disclosure disclosure(*world.log, *keyring_, log_.clock(), ids, watch);
    AuditService service(
        {*world.log, policy_, *keyring_, log_.clock(), disclosure, store, worker, bundles});
    std::mutex mutex;
    std::vector<std::thread> readers;
    readers.reserve(kReaders);
    for (std::uint64_t one = 0; one < kReaders; ++one) {
      readers.emplace_back([&, one] {
        SeededRandom random(seed + one);
        for (int i = 0; i < kReadings; ++i) {
          const std::string purpose = absl::StrCat("trial_", seed, "_", one, "_", i);
          if (!ReadOnce(service, disclosure, random.Next(), purpose)) continue;
          const std::lock_guard lock(mutex);
          answered.insert(purpose);
        }
      });
    }
    for (std::thread& one : readers) one.join();
  }

  // The purposes, or figures, of the readings that the log says were served.
  static std::set<std::string> OnRecord(log::EventLog& log) {
    std::set<std::string> found;
    log::pb::ReadAllRequest request;
    request.set_limit(1000);
    for (std::uint64_t from = 1; from != 0;) {
      request.set_from_position(from);
      const auto page = log.ReadAll(request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return {};
      for (const log::pb::Record& record : page->records()) {
        audit::v1::RecordAccessed accessed;
        if (record.event().type() != accessed.GetDescriptor()->full_name()) continue;
        EXPECT_TRUE(accessed.ParseFromString(record.event().common()));
        if (accessed.result() != audit::v1::ACCESS_RESULT_SERVED) continue;
        found.insert(accessed.figure().empty() ? accessed.purpose() : accessed.figure());
      }
      from = page->next_position();
    }
    return found;
  }
};

TEST_P(ReadingFaultsTest, WhatWasShownIsOnRecord) {
  int lives = 0;
  std::size_t shown = 0;
  const std::uint64_t disks = Disks();
  for (std::uint64_t number = 0; number < disks; ++number) {
    const std::uint64_t seed = static_cast<std::uint64_t>(GetParam()) * disks + number;
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    SeededRandom random(seed);
    log::LogWorld world;
    ASSERT_TRUE(world.Open().ok());
    Fill(world);
    std::set<std::string> answered;
    for (int life = 0; life < kLives; ++life) {
      if (life > 0) {
        ASSERT_TRUE(world.Open().ok());
      }
      Break(world, 1 + random.Next() % 90);
      ReadAll(world, random.Next(), answered);
      world.CutPower(random.Next());
      ASSERT_TRUE(world.Open().ok());
      const std::set<std::string> recorded = OnRecord(*world.log);
      for (const std::string& purpose : answered) {
        ASSERT_TRUE(recorded.contains(purpose)) << purpose << " was shown and is not on record";
      }
      ++lives;
      world.Close();
    }
    shown += answered.size();
  }
  EXPECT_GT(shown, 0u) << "nobody was shown anything";
  RecordProperty("cases", lives);
  RecordProperty("shown", static_cast<int>(shown));
}

INSTANTIATE_TEST_SUITE_P(Harms, ReadingFaultsTest,
                         testing::Values(Harm::kError, Harm::kErrors, Harm::kDiskFull,
                                         Harm::kDisksFull, Harm::kShortWrite, Harm::kCut));

}  // namespace
}  // namespace mlup::query
