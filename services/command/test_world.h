// Everything a request to record needs, in memory, for tests of services: clock, random, log,
// roles, keyring, handler.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include <unistd.h>

#include "eventstore/base/check.h"
#include "services/command/command_handler.h"
#include "services/command/hooked_log.h"
#include "services/fields/from_text.h"

namespace mlup::command {

using mlup::ContextText;
using mlup::FromText;

// One world a test, which lets facts name what is not registered unless told otherwise; it is
// 2021-04-22 12:00 in Phnom Penh. Workers may record everything and import;
// a guest nothing, a note taker notes only.
class TestWorld {
 public:
  using Naming = CommandHandler::Naming;

  explicit TestWorld(KnownStreams::Options known = {}, Naming naming = Naming::kAnything)
      : path_(KeyringPath()), known_(known), naming_(naming) {
    std::remove(path_.c_str());
    keyring_ = *privacy::Keyring::Open(path_);
    others_ = MakeHandler();
    Restart();
  }
  ~TestWorld() { std::remove(path_.c_str()); }

  ManualClock& clock() { return clock_; }
  HookedLog& log() { return log_; }
  privacy::Keyring& keyring() { return *keyring_; }
  identity::Policy& policy() { return policy_; }
  // The size of the keyring's file, which grows with each key that is made.
  std::uintmax_t KeyringBytes() const { return std::filesystem::file_size(path_); }
  CommandHandler& commands() { return *commands_; }
  // Of another process on the same log and keyring.
  CommandHandler& others() { return *others_; }
  // Makes commands() anew, which then knows no stream.
  void Restart() { commands_ = MakeHandler(); }

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
  std::unique_ptr<CommandHandler> MakeHandler() {
    return std::make_unique<CommandHandler>(log(), policy_, *keyring_, clock_, random_, known_,
                                            naming_);
  }

  static std::string KeyringPath() {
    std::string test = testing::UnitTest::GetInstance()->current_test_info()->name();
    std::replace(test.begin(), test.end(), '/', '_');
    static int worlds = 0;
    return absl::StrCat(testing::TempDir(), "keyring.", test, ".", getpid(), ".", ++worlds);
  }

  static constexpr char kRoles[] =
      "roles { name: 'worker' records: 'cases/*' records: 'cases/consent/*' records: "
      "'cases/safeguarding/*' records: 'cases/erasure/*' records: 'training/*' "
      "records: 'donations/*' "
      "        records: 'network/*' records: 'network/import/*' records: 'identity/*' may_import: "
      "true }"
      "roles { name: 'trainer' records: 'cases/*' }"
      "roles { name: 'guest' }"
      "roles { name: 'note_taker' records: 'cases/note_recorded' }"
      "actors { actor_id: 'staff-sw-1' organisation_id: 'mro' roles: 'worker' roles: 'trainer' "
      "roles: 'guest' "
      "         roles: 'note_taker' }"
      "actors { actor_id: 'staff-sw-2' organisation_id: 'mro' roles: 'worker' }";

  const std::string path_;
  const KnownStreams::Options known_;
  const Naming naming_;
  ManualClock clock_{absl::FromUnixSeconds(1619067600)};
  SeededRandom random_{1};
  HookedLog log_{clock_};
  identity::Policy policy_ = *identity::Policy::Parse(kRoles);
  std::unique_ptr<privacy::Keyring> keyring_;
  std::unique_ptr<CommandHandler> commands_;
  std::unique_ptr<CommandHandler> others_;
};

}  // namespace mlup::command
