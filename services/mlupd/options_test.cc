// What the daemon refuses to be told.
#include "services/mlupd/options.h"

#include <gtest/gtest.h>

#include "eventstore/base/status.h"
#include "services/domain/fact_table.h"

namespace mlup::daemon {
namespace {

const tls::TlsFiles kTls{"/etc/mlup/server.crt", "/etc/mlup/server.key", ""};

std::string ReasonOf(ServeOptions options) { return ErrorReason(Complete(options)); }

TEST(OptionsTest, EverythingHasADefault) {
  ServeOptions options;
  ASSERT_TRUE(Complete(options).ok());
  EXPECT_EQ(options.roles.size(), 8U);
  EXPECT_EQ(options.keyring, "./var/data.keyring");
}

TEST(OptionsTest, TheServicesThatRecordAreRoles) {
  for (const domain::Service& service : domain::FactTable::Get().services()) {
    ServeOptions options{.roles = {service.name}, .log = "127.0.0.1:1"};
    EXPECT_TRUE(Complete(options).ok()) << service.name;
    EXPECT_TRUE(options.Records()) << service.name;
  }
  EXPECT_FALSE((ServeOptions{.roles = {"log", "projections", "query"}}.Records()));
  ServeOptions unknown{.roles = {"kitchen"}};
  EXPECT_EQ(Complete(unknown).message(),
            "there is no role kitchen; roles are log, cases, training, donations, network, "
            "identity, projections, query");
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

TEST(OptionsTest, ANameIsOneLine) {
  EXPECT_EQ(ReasonOf({.name = "Office of the north, \xe1\x9e\x80"}), "");
  for (const char* name : {"two\nlines", "\xff", "bell\a"}) {
    EXPECT_EQ(ReasonOf({.name = name}), "NAME_INVALID") << name;
  }
  EXPECT_EQ(ReasonOf({.name = std::string(81, 'x')}), "NAME_INVALID");
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

TEST(OptionsTest, PlaintextForOthersStaysOnTheMachineToo) {
  for (const char* address : {"0.0.0.0:7480", "[::]:7480", "mlup.example.org:443"}) {
    ServeOptions http{.http_listen = address};
    const absl::Status refused = Complete(http);
    EXPECT_EQ(ErrorReason(refused), "ADDRESS_NOT_LOCAL") << address;
    EXPECT_NE(refused.message().find("--http-listen"), absl::string_view::npos);
    EXPECT_NE(refused.message().find("--tls-certificate"), absl::string_view::npos);
    EXPECT_EQ(ReasonOf({.esdb_listen = address}), "ADDRESS_NOT_LOCAL") << address;
    EXPECT_EQ(ReasonOf({.http_listen = address, .tls = kTls}), "") << address;
    EXPECT_EQ(ReasonOf({.esdb_listen = address, .tls = kTls}), "CLIENT_CA_MISSING") << address;
    EXPECT_EQ(ReasonOf({.esdb_listen = address, .tls = {"crt", "key", "ca"}}), "") << address;
    EXPECT_EQ(ReasonOf({.listen = address, .http_listen = "127.0.0.1:0", .tls = kTls}),
              "ADDRESS_NOT_LOCAL");
  }
  for (const char* address : {"7480", "0.0.0.0:", ":7480", "0.0.0.0:70000"}) {
    EXPECT_EQ(ReasonOf({.http_listen = address, .tls = kTls}), "ADDRESS_INVALID") << address;
    EXPECT_EQ(ReasonOf({.esdb_listen = address}), "ADDRESS_INVALID") << address;
  }
}

TEST(OptionsTest, TheWebApplicationIsForThisMachine) {
  EXPECT_EQ(ReasonOf({.web_listen = "127.0.0.1:7481", .web_dir = "build"}), "");
  EXPECT_EQ(ReasonOf({.web_listen = "0.0.0.0:7481"}), "ADDRESS_NOT_LOCAL");
  EXPECT_EQ(ReasonOf({.http_listen = "127.0.0.1:1", .web_listen = "0.0.0.0:1", .tls = kTls}),
            "ADDRESS_NOT_LOCAL");
  EXPECT_EQ(ReasonOf({.web_dir = "build"}), "WEB_NOT_SERVED");
}

TEST(OptionsTest, WhatTheEdgeServesMayHaveUnixSockets) {
  const std::string socket = "unix:/run/mlup/face";
  EXPECT_EQ(ReasonOf({.http_listen = socket, .operator_listen = socket}), "");
  EXPECT_EQ(ReasonOf({.web_listen = socket}), "WEB_ORIGIN_MISSING");
  EXPECT_EQ(ReasonOf({.web_listen = socket, .web_origin = "https://mlup.example.org"}), "");
  EXPECT_EQ(ReasonOf({.http_listen = "unix:"}), "ADDRESS_INVALID");
  ServeOptions esdb{.esdb_listen = socket};
  ASSERT_TRUE(Complete(esdb).ok());
  EXPECT_EQ(esdb.esdb_subscriber, "") << "behind an edge everybody says who they are";
}

TEST(OptionsTest, TlsIsGivenAsAWhole) {
  const std::string http = "127.0.0.1:0";
  EXPECT_EQ(ReasonOf({.http_listen = http, .tls = {"crt", "", ""}}), "TLS_INCOMPLETE");
  EXPECT_EQ(ReasonOf({.http_listen = http, .tls = {"", "key", ""}}), "TLS_INCOMPLETE");
  EXPECT_EQ(ReasonOf({.http_listen = http, .tls = {"", "", "ca"}}), "TLS_INCOMPLETE");
  EXPECT_EQ(ReasonOf({.http_listen = http, .tls = {"crt", "key", "ca"}}), "");
  EXPECT_EQ(ReasonOf({.esdb_listen = http, .tls = kTls}), "");
  EXPECT_EQ(ReasonOf({.tls = kTls}), "TLS_UNUSED");
  EXPECT_EQ(ReasonOf({.data = "/tmp/d", .http_listen = http, .tls = {"crt", "/tmp/d/key", ""}}),
            "TLS_KEY_INSIDE_DATA");
}

TEST(OptionsTest, WithTlsNobodyIsAnybodyWithoutAToken) {
  const std::string esdb = "127.0.0.1:0";
  ServeOptions plain{.esdb_listen = esdb};
  ASSERT_TRUE(Complete(plain).ok());
  EXPECT_EQ(plain.esdb_subscriber, "esdb");
  ServeOptions nobody{.esdb_listen = esdb, .esdb_subscriber = ""};
  ASSERT_TRUE(Complete(nobody).ok());
  EXPECT_EQ(nobody.esdb_subscriber, "");
  ServeOptions tls{.esdb_listen = esdb, .tls = kTls};
  ASSERT_TRUE(Complete(tls).ok());
  EXPECT_EQ(tls.esdb_subscriber, "");
  EXPECT_EQ(ReasonOf({.esdb_listen = esdb, .esdb_subscriber = "esdb", .tls = kTls}),
            "SUBSCRIBER_WITH_TLS");
}

}  // namespace
}  // namespace mlup::daemon
