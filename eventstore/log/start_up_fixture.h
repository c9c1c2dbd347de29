// What tests of starts have in common.
#pragma once

#include <string>

#include "gtest/gtest.h"

#include "eventstore/base/status.h"
#include "eventstore/log/rocks_start_up.h"
#include "eventstore/log/rocks_test_world.h"

namespace mlup::log {

// Both copies have what was acknowledged, unless a test wants it otherwise.
class StartUpTest : public testing::Test, protected LogWorld {
 protected:
  StartUpTest() { log_options.wait_for_both_copies = true; }

  void OpensWith(Repair repair) {
    const absl::Status status = Open();
    ASSERT_TRUE(status.ok()) << status;
    EXPECT_EQ(this->repair(), repair) << log->verdict().words;
    ExpectEverything();
    ASSERT_TRUE(Append(1).ok());
    ASSERT_TRUE(Open().ok());
    EXPECT_EQ(this->repair(), Repair::kNone);
    ExpectEverything();
  }

  // A start is refused and changes nothing; `words` stand in the refusal, and in what doctor says.
  void IsRefused(const std::string& reason, const std::string& words) {
    const absl::Status status = Open();
    EXPECT_EQ(ErrorReason(status), reason) << status;
    EXPECT_NE(std::string(status.message()).find(words), std::string::npos) << status;
    EXPECT_EQ(ErrorReason(ExamineLog(places)->verdict.status()), reason);
  }

  // A log of `count` events that was killed, or closed.
  void Begin(int count) {
    ASSERT_TRUE(Open().ok());
    ASSERT_TRUE(Append(count).ok());
  }
};

}  // namespace mlup::log
