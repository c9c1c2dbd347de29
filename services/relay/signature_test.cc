// Signatures against values that were computed elsewhere.
#include "services/relay/signature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlup::relay {
namespace {

constexpr char kFirst[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr char kSecond[] = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
constexpr char kBody[] = R"({"test": 2432232314})";

std::string Sign(const std::string& file) {
  const auto signer = Signer::Parse(file);
  EXPECT_TRUE(signer.ok()) << signer.status();
  return signer->Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, kBody);
}

TEST(SignatureTest, IsThatOfStandardWebhooks) {
  EXPECT_EQ(Sign(kFirst), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(SignatureTest, EverySecretSignsDuringAChangeOver) {
  const std::string both = Sign(std::string("# new\n") + kSecond + "\r\n\n# old\n" + kFirst + "\n");
  EXPECT_EQ(both, Sign(kSecond) + " " + Sign(kFirst));
}

TEST(SignatureTest, WhatIsNoSecretIsRefusedWithoutShowingIt) {
  for (const std::string file :
       {"", "# none\n", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_short", "whsec_!!!!"}) {
    const absl::Status status = Signer::Parse(file).status();
    EXPECT_EQ(ErrorReason(status), "SECRET_INVALID") << file;
    EXPECT_THAT(std::string(status.message()), testing::Not(testing::HasSubstr("MfKQ")));
  }
}

}  // namespace
}  // namespace mlup::relay
