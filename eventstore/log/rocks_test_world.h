// A log on a simulated disk, and what tests of starts and power cuts do to it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

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
    for (const char* folder : {"/disk", "/second"}) EXPECT_TRUE(files_.MakeFolder(folder).ok());
    EXPECT_TRUE(files_.SyncFolder("/").ok());
  }
  ~LogWorld() { log_.reset(); }

  absl::Status Open() {
    log_.reset();
    ASSIGN_OR_RETURN(log_, RocksEventLog::Open(options_, places_, clock_));
    return absl::OkStatus();
  }
  void Close() { log_.reset(); }

  // Ends the process without a close; the disk keeps what it was given.
  void Kill() {
    files_.CutAfter(1);
    log_.reset();
    files_.CutAfter(UINT64_MAX - files_.operations());
  }
  void CutPower(std::uint64_t seed) {
    log_.reset();
    files_.PowerCut(seed);
  }

  // Appends `count` times; stops at the first failure.
  absl::Status Append(int count, int events = 1, std::size_t bytes = 16) {
    for (int i = 0; i < count; ++i) {
      pb::AppendRequest request = appends_.To(appends_.Stream(), events);
      for (pb::Event& event : *request.mutable_writes(0)->mutable_events()) {
        event.set_common(std::string(bytes, 'x'));
      }
      ASSIGN_OR_RETURN(const pb::AppendResponse response, log_->Append(request));
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
      const auto page = log_->ReadAll(request);
      ASSERT_TRUE(page.ok()) << page.status();
      for (const pb::Record& record : page->records()) {
        ASSERT_EQ(record.position(), found.size() + 1);
        found[record.position()] = record.event().event_id();
      }
      from = page->next_position();
    }
    ASSERT_EQ(found.size(), log_->Head()->value);
    for (const auto& [position, id] : acknowledged_) ASSERT_EQ(found[position], id) << position;
    if (acknowledged_.empty()) return;
    EXPECT_TRUE(log_->Lookup(LookupOf(last_))->found());
    acknowledged_ = std::move(found);  // what was seen must stay
  }

  Repair repair() const { return log_->verdict().repair; }
  std::uint64_t acknowledged() const { return acknowledged_.size(); }

  // Changes a file behind everybody's back.
  void Change(const std::string& path, const std::function<void(std::string&)>& change) {
    auto bytes = files_.ReadAll(path);
    ASSERT_TRUE(bytes.ok()) << bytes.status();
    change(*bytes);
    ASSERT_TRUE(files_.Replace(path, *bytes).ok());
  }

  // Paths of the files in a folder whose names end so.
  std::vector<std::string> Find(const std::string& folder, const std::string& ending) {
    std::vector<std::string> found;
    const auto names = *files_.List(folder);
    for (const std::string& name : names) {
      if (name.ends_with(ending)) found.push_back(folder + "/" + name);
    }
    return found;
  }

  std::string LastSegment() {
    const std::string set = JournalSet();
    return Find(set, ".seg").back();
  }
  std::string JournalSet() {
    return places_.journal + "/" + journal::ListSets(files_, places_.journal)->back();
  }

  // All files below a folder, to put back later.
  std::map<std::string, std::string> Save(const std::string& folder) {
    std::map<std::string, std::string> saved;
    const auto names = *files_.List(folder);
    for (const std::string& name : names) {
      const std::string path = folder + "/" + name;
      if (files_.List(path).ok()) {
        saved.merge(Save(path));
      } else {
        saved[path] = *files_.ReadAll(path);
      }
    }
    return saved;
  }
  void Restore(const std::string& folder, const std::map<std::string, std::string>& saved) {
    ASSERT_TRUE(files_.RemoveTree(folder).ok());
    for (const auto& [path, bytes] : saved) {
      ASSERT_TRUE(files_.MakeFolder(FolderOf(path)).ok());
      ASSERT_TRUE(files_.Replace(path, bytes).ok());
    }
  }

  SimulatedFiles files_;
  const std::unique_ptr<rocksdb::Env> env_ = SimulatedEnv(files_);
  LogPlaces places_{"/disk/log", "/second/journal", &files_, env_.get()};
  RocksEventLog::Options options_;
  ManualClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  Appends appends_{7};
  std::unique_ptr<RocksEventLog> log_;

 private:
  std::map<std::uint64_t, std::string> acknowledged_;
  pb::AppendRequest last_;
};

}  // namespace mlup::log
