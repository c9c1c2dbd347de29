// What the daemon refuses to be told.
#include "services/mlupd/options.h"

#include <gtest/gtest.h>

#include "eventstore/base/status.h"

namespace mlup::daemon {
namespace {

std::string ReasonOf(ServeOptions options) { return ErrorReason(Complete(options)); }

TEST(OptionsTest, EverythingHasADefault) {
  ServeOptions options;
  ASSERT_TRUE(Complete(options).ok());
  EXPECT_EQ(options.roles.size(), 7U);
  EXPECT_EQ(options.keyring, "./var/data.keyring");
}

TEST(OptionsTest, OptionsThatDoNotFitTogetherAreRefused) {
  EXPECT_EQ(ReasonOf({.roles = {"kitchen"}}), "ROLE_UNKNOWN");
  EXPECT_EQ(ReasonOf({.roles = {"cases"}}), "LOG_MISSING");
  EXPECT_EQ(ReasonOf({.roles = {"log"}, .log = "127.0.0.1:1"}), "LOG_TWICE");
  EXPECT_EQ(ReasonOf({.roles = {"query"}, .log = "127.0.0.1:1"}), "ROLES_TOGETHER");
  EXPECT_EQ(ReasonOf({.roles = {"cases"}, .log = "127.0.0.1:1"}), "");
  EXPECT_EQ(ReasonOf({.roles = {"cases"}, .log = "127.0.0.1:1", .witnesses = {"/tmp/w"}}),
            "WITNESS_WITHOUT_LOG");
}

TEST(OptionsTest, TheKeyringIsNeverInsideTheDataFolder) {
  EXPECT_EQ(ReasonOf({.data = "/tmp/d", .keyring = "/tmp/d/keys"}), "KEYRING_INSIDE_DATA");
  EXPECT_EQ(ReasonOf({.data = "/tmp/d/", .keyring = "/tmp/x/../d/keys"}), "KEYRING_INSIDE_DATA");
  EXPECT_EQ(ReasonOf({.data = "/tmp/d", .keyring = "/tmp/d.keys"}), "");
}

TEST(OptionsTest, TheSigningKeyIsNeverInsideTheDataFolder) {
  ServeOptions options;
  ASSERT_TRUE(Complete(options).ok());
  EXPECT_EQ(options.signing_key, "./var/data.signing-key");
  EXPECT_EQ(ReasonOf({.data = "/tmp/d", .signing_key = "/tmp/d/key"}), "SIGNING_KEY_INSIDE_DATA");
}

TEST(OptionsTest, PlaintextStaysOnTheMachine) {
  for (const char* address :
       {"127.0.0.1:7400", "localhost:0", "[::1]:7400", "unix:/run/mlup.sock"}) {
    EXPECT_TRUE(CheckLocal(address).ok()) << address;
  }
  for (const char* address : {"0.0.0.0:7400", "10.0.0.7:7400", "[::]:7400", "example.org:7400",
                              "127.evil.example:7400"}) {
    EXPECT_EQ(ErrorReason(CheckLocal(address)), "ADDRESS_NOT_LOCAL") << address;
  }
  for (const char* address : {"", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000", "unix:"}) {
    EXPECT_EQ(ErrorReason(CheckLocal(address)), "ADDRESS_INVALID") << address;
  }
}

}  // namespace
}  // namespace mlup::daemon
