// A log on a simulated disk, and what tests of starts and power cuts do to it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "eventstore/base/simulated_files.h"
#include "eventstore/base/status.h"
#include "eventstore/journal/reader.h"
#include "eventstore/log/rocks_event_log.h"
#include "eventstore/log/rocks_simulated.h"
#include "eventstore/log/rocks_start_up.h"
#include "eventstore/log/test_appends.h"

namespace mlup::log {

// Remembers every acknowledged event and holds the log to it. One thread.
class LogWorld {
 public:
  LogWorld() {
    for (const char* folder : {"/disk", "/second"}) EXPECT_TRUE(disk.MakeFolder(folder).ok());
    EXPECT_TRUE(disk.SyncFolder("/").ok());
  }
  ~LogWorld() { log.reset(); }

  absl::Status Open() {
    log.reset();
    ASSIGN_OR_RETURN(log, RocksEventLog::Open(log_options, places, clock));
    return absl::OkStatus();
  }
  void Close() { log.reset(); }

  // Ends the process without a close; the disk keeps what it was given.
  void Kill() {
    disk.CutAfter(1);
    log.reset();
    disk.CutAfter(UINT64_MAX - disk.operations());
  }
  void CutPower(std::uint64_t seed) {
    log.reset();
    disk.PowerCut(seed);
  }

  // Appends `count` times; stops at the first failure.
  absl::Status Append(int count, int events = 1, std::size_t bytes = 16) {
    for (int i = 0; i < count; ++i) {
      pb::AppendRequest request = appends.To(appends.Stream(), events, bytes);
      ASSIGN_OR_RETURN(const pb::AppendResponse response, log->Append(request));
      for (int e = 0; e < events; ++e) {
        acknowledged_[response.first_position() + static_cast<std::uint64_t>(e)] =
            request.writes(0).events(e).event_id();
      }
      last_ = request;
    }
    return absl::OkStatus();
  }

  // Nothing acknowledged is missing, nothing stands twice, and no position is skipped.
  void ExpectEverything() {
    std::map<std::uint64_t, std::string> found;
    pb::ReadAllRequest request;
    request.set_limit(1000);
    for (std::uint64_t from = 1; from != 0;) {
      request.set_from_position(from);
      const auto page = log->ReadAll(request);
      ASSERT_TRUE(page.ok()) << page.status();
      for (const pb::Record& record : page->records()) {
        ASSERT_EQ(record.position(), found.size() + 1);
        found[record.position()] = record.event().event_id();
      }
      from = page->next_position();
    }
    ASSERT_EQ(found.size(), log->Head()->value);
    for (const auto& [position, id] : acknowledged_) ASSERT_EQ(found[position], id) << position;
    if (acknowledged_.empty()) return;
    EXPECT_TRUE(log->Lookup(LookupOf(last_))->found());
    acknowledged_ = std::move(found);  // what was seen must stay
  }

  Repair repair() const { return log->verdict().repair; }
  std::uint64_t acknowledged() const { return acknowledged_.size(); }

  // Changes a file behind everybody's back.
  void Change(const std::string& path, const std::function<void(std::string&)>& change) {
    auto bytes = disk.ReadAll(path);
    ASSERT_TRUE(bytes.ok()) << bytes.status();
    change(*bytes);
    ASSERT_TRUE(disk.Replace(path, *bytes).ok());
  }

  // Paths of the files in a folder whose names end so.
  std::vector<std::string> Find(const std::string& folder, const std::string& ending) {
    std::vector<std::string> found;
    const auto names = *disk.List(folder);
    for (const std::string& name : names) {
      if (name.ends_with(ending)) found.push_back(absl::StrCat(folder, "/", name));
    }
    return found;
  }

  std::string LastSegment() {
    const std::string set = JournalSet();
    return Find(set, ".seg").back();
  }
  std::string JournalSet() {
    return places.journal + "/" + journal::ListSets(disk, places.journal)->back();
  }

  // All files below a folder, to put back later.
  std::map<std::string, std::string> Save(const std::string& folder) {
    std::map<std::string, std::string> saved;
    const auto names = *disk.List(folder);
    for (const std::string& name : names) {
      const std::string path = absl::StrCat(folder, "/", name);
      if (disk.List(path).ok()) {
        saved.merge(Save(path));
      } else {
        saved[path] = *disk.ReadAll(path);
      }
    }
    return saved;
  }
  void Restore(const std::string& folder, const std::map<std::string, std::string>& saved) {
    ASSERT_TRUE(disk.RemoveTree(folder).ok());
    for (const auto& [path, bytes] : saved) {
      ASSERT_TRUE(disk.MakeFolder(FolderOf(path)).ok());
      ASSERT_TRUE(disk.Replace(path, bytes).ok());
    }
  }

  SimulatedFiles disk;
  const std::unique_ptr<rocksdb::Env> env = SimulatedEnv(disk);
  SeededRandom journal_ids{7};
  LogPlaces places{"/disk/log", "/second/journal", &disk, env.get(), &journal_ids};
  RocksEventLog::Options log_options;
  ManualClock clock{absl::FromUnixSeconds(1'700'000'000)};
  Appends appends{7};
  std::unique_ptr<RocksEventLog> log;

 private:
  std::map<std::uint64_t, std::string> acknowledged_;
  pb::AppendRequest last_;
};

}  // namespace mlup::log
