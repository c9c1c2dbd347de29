// What a NATS relay may be told. Publishing is tried against a real server in
// tests/e2e/nats_restarts.py.
#include "services/relay/nats_sender.h"

#include <gtest/gtest.h>

#include "eventstore/base/status.h"

namespace mlup::relay {
namespace {

TEST(NatsSettingsTest, PlaintextStaysOnThisMachine) {
  for (const char* url : {"nats://127.0.0.1:4222", "nats://user:word@localhost:4222/",
                          "nats://[::1]:4222", "tls://partner.example:4222"}) {
    EXPECT_TRUE(CheckNats(url, "EVENTS", "mlup").ok()) << url;
  }
  for (const char* url :
       {"", "127.0.0.1:4222", "nats://partner.example:4222", "nats://",
        "nats://127.0.0.1@partner.example:4222", "nats://127.0.0.1.partner.example"}) {
    EXPECT_EQ(ErrorReason(CheckNats(url, "EVENTS", "mlup")), "NATS_URL_INVALID") << url;
  }
}

TEST(NatsSettingsTest, SubjectsHaveNoWildcards) {
  EXPECT_TRUE(CheckNats("nats://127.0.0.1:1", "EVENTS-2_b", "org.mlup").ok());
  for (const char* prefix : {"", "a.", ".a", "a..b", "a.>", "*", "a b"}) {
    EXPECT_EQ(ErrorField(CheckNats("nats://127.0.0.1:1", "EVENTS", prefix)), "nats.prefix")
        << prefix;
  }
  EXPECT_EQ(ErrorField(CheckNats("nats://127.0.0.1:1", "A.B", "mlup")), "nats.stream");
}

TEST(NatsSenderTest, AServerThatIsNotThereIsUnavailableAndTriedAgain) {
  ManualClock clock(absl::FromUnixSeconds(1'700'000'000));
  NatsSender sender({"nats://127.0.0.1:1", "EVENTS"}, clock);
  for (std::uint64_t i = 1; i <= 3; ++i) {
    sender.Start(
        {.position = {i}, .category = "case", .type = "mlup.cases.v1.CaseClosed", .event = {}});
    const std::vector<Outcome> outcomes = sender.Wait(absl::Seconds(1));
    ASSERT_EQ(outcomes.size(), 1U);
    EXPECT_EQ(outcomes[0].kind, Outcome::Kind::kUnavailable);
    EXPECT_EQ(outcomes[0].position, Position{i});
    clock.Advance(absl::Milliseconds(300));
  }
  EXPECT_EQ(sender.Ping("").kind, Outcome::Kind::kUnavailable);
}

}  // namespace
}  // namespace mlup::relay
