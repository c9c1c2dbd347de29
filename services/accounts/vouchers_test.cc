// Ways in that name somebody by themselves: certificates, the machine's users, OpenID.
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "services/accounts/accounts_world.h"
#include "services/accounts/sign_in_service.h"
#include "services/tls/authority.h"
#include "services/tls/client_trust.h"

namespace mlup::accounts::vouchers_test {
namespace {

namespace pb = ::mlup::identity::v1;

constexpr char kWorker[] = "staff-cm-1";

class VouchersTest : public testing::Test {
 protected:
  void Populate() {
    ASSERT_EQ(world_.Bootstrap(), absl::OkStatus());
    world_.Open(kWorker, {"manager"});
  }
  std::string Reason(const absl::Status& status) { return ErrorReason(status); }

  AccountsWorld world_;
};

class CertificateTest : public VouchersTest {
 protected:
  CertificateTest() {
    Populate();
    EXPECT_EQ(tls::Authority::Init(parts_, "/certs", "mro"), absl::OkStatus());
    EXPECT_TRUE(Authority().Issue({.name = kWorker}).ok());
    Trust();
  }
  tls::Authority Authority() { return *tls::Authority::Open(parts_, "/certs"); }
  void Trust() {
    const auto trust = tls::ClientTrust::Load(world_.files_, "/certs");
    ASSERT_TRUE(trust.ok()) << trust.status();
    EXPECT_EQ(world_.service_.Trust(*trust), absl::OkStatus());
  }
  pb::SignInRequest Signed(const std::string& name = kWorker) {
    const auto file = [&](const std::string& kind) {
      return *world_.files_.ReadAll("/certs/" + name + kind);
    };
    pb::SignInRequest request;
    pb::CertificateAssertion& assertion = *request.mutable_certificate();
    assertion.set_challenge(world_.service_.BeginSignIn().challenge());
    assertion.set_certificate(*tls::ToDer(file(".crt")));
    assertion.set_signature(*tls::Sign(file(".key"), tls::SignInMessage(assertion.challenge())));
    return request;
  }
  std::string Tried(const pb::SignInRequest& request) {
    return Reason(world_.service_.SignIn(request, "10.0.0.1").status());
  }

  const tls::Authority::Parts parts_{world_.files_, world_.clock_, world_.random_};
};

TEST_F(CertificateTest, OpensASessionOnceForEachChallengeWhateverThePassword) {
  // A password to begin with, which nobody used.
  pb::ResetCredentialsRequest reset;
  reset.set_of(kWorker);
  ASSERT_TRUE(world_.service_.ResetCredentials(reset, world_.Installation()).ok());
  const pb::SignInRequest request = Signed();
  const auto session = world_.service_.SignIn(request, "10.0.0.1");
  ASSERT_TRUE(session.ok()) << session.status();
  EXPECT_FALSE(session->must_change_password());
  EXPECT_EQ(world_.Enter(session->token(), kHistory), "");
  EXPECT_EQ(world_.EventsOf(kWorker).back(), "SignedIn");
  EXPECT_EQ(Tried(request), "CHALLENGE_OVER") << "what was overheard";
  pb::SignInRequest other = Signed();
  other.mutable_certificate()->set_challenge(world_.service_.BeginSignIn().challenge());
  EXPECT_EQ(Tried(other), "CERTIFICATE_WRONG");
}

TEST_F(CertificateTest, WithoutAnAccountOrAnAuthorityItOpensNothing) {
  ASSERT_TRUE(Authority().Issue({.name = "system-nobody"}).ok());
  EXPECT_EQ(Tried(Signed("system-nobody")), "SIGN_IN_REFUSED");
  const pb::SignInRequest request = Signed();
  EXPECT_EQ(world_.service_.Trust(nullptr), absl::OkStatus());
  EXPECT_EQ(Tried(request), "CERTIFICATE_WRONG");
}

TEST_F(CertificateTest, WhatIsRevokedEndsItsSessionsAndNoOther) {
  const auto by_certificate = world_.service_.SignIn(Signed(), "10.0.0.1");
  ASSERT_TRUE(by_certificate.ok()) << by_certificate.status();
  const auto by_password = world_.SignIn(kWorker);
  ASSERT_TRUE(by_password.ok()) << by_password.status();
  const pb::SignInRequest request = Signed();
  ASSERT_TRUE(Authority().Revoke(kWorker).ok());
  Trust();
  world_.Later();
  EXPECT_EQ(world_.Enter(by_certificate->token(), kHistory), "SESSION_ENDED");
  EXPECT_EQ(world_.Enter(by_password->token(), kHistory), "");
  EXPECT_EQ(Tried(request), "CERTIFICATE_WRONG");
}

TEST_F(VouchersTest, ATicketOfThePeerSocketIsGoodOnceAndForItsActor) {
  Populate();
  pb::SignInRequest request;
  request.set_peer_ticket(world_.service_.NewPeerTicket(kWorker));
  const auto session = world_.service_.SignIn(request, "10.0.0.1");
  ASSERT_TRUE(session.ok()) << session.status();
  EXPECT_EQ(world_.Enter(session->token(), kHistory), "");
  EXPECT_EQ(Reason(world_.service_.SignIn(request, "10.0.0.1").status()), "CHALLENGE_OVER");
  const std::string nobody = "staff-nobody";
  const std::string ticket = world_.service_.NewPeerTicket(nobody);
  request.set_peer_ticket(ticket);
  EXPECT_EQ(Reason(world_.service_.SignIn(request, "10.0.0.1").status()), "SIGN_IN_REFUSED");
  request.set_peer_ticket(
      absl::StrCat(kWorker, world_.service_.NewPeerTicket(nobody).substr(nobody.size())));
  EXPECT_EQ(Reason(world_.service_.SignIn(request, "10.0.0.1").status()), "CHALLENGE_OVER");
  request.set_peer_ticket("nonsense");
  EXPECT_EQ(Reason(world_.service_.SignIn(request, "10.0.0.1").status()), "SIGN_IN_REFUSED");
}

TEST_F(VouchersTest, AnOpenIdProviderIsAskedOnlyByWhoBeganHere) {
  Populate();
  bool asked = false;
  auto openid = *identity::OpenId::Open(
      *identity::ParseOpenIdFile(
          "issuer: 'https://login.example.org' label: 'Ministry' client_id: 'mlup' "
          "algorithm: SIGNING_ALGORITHM_RS256 actor_claim: 'sub' origins: 'https://a.example'"),
      world_.files_, world_.clock_, [&asked](const identity::OpenIdCall&) {
        asked = true;
        return Error(absl::StatusCode::kUnavailable, "OPENID_PROVIDER_UNREACHABLE", "no answer");
      });
  SignInService service({world_.accounts_, world_.policy_, *world_.credentials_, world_.facts_,
                         world_.clock_, world_.random_, openid.get()});
  EXPECT_EQ(service.BeginSignIn().openid_label(), "Ministry");
  EXPECT_EQ(world_.service_.BeginSignIn().openid_label(), "");
  pb::BeginOpenIdRequest begin;
  begin.set_origin("https://a.example");
  EXPECT_EQ(Reason(world_.service_.BeginOpenId(begin).status()), "NO_OPENID_PROVIDER");
  EXPECT_EQ(Reason(service.BeginOpenId(begin).status()), "OPENID_PROVIDER_UNREACHABLE");
  begin.set_origin("https://b.example");
  EXPECT_EQ(Reason(service.BeginOpenId(begin).status()), "ORIGIN_UNFIT");
  // What nobody here began is not even asked about.
  asked = false;
  pb::SignInRequest request;
  request.mutable_openid()->set_origin("https://a.example");
  request.mutable_openid()->set_code("code");
  request.mutable_openid()->set_state(absl::WebSafeBase64Escape(std::string(40, 's')));
  EXPECT_EQ(Reason(service.SignIn(request, "10.0.0.1").status()), "CHALLENGE_OVER");
  EXPECT_FALSE(asked);
}

}  // namespace
}  // namespace mlup::accounts::vouchers_test
