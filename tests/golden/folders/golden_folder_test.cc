// Every golden data folder opens, holds the records it was made with byte for byte, and goes on.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "eventstore/base/clock.h"
#include "eventstore/base/files.h"
#include "eventstore/journal/reader.h"
#include "eventstore/log/backlog.h"
#include "eventstore/log/check_store.h"
#include "eventstore/log/log_reader.h"
#include "eventstore/log/rocks_event_log.h"
#include "eventstore/log/rocks_store.h"
#include "eventstore/log/test_appends.h"

namespace mlup::log {
namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string> Goldens() {
  std::vector<std::string> found;
  const auto names = SystemFiles().List(MLUP_GOLDEN_FOLDERS);
  for (const std::string& name : *names) {
    if (name.ends_with(".tar.gz")) found.push_back(name.substr(0, name.size() - 7));
  }
  return found;
}

class GoldenFolderTest : public testing::TestWithParam<std::string> {
 protected:
  GoldenFolderTest() {
    EXPECT_TRUE(SystemFiles().RemoveTree(root_).ok());
    EXPECT_TRUE(SystemFiles().MakeFolder(root_).ok());
    const std::string unpack =
        absl::StrCat("tar -xzf ", MLUP_GOLDEN_FOLDERS, "/", GetParam(), ".tar.gz -C ", root_);
    // NOLINTNEXTLINE(concurrency-mt-unsafe, cert-env33-c): one thread, and a path of our own.
    EXPECT_EQ(std::system(unpack.c_str()), 0);
  }
  ~GoldenFolderTest() override { EXPECT_TRUE(SystemFiles().RemoveTree(root_).ok()); }

  absl::StatusOr<std::unique_ptr<RocksEventLog>> Open() {
    return RocksEventLog::Open({.path = store_, .journal = journal_}, clock_);
  }

  // The stored bytes of every record, by position, as the journal has them.
  std::map<std::uint64_t, std::string> JournalBytes() const {
    std::map<std::uint64_t, std::string> bytes;
    const auto scan =
        journal::ScanJournal(SystemFiles(), journal_,
                             [&bytes](const journal::Frame& frame, const journal::Block& block) {
                               std::uint64_t position = frame.first.value;
                               for (const std::string_view record : block.records)
                                 bytes[position++] = record;
                               return absl::OkStatus();
                             });
    EXPECT_TRUE(scan.ok()) << scan.status();
    EXPECT_FALSE(scan->Damaged());
    return bytes;
  }

  // What the folder holds, once both copies are known to hold the same.
  Json Listing() const {
    const auto bytes = JournalBytes();
    const auto store = RocksStore::Open(store_);
    EXPECT_TRUE(store.ok()) << store.status();
    EXPECT_EQ((*store)->tail().head.value, bytes.size());
    Json listing = Json::array();
    const Backlog nothing;
    const LogReader reader(nothing, **store);
    for (const auto& [position, stored] : bytes) {
      EXPECT_EQ(reader.ReadBytes({position}).value_or("missing"), stored) << position;
      pb::Record record;
      EXPECT_TRUE(record.ParseFromString(stored));
      listing.push_back({{"position", record.position()},
                         {"stream", record.stream()},
                         {"revision", record.revision()},
                         {"type", record.event().type()},
                         {"blake2b", absl::BytesToHexString(journal::HashOf(stored))}});
    }
    return listing;
  }

  const std::string root_ = absl::StrCat(testing::TempDir(), "golden_", GetParam(), "_", getpid());
  const std::string store_ = root_ + "/data/log";
  const std::string journal_ = root_ + "/data/journal";
  ManualClock clock_{absl::FromUnixSeconds(4'000'000'000)};
};

TEST_P(GoldenFolderTest, IsReadAsItWasWritten) {
  const std::string expected = absl::StrCat(MLUP_GOLDEN_FOLDERS, "/", GetParam(), ".json");
  EXPECT_EQ(CheckStore(store_, journal_).health, StoreReport::Health::kSound);
  ASSERT_TRUE(Open().ok());
  const Json listing = Listing();
  std::ostringstream lines;
  for (const Json& line : listing) lines << line.dump() << "\n";
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing sets it.
  if (std::getenv("MLUP_GOLDEN_WRITE") != nullptr && !*SystemFiles().Exists(expected)) {
    std::ofstream(expected) << lines.str();
  }
  EXPECT_EQ(SystemFiles().ReadAll(expected).value_or("missing"), lines.str());

  // Read through the log, after it was opened and closed by today's program.
  const auto log = Open();
  ASSERT_TRUE(log.ok()) << log.status();
  const auto page = (*log)->ReadAll({});
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->records_size(), static_cast<int>(listing.size()));
  for (const pb::Record& record : page->records()) {
    const Json& line = listing[record.position() - 1];
    EXPECT_EQ(absl::BytesToHexString(journal::HashOf(record.SerializeAsString())),
              line["blake2b"].get<std::string>());
  }
}

TEST_P(GoldenFolderTest, GoesOn) {
  const std::uint64_t before = JournalBytes().size();
  {
    const auto log = Open();
    ASSERT_TRUE(log.ok()) << log.status();
    Appends appends(1);
    const auto appended = (*log)->Append(appends.To(appends.Stream()));
    ASSERT_TRUE(appended.ok()) << appended.status();
    EXPECT_EQ(appended->first_position(), before + 1);
  }
  EXPECT_EQ(CheckStore(store_, journal_).health, StoreReport::Health::kSound);
  EXPECT_EQ(Listing().size(), before + 1);
}

INSTANTIATE_TEST_SUITE_P(All, GoldenFolderTest, testing::ValuesIn(Goldens()),
                         [](const auto& golden) {
                           std::string name = golden.param;
                           std::replace_if(
                               name.begin(), name.end(),
                               [](unsigned char c) { return !absl::ascii_isalnum(c); }, '_');
                           return name;
                         });

}  // namespace
}  // namespace mlup::log
