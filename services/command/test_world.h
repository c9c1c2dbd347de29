// Everything a command needs, in memory, for tests of services: clock, random, log, roles, keyring,
// handler.
#pragma once

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include <unistd.h>

#include "eventstore/base/check.h"
#include "eventstore/log/memory_event_log.h"
#include "services/command/command_handler.h"
#include "services/command/rule_test.h"

namespace mlup::command {

// The text of a context by `staff-sw-1` as a worker, on a day.
inline std::string ContextText(std::string_view request_id, std::string_view day = "2021-02-17",
                               std::string_view actor = "staff-sw-1") {
  return absl::StrCat(
      "request_id: '", ToAbsl(request_id), "' actor_id: '", ToAbsl(actor),
      "' role: 'worker' organisation_id: 'mro' channel: CHANNEL_TABLET device: 'tablet-07' "
      "occurred { precision: PRECISION_DAY from: '",
      ToAbsl(day), "' } ");
}

// One world a test; it is 2021-04-22 12:00 in Phnom Penh. Workers may call everything and import; a
// guest nothing.
class TestWorld {
 public:
  TestWorld() : path_(KeyringPath()) {
    std::remove(path_.c_str());
    keyring_ = *privacy::Keyring::Open(path_);
    commands_ = std::make_unique<CommandHandler>(log(), policy_, *keyring_, clock_, random_);
  }
  ~TestWorld() { std::remove(path_.c_str()); }

  ManualClock& clock() { return clock_; }
  log::MemoryEventLog& log() { return log_; }
  privacy::Keyring& keyring() { return *keyring_; }
  CommandHandler& commands() { return *commands_; }

  // All that was recorded.
  std::vector<log::pb::Record> Records() {
    log::pb::ReadAllRequest request;
    request.set_limit(1024);
    std::vector<log::pb::Record> records;
    do {
      const auto page = *log_.ReadAll(request);
      records.insert(records.end(), page.records().begin(), page.records().end());
      request.set_from_position(page.next_position());
    } while (request.from_position() > 0);
    return records;
  }

 private:
  static std::string KeyringPath() {
    std::string test = testing::UnitTest::GetInstance()->current_test_info()->name();
    std::replace(test.begin(), test.end(), '/', '_');
    return absl::StrCat(testing::TempDir(), "keyring.", test, ".", getpid());
  }

  static constexpr char kRoles[] =
      "roles { name: 'worker' calls: 'mlup.cases.v1.CaseService/*' calls: "
      "'mlup.training.v1.TrainingService/*'"
      "        calls: 'mlup.donations.v1.DonationService/*' calls: "
      "'mlup.network.v1.NetworkService/*'"
      "        may_import: true }"
      "roles { name: 'guest' }"
      "actors { actor_id: 'staff-sw-1' organisation_id: 'mro' roles: 'worker' roles: 'guest' }"
      "actors { actor_id: 'staff-sw-2' organisation_id: 'mro' roles: 'worker' }";

  const std::string path_;
  ManualClock clock_{absl::FromUnixSeconds(1619067600)};
  SeededRandom random_{1};
  log::MemoryEventLog log_{clock_};
  const identity::Policy policy_ = *identity::Policy::Parse(kRoles);
  std::unique_ptr<privacy::Keyring> keyring_;
  std::unique_ptr<CommandHandler> commands_;
};

}  // namespace mlup::command
