// What a passkey's answer proves, and each way in which it proves nothing.
#include "services/identity/passkeys.h"

#include <functional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/identity/challenges.h"
#include "services/identity/test_authenticator.h"

namespace mlup::identity {
namespace {

using testing::HasSubstr;

const PasskeyPlace& Place() {
  static const PasskeyPlace& place = *new PasskeyPlace(*PasskeyPlaceOf("https://mlup.example.org"));
  return place;
}

absl::StatusOr<v1::Passkey> Added(const TestAuthenticator& device,
                                  const std::string& challenge = "c",
                                  const std::string& type = "webauthn.create") {
  return ReadNewPasskey(Place(), "c", device.ClientData(type, challenge),
                        device.NewAuthenticatorData());
}

TEST(PasskeyTest, SignsInOnceItIsAdded) {
  TestAuthenticator device;
  const auto passkey = Added(device);
  ASSERT_TRUE(passkey.ok()) << passkey.status();
  EXPECT_EQ(passkey->credential_id(), device.credential_id);
  EXPECT_EQ(passkey->rp_id(), "mlup.example.org");
  for (const char* const challenge : {"one", "two"}) {
    const auto counted = VerifyPasskey(*passkey, challenge, device.Sign(challenge));
    ASSERT_TRUE(counted.ok()) << counted.status();
    EXPECT_EQ(*counted, 0U) << "this one does not count";
  }
}

TEST(PasskeyTest, OneThatCountsGoesOn) {
  TestAuthenticator device;
  device.counter = 7;
  v1::Passkey passkey = *Added(device);
  EXPECT_EQ(passkey.counted(), 7U);
  EXPECT_THAT(std::string(VerifyPasskey(passkey, "c", device.Sign("c")).status().message()),
              HasSubstr("as a copy would"));
  device.counter = 8;
  EXPECT_EQ(VerifyPasskey(passkey, "c", device.Sign("c")).value_or(0), 8U);
  device.counter = 0;
  EXPECT_EQ(ErrorReason(VerifyPasskey(passkey, "c", device.Sign("c")).status()), "PASSKEY_WRONG");
}

// Each change alone proves nothing, whether it adds a passkey or signs in.
TEST(PasskeyTest, ProvesNothingOtherwise) {
  struct Lie {
    const char* words;
    std::function<void(TestAuthenticator&)> tell;
  };
  const Lie lies[] = {
      {"another page", [](auto& device) { device.origin = "https://mlup.example.com"; }},
      {"another page", [](auto& device) { device.origin = "http://mlup.example.org"; }},
      {"another site", [](auto& device) { device.rp_id = "example.org"; }},
      {"was not verified", [](auto& device) { device.flags = 0x01; }},
      {"was not verified", [](auto& device) { device.flags = 0x04; }},
  };
  for (const Lie& lie : lies) {
    TestAuthenticator device;
    const v1::Passkey passkey = *Added(device);
    lie.tell(device);
    EXPECT_THAT(std::string(Added(device).status().message()), HasSubstr(lie.words));
    EXPECT_THAT(std::string(VerifyPasskey(passkey, "c", device.Sign("c")).status().message()),
                HasSubstr(lie.words));
  }
  const TestAuthenticator device;
  const TestAuthenticator other;
  const v1::Passkey passkey = *Added(device);
  const auto refusal = [&](const v1::PasskeyAssertion& assertion) {
    return std::string(VerifyPasskey(passkey, "c", assertion).status().message());
  };
  EXPECT_THAT(refusal(device.Sign("d")), HasSubstr("something else"));
  EXPECT_THAT(refusal(other.Sign("c")), HasSubstr("signature"));
  v1::PasskeyAssertion assertion = device.Sign("c");
  assertion.set_client_data_json(device.ClientData("webauthn.create", "c"));
  EXPECT_THAT(refusal(assertion), HasSubstr("another kind"));
  assertion = device.Sign("c");
  assertion.mutable_signature()->back() ^= 1;
  EXPECT_THAT(refusal(assertion), HasSubstr("signature"));
  assertion = device.Sign("c");
  assertion.mutable_authenticator_data()->append("more");
  EXPECT_THAT(refusal(assertion), HasSubstr("signature"));
  assertion = device.Sign("c");
  assertion.set_client_data_json("{");
  EXPECT_EQ(ErrorReason(VerifyPasskey(passkey, "c", assertion).status()), "PASSKEY_INVALID");
  EXPECT_THAT(std::string(Added(device, "d").status().message()), HasSubstr("something else"));
  EXPECT_THAT(std::string(Added(device, "c", "webauthn.get").status().message()),
              HasSubstr("another kind"));
  const auto cut = ReadNewPasskey(Place(), "c", device.ClientData("webauthn.create", "c"),
                                  device.NewAuthenticatorData().substr(0, 90));
  EXPECT_THAT(std::string(cut.status().message()), HasSubstr("no key"));
}

TEST(PasskeyTest, StandsOnPagesWhereBrowsersHaveThem) {
  EXPECT_EQ(PasskeyPlaceOf("https://mlup.example.org:8443")->rp_id, "mlup.example.org");
  EXPECT_EQ(PasskeyPlaceOf("http://localhost:7480")->rp_id, "localhost");
  for (const char* const unfit :
       {"", "https://", "https://127.0.0.1", "http://127.0.0.1:7480", "http://mlup.example.org",
        "ftp://mlup.example.org", "https://mlup.example.org/", "https://mlup.example.org:",
        "https://mlup.example.org:7a", "https://user@mlup.example.org", "https://[::1]"}) {
    EXPECT_EQ(ErrorReason(PasskeyPlaceOf(unfit).status()), "ORIGIN_UNFIT") << unfit;
  }
}

TEST(ChallengesTest, AreGoodOnceForOnePurposeAndFiveMinutes) {
  const CredentialKey key(std::string(32, 'k'), "id");
  ManualClock clock(absl::FromUnixSeconds(1619067600));
  Challenges challenges(key, clock);
  const std::string one = challenges.New("sign in");
  EXPECT_NE(one, challenges.New("sign in"));
  EXPECT_EQ(ErrorReason(challenges.Use(one, "add")), "CHALLENGE_OVER");
  EXPECT_TRUE(challenges.Use(one, "sign in").ok());
  EXPECT_EQ(ErrorReason(challenges.Use(one, "sign in")), "CHALLENGE_OVER");
  const std::string late = challenges.New("sign in");
  std::string forged = late;
  forged[20] = static_cast<char>(forged[20] ^ 1);
  EXPECT_EQ(ErrorReason(challenges.Use(forged, "sign in")), "CHALLENGE_OVER");
  EXPECT_EQ(ErrorReason(challenges.Use("", "sign in")), "CHALLENGE_OVER");
  clock.Advance(absl::Seconds(301));
  EXPECT_EQ(ErrorReason(challenges.Use(late, "sign in")), "CHALLENGE_OVER");
}

}  // namespace
}  // namespace mlup::identity
