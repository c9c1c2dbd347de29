// The OpenID provider: what is asked of it, and what is taken of what it says.
#include "services/identity/openid.h"

#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <cjose/cjose.h>
#include <nlohmann/json.hpp>

#include "eventstore/base/simulated_files.h"

namespace mlup::identity::openid_test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::SizeIs;

constexpr char kIssuer[] = "https://login.example.org";
constexpr char kOrigin[] = "https://mlup.example.org";
constexpr char kFile[] = R"(
  issuer: "https://login.example.org" label: "Ministry" client_id: "mlup"
  algorithm: SIGNING_ALGORITHM_ES256 actor_claim: "preferred_username"
  origins: "https://mlup.example.org" origins: "http://localhost:7481")";

// A provider in memory with a key of its own.
class OpenIdTest : public testing::Test {
 protected:
  OpenIdTest() { NewKey("one"); }
  ~OpenIdTest() override {
    for (const auto& [id, key] : keys_) cjose_jwk_release(key);
  }
  OpenIdTest(const OpenIdTest&) = delete;
  OpenIdTest& operator=(const OpenIdTest&) = delete;

  void NewKey(const std::string& id) {
    cjose_err error;
    cjose_jwk_t* const key = cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, &error);
    cjose_jwk_set_kid(key, id.data(), id.size(), &error);
    keys_[id] = key;
  }
  std::string Sign(const json& claims, const std::string& key = "one",
                   const std::string& algorithm = "ES256") {
    cjose_err error;
    cjose_header_t* const header = cjose_header_new(&error);
    cjose_header_set(header, CJOSE_HDR_ALG, algorithm.c_str(), &error);
    cjose_header_set(header, CJOSE_HDR_KID, key.c_str(), &error);
    const std::string text = claims.dump();
    cjose_jws_t* const jws =
        cjose_jws_sign(keys_.at(key), header, reinterpret_cast<const std::uint8_t*>(text.data()),
                       text.size(), &error);
    const char* compact = nullptr;
    std::string token;
    if (jws != nullptr && cjose_jws_export(jws, &compact, &error)) token = compact;
    cjose_jws_release(jws);
    cjose_header_release(header);
    return token;
  }
  absl::StatusOr<std::string> Answer(const OpenIdCall& call) {
    asked_.push_back(call.url);
    if (down_) return Error(absl::StatusCode::kUnavailable, "OPENID_PROVIDER_UNREACHABLE", "down");
    if (absl::EndsWith(call.url, "/openid-configuration")) {
      return json{{"issuer", issuer_},
                  {"authorization_endpoint", absl::StrCat(kIssuer, "/auth")},
                  {"token_endpoint", token_endpoint_},
                  {"jwks_uri", absl::StrCat(kIssuer, "/jwks")}}
          .dump();
    }
    if (absl::EndsWith(call.url, "/jwks")) {
      json list = json::array();
      for (const std::string& id : published_) {
        cjose_err error;
        const std::unique_ptr<char, decltype(&std::free)> text(
            cjose_jwk_to_json(keys_.at(id), false, &error), &std::free);
        json& key = list.emplace_back(json::parse(text.get()));
        if (!broken_.first.empty()) key[broken_.first] = broken_.second;
      }
      return json{{"keys", list}}.dump();
    }
    form_ = call.form;
    credentials_ = call.credentials;
    if (token_.empty()) return Error(absl::StatusCode::kPermissionDenied, "OPENID_REFUSED", "400");
    return json{{"id_token", token_}}.dump();
  }
  std::unique_ptr<OpenId> Open(const std::string& file = kFile) {
    auto provider = ParseOpenIdFile(file);
    EXPECT_TRUE(provider.ok()) << provider.status();
    return *OpenId::Open(*provider, files_, clock_,
                         [this](const OpenIdCall& call) { return Answer(call); });
  }
  json Claims() {
    const std::int64_t now = absl::ToUnixSeconds(clock_.Now());
    return {{"iss", kIssuer}, {"aud", "mlup"},    {"exp", now + 300},
            {"iat", now},     {"nonce", "nonce"}, {"preferred_username", "staff-sw-1"},
            {"sub", "6f1c"}};
  }
  // Why what it signs is not taken; empty where it is.
  std::string Tried(const json& claims, const std::string& key = "one") {
    token_ = Sign(claims, key);
    return Tried();
  }
  std::string Tried() {
    const auto actor = openid_->ActorOf(begun_, "code");
    if (!actor.ok()) return std::string(actor.status().message());
    EXPECT_EQ(*actor, "staff-sw-1");
    return "";
  }

  SimulatedFiles files_;
  ManualClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  std::map<std::string, cjose_jwk_t*> keys_;
  std::vector<std::string> published_ = {"one"};
  std::string issuer_ = kIssuer;
  std::string token_endpoint_ = absl::StrCat(kIssuer, "/token");
  bool down_ = false;
  // A number of each key, and what stands in its place.
  std::pair<std::string, std::string> broken_;
  std::string token_;
  std::string form_;
  std::string credentials_;
  std::vector<std::string> asked_;
  const OpenId::Begun begun_ = {kOrigin, "state", "verifier", "nonce"};
  std::unique_ptr<OpenId> openid_ = Open();
};

TEST_F(OpenIdTest, ABrowserIsSentWithAChallengeAndNeverWithTheVerifier) {
  const auto url = openid_->AuthorizationUrl(begun_);
  ASSERT_TRUE(url.ok()) << url.status();
  EXPECT_THAT(*url, HasSubstr("https://login.example.org/auth?response_type=code&client_id=mlup"));
  EXPECT_THAT(*url, HasSubstr("redirect_uri=https%3a%2f%2fmlup.example.org%2fsession%2fopenid"));
  EXPECT_THAT(*url, HasSubstr("state=state&nonce=nonce&code_challenge_method=S256"));
  // SHA-256 of "verifier".
  EXPECT_THAT(*url, HasSubstr("code_challenge=iMnq5o6zALKXGivsnlom_0F5_WYda32GHkxlV7mq7hQ"));
  EXPECT_FALSE(absl::StrContains(*url, "=verifier"));
}

TEST_F(OpenIdTest, WhoHasACodeIsWhoTheSignedClaimSays) {
  EXPECT_EQ(Tried(Claims()), "");
  EXPECT_THAT(form_, HasSubstr("grant_type=authorization_code&code=code"));
  EXPECT_THAT(form_, HasSubstr("code_verifier=verifier"));
  EXPECT_EQ(credentials_, "");
  json several = Claims();
  several["aud"] = {"mlup", "another"};
  EXPECT_THAT(Tried(several), HasSubstr("another client"));
  several["azp"] = "mlup";
  EXPECT_EQ(Tried(several), "");
}

TEST_F(OpenIdTest, WhatDoesNotFitIsRefused) {
  const std::vector<std::pair<std::string, json>> wrong = {
      {"iss", "https://elsewhere.example.org"},
      {"aud", "another"},
      {"aud", json::array({"another"})},
      {"azp", "another"},
      {"exp", absl::ToUnixSeconds(clock_.Now()) - 121},
      {"exp", "soon"},
      {"iat", absl::ToUnixSeconds(clock_.Now()) + 200},
      {"nonce", "another"},
      {"preferred_username", "../etc"},
      {"preferred_username", 7}};
  for (const auto& [claim, value] : wrong) {
    json claims = Claims();
    claims[claim] = value;
    EXPECT_NE(Tried(claims), "") << claim << " " << value;
    if (claim == "azp") continue;
    claims.erase(claim);
    EXPECT_NE(Tried(claims), "") << "without " << claim;
  }
  token_ = "";
  EXPECT_THAT(Tried(), HasSubstr("does not know the code"));
  token_ = "a.b.c";
  EXPECT_NE(Tried(), "");
}

TEST_F(OpenIdTest, OnlyTheProvidersOwnKeysAndTheOneAlgorithmSign) {
  NewKey("two");
  EXPECT_THAT(Tried(Claims(), "two"), HasSubstr("no key of the provider"));
  // The header says what it likes: none, or a symmetric one with the public key as the secret.
  const std::string good = Sign(Claims());
  const std::size_t body = good.find('.') + 1;
  const auto with_header = [&](const std::string& header, const std::string& signature) {
    return absl::StrCat(absl::WebSafeBase64Escape(header), ".",
                        good.substr(body, good.rfind('.') - body), ".", signature);
  };
  for (const char* const header : {R"({"alg":"none"})", R"({"alg":"HS256","kid":"one"})",
                                   R"({"alg":"RS256","kid":"one"})", R"({"kid":"one"})"}) {
    token_ = with_header(header, "");
    EXPECT_NE(Tried(), "") << header;
    token_ = with_header(header, good.substr(good.rfind('.') + 1));
    EXPECT_NE(Tried(), "") << header;
  }
  token_ = good;
  token_[body + 3] = token_[body + 3] == 'A' ? 'B' : 'A';
  EXPECT_NE(Tried(), "");
  token_ = good;
  EXPECT_EQ(Tried(), "");
}

// Goal: no answer ends the process. Method: lengths and letters that base64url never makes, in each
// part of a token and each number of a key.
TEST_F(OpenIdTest, WhatIsNoBase64UrlIsRefused) {
  const std::string good = Sign(Claims());
  const std::vector<std::string> parts = absl::StrSplit(good, '.');
  ASSERT_THAT(parts, SizeIs(3));
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string longer(1 + (4 - parts[i].size() % 4) % 4, 'A');
    for (const std::string& more :
         {longer, std::string("="), std::string(" "), std::string("+/")}) {
      std::vector<std::string> changed = parts;
      changed[i] += more;
      token_ = absl::StrJoin(changed, ".");
      EXPECT_THAT(Tried(), HasSubstr("no JWS")) << i << " " << more;
    }
  }
  for (const std::string_view token : {"", ".", "..", "A.A.A", "a.b", "AAAA.AAAA.AAAA.AAAA"}) {
    token_ = token.empty() ? " " : token;
    EXPECT_THAT(Tried(), HasSubstr("no JWS")) << token;
  }
  for (const char* const name : {"x", "y"}) {
    for (const std::string_view number : {"", "A", "AAAAA", "AA=", "!!!!"}) {
      broken_ = {name, std::string(number)};
      openid_ = Open();
      token_ = good;
      EXPECT_THAT(Tried(), HasSubstr("no key for ES256")) << name << " " << number;
    }
  }
}

TEST_F(OpenIdTest, ANewKeyIsAskedForButOnceAMinute) {
  EXPECT_EQ(Tried(Claims()), "");
  NewKey("two");
  published_ = {"one", "two"};
  EXPECT_NE(Tried(Claims(), "two"), "");
  clock_.Advance(absl::Seconds(61));
  EXPECT_EQ(Tried(Claims(), "two"), "");
  const std::size_t asked = asked_.size();
  NewKey("three");
  for (int i = 0; i < 5; ++i) EXPECT_NE(Tried(Claims(), "three"), "");
  EXPECT_EQ(asked_.size(), asked + 5) << "the token endpoint alone";
}

TEST_F(OpenIdTest, WithoutAnAnswerTheLastKeysAreGoodForADay) {
  EXPECT_EQ(Tried(Claims()), "");
  const std::string url = *openid_->AuthorizationUrl(begun_);
  down_ = true;
  clock_.Advance(absl::Hours(23));
  EXPECT_TRUE(openid_->AuthorizationUrl(begun_).ok());
  clock_.Advance(absl::Hours(2));
  EXPECT_EQ(ErrorReason(openid_->AuthorizationUrl(begun_).status()), "OPENID_PROVIDER_UNREACHABLE");
  down_ = false;
  clock_.Advance(absl::Seconds(61));
  EXPECT_EQ(*openid_->AuthorizationUrl(begun_), url);
}

TEST_F(OpenIdTest, AProviderThatIsNotWhatItsFileSaysIsNotUsed) {
  issuer_ = "https://elsewhere.example.org";
  EXPECT_EQ(ErrorReason(openid_->AuthorizationUrl(begun_).status()), "OPENID_PROVIDER_UNFIT");
  issuer_ = kIssuer;
  token_endpoint_ = "http://login.example.org/token";
  clock_.Advance(absl::Seconds(61));
  EXPECT_EQ(ErrorReason(openid_->AuthorizationUrl(begun_).status()), "OPENID_PROVIDER_UNFIT");
}

TEST_F(OpenIdTest, AFileIsRefusedByItsField) {
  const auto refused = [](const std::string& file) {
    return std::string(ParseOpenIdFile(file).status().message());
  };
  const std::string good = kFile;
  const auto without = [&](const std::string& text, const std::string& instead) {
    std::string changed = good;
    return changed.replace(changed.find(text), text.size(), instead);
  };
  EXPECT_THAT(refused(without("https://login", "http://login")), HasSubstr("https"));
  EXPECT_THAT(refused(without("SIGNING_ALGORITHM_ES256", "SIGNING_ALGORITHM_UNSPECIFIED")),
              HasSubstr("SIGNING_ALGORITHM_RS256"));
  EXPECT_THAT(refused(without("https://mlup.example.org", "https://mlup.example.org/path")),
              HasSubstr("without a path"));
  EXPECT_THAT(refused(without("client_id: \"mlup\"", "")), HasSubstr("must be given"));
  EXPECT_THAT(refused("issuer: 7"), HasSubstr("line 1"));
}

}  // namespace
}  // namespace mlup::identity::openid_test
