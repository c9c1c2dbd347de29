// Signing in, and what one signs in with.
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "eventstore/base/limits.h"
#include "services/accounts/accounts_world.h"
#include "services/accounts/sign_in_service.h"
#include "services/identity/test_authenticator.h"

namespace mlup::accounts::sign_in_test {
namespace {

namespace pb = ::mlup::identity::v1;
using testing::ElementsAre;

constexpr char kWorker[] = "staff-cm-1";
constexpr char kOther[] = "another password than before";

class SignInTest : public testing::Test {
 protected:
  void Populate() {
    ASSERT_EQ(world_.Bootstrap(), absl::OkStatus());
    world_.Open(kWorker, {"manager"});
  }
  std::string Reason(const absl::Status& status) { return ErrorReason(status); }

  // Sets an authenticator up; its secret as an application has it.
  std::string SetUpAuthenticator(const identity::Caller& caller,
                                 std::vector<std::string>& recovery_codes) {
    pb::OfferAuthenticatorRequest offer;
    offer.set_password(kPassword);
    const auto offered = world_.service_.OfferAuthenticator(offer, caller);
    EXPECT_TRUE(offered.ok()) << offered.status();
    const auto* account = world_.credentials_->Now()->FindAccount(kWorker);
    std::string secret = *world_.credentials_->key().Open(account->offered_authenticator(),
                                                          absl::StrCat("authenticator\n", kWorker));
    pb::ConfirmAuthenticatorRequest confirm;
    confirm.set_code(Code(secret));
    const auto confirmed = world_.service_.ConfirmAuthenticator(confirm, caller);
    EXPECT_TRUE(confirmed.ok()) << confirmed.status();
    recovery_codes.assign(confirmed->recovery_codes().begin(), confirmed->recovery_codes().end());
    return secret;
  }
  std::string Code(const std::string& secret) {
    return identity::CodeOf(
        secret, static_cast<std::uint64_t>(absl::ToUnixSeconds(world_.clock_.Now())) / 30);
  }

  // The reason for which it is not added.
  std::string AddPasskey(const identity::Caller& caller, const identity::TestAuthenticator& device,
                         const std::string& password = kPassword) {
    pb::OfferPasskeyRequest offer;
    offer.set_password(password);
    offer.set_origin(device.origin);
    const auto offered = world_.service_.OfferPasskey(offer, caller);
    if (!offered.ok()) return Reason(offered.status());
    EXPECT_EQ(offered->rp_id(), device.rp_id);
    pb::AddPasskeyRequest add;
    add.set_origin(device.origin);
    add.set_client_data_json(device.ClientData("webauthn.create", offered->challenge()));
    add.set_authenticator_data(device.NewAuthenticatorData());
    add.set_label("My phone");
    return Reason(world_.service_.AddPasskey(add, caller).status());
  }
  pb::SignInRequest Signed(const identity::TestAuthenticator& device) {
    pb::SignInRequest request;
    *request.mutable_passkey() = device.Sign(world_.service_.BeginSignIn().challenge());
    return request;
  }

  AccountsWorld world_;
};

TEST_F(SignInTest, TheFirstAccountIsMadeOnceByWhoeverMayReadTheKeyring) {
  pb::BootstrapRequest request;
  request.set_name("staff-adm-1");
  request.set_display_name("Sokha");
  request.set_organisation_id("mro");
  request.add_roles("administrator");
  request.set_password(kPassword);
  const identity::Caller anybody(identity::Caller::Kind::kAnybody, "", "");
  EXPECT_EQ(Reason(world_.service_.Bootstrap(request, anybody).status()), "CALL_NOT_GRANTED");
  request.set_password("short");
  EXPECT_EQ(Reason(world_.service_.Bootstrap(request, world_.Installation()).status()),
            "PASSWORD_UNFIT");
  request.set_password(kPassword);
  request.add_roles("king");
  EXPECT_EQ(Reason(world_.service_.Bootstrap(request, world_.Installation()).status()),
            "ROLE_UNKNOWN");
  EXPECT_EQ(world_.log_.Head()->value, 0U) << "what was refused left nothing";
  ASSERT_EQ(world_.Bootstrap(), absl::OkStatus());
  EXPECT_THAT(world_.EventsOf("staff-adm-1"),
              ElementsAre("AccountOpened", "RoleGranted", "CredentialSet"));
  EXPECT_EQ(Reason(world_.Bootstrap("staff-adm-2")), "ACCOUNTS_EXIST");
}

TEST_F(SignInTest, ABootstrapThatWasCutOffIsCompletedByTheNext) {
  ASSERT_EQ(world_.Bootstrap(), absl::OkStatus());
  // As after a kill between the events and the file.
  ASSERT_TRUE(world_.files_.Remove("/var/data.credentials").ok());
  world_.credentials_ =
      *identity::CredentialStore::Open(world_.files_, "/var/data.credentials", *world_.keyring_);
  SignInService again({world_.accounts_, world_.policy_, *world_.credentials_, world_.facts_,
                       world_.clock_, world_.random_});
  pb::BootstrapRequest request;
  request.set_name("staff-adm-1");
  request.set_display_name("Sokha");
  request.set_organisation_id("mro");
  request.add_roles("administrator");
  request.set_password(kPassword);
  EXPECT_TRUE(again.Bootstrap(request, world_.Installation()).ok());
  EXPECT_THAT(world_.EventsOf("staff-adm-1"),
              ElementsAre("AccountOpened", "RoleGranted", "CredentialSet", "CredentialSet"));
}

TEST_F(SignInTest, APasswordOpensASessionAndLeavesAFact) {
  Populate();
  const auto session = world_.SignIn(kWorker);
  ASSERT_TRUE(session.ok()) << session.status();
  EXPECT_EQ(world_.Enter(session->token(), kHistory), "");
  EXPECT_EQ(world_.EventsOf(kWorker).back(), "SignedIn");
  const auto who = world_.service_.WhoAmI(world_.CallerOf(session->token()));
  EXPECT_EQ(who->signed_in_as(), kWorker);
  ASSERT_EQ(who->roles_size(), 1);
  EXPECT_EQ(who->roles(0).role(), "manager");
  EXPECT_FALSE(
      absl::StrContains(*world_.files_.ReadAll("/var/data.credentials"), session->token()));
}

// A passkey is added by who is signed in and knows the password, and then is all it takes.
TEST_F(SignInTest, APasskeyOpensASessionOnceForEachChallenge) {
  Populate();
  const identity::Caller caller = world_.CallerOf(world_.SignIn(kWorker)->token());
  identity::TestAuthenticator device;
  EXPECT_EQ(AddPasskey(caller, device, "not the password at all"), "PASSWORD_WRONG");
  ASSERT_EQ(AddPasskey(caller, device), "");
  EXPECT_EQ(world_.EventsOf(kWorker).back(), "CredentialSet");
  EXPECT_EQ(AddPasskey(caller, device), "PASSKEY_TAKEN");
  const pb::SignInRequest request = Signed(device);
  const auto session = world_.service_.SignIn(request, "10.0.0.1");
  ASSERT_TRUE(session.ok()) << session.status();
  EXPECT_EQ(world_.Enter(session->token(), kHistory), "");
  EXPECT_EQ(world_.EventsOf(kWorker).back(), "SignedIn");
  EXPECT_EQ(Reason(world_.service_.SignIn(request, "10.0.0.1").status()), "SIGN_IN_REFUSED")
      << "what was overheard";
  EXPECT_EQ(world_.EventsOf(kWorker).back(), "SignInRefused");
  device.credential_id = "of somebody else";
  EXPECT_EQ(Reason(world_.service_.SignIn(Signed(device), "10.0.0.1").status()), "SIGN_IN_REFUSED");
  pb::SignInRequest both = request;
  both.set_name(kWorker);
  EXPECT_EQ(Reason(world_.service_.SignIn(both, "10.0.0.1").status()), "FIELD_UNKNOWN");
  EXPECT_EQ(Reason(world_.service_.SignIn({}, "10.0.0.1").status()), "FIELD_REQUIRED");
}

TEST_F(SignInTest, APasskeyThatIsTakenAwayOrResetOpensNothing) {
  Populate();
  const identity::Caller caller = world_.CallerOf(world_.SignIn(kWorker)->token());
  identity::TestAuthenticator device;
  ASSERT_EQ(AddPasskey(caller, device), "");
  ASSERT_EQ(world_.service_.WhoAmI(caller)->passkeys_size(), 1);
  pb::RemovePasskeyRequest remove;
  remove.set_credential_id(device.credential_id);
  remove.set_password("not the password at all");
  EXPECT_EQ(Reason(world_.service_.RemovePasskey(remove, caller).status()), "PASSWORD_WRONG");
  remove.set_password(kPassword);
  EXPECT_TRUE(world_.service_.RemovePasskey(remove, caller).ok());
  EXPECT_EQ(world_.EventsOf(kWorker).back(), "CredentialSet");
  EXPECT_EQ(Reason(world_.service_.SignIn(Signed(device), "10.0.0.1").status()), "SIGN_IN_REFUSED");
  ASSERT_EQ(AddPasskey(caller, device), "");
  pb::ResetCredentialsRequest reset;
  reset.set_of(kWorker);
  ASSERT_TRUE(world_.service_.ResetCredentials(reset, world_.Installation()).ok());
  EXPECT_EQ(Reason(world_.service_.SignIn(Signed(device), "10.0.0.1").status()), "SIGN_IN_REFUSED");
}

TEST_F(SignInTest, WhateverIsWrongIsAnsweredAlikeAndOfAccountsOnRecord) {
  Populate();
  const auto wrong = world_.SignIn(kWorker, "not the password at all").status();
  const auto nobody = world_.SignIn("staff-cm-9", kPassword).status();
  EXPECT_EQ(wrong, nobody);
  EXPECT_EQ(Reason(wrong), "SIGN_IN_REFUSED");
  EXPECT_EQ(world_.EventsOf(kWorker).back(), "SignInRefused");
  EXPECT_TRUE(world_.EventsOf("staff-cm-9").empty()) << "no stream for a name that is guessed";
  EXPECT_EQ(Reason(world_.SignIn(std::string(kInstallationActor)).status()), "SIGN_IN_REFUSED");
}

TEST_F(SignInTest, GuessingIsSlowedAndLeavesNoMoreFacts) {
  Populate();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(Reason(world_.SignIn(kWorker, absl::StrCat("a wrong password ", i)).status()),
              "SIGN_IN_REFUSED");
  }
  const std::size_t facts = world_.EventsOf(kWorker).size();
  EXPECT_EQ(Reason(world_.SignIn(kWorker).status()), "SIGN_IN_SLOWED") << "even the right one";
  EXPECT_EQ(world_.EventsOf(kWorker).size(), facts);
  EXPECT_TRUE(world_.SignIn(kWorker, kPassword, "", "", "elsewhere").ok());
  EXPECT_TRUE(world_.SignIn("staff-adm-1").ok()) << "a colleague at the same address";
  world_.Later(absl::Seconds(2));
  EXPECT_TRUE(world_.SignIn(kWorker).ok());
}

TEST_F(SignInTest, AnAuthenticatorIsAskedForOnceItIsConfirmed) {
  Populate();
  const std::string token = world_.SignIn(kWorker)->token();
  std::vector<std::string> recovery;
  const std::string secret = SetUpAuthenticator(world_.CallerOf(token), recovery);
  ASSERT_EQ(recovery.size(), 10U);
  EXPECT_EQ(Reason(world_.SignIn(kWorker).status()), "CODE_REQUIRED");
  EXPECT_EQ(Reason(world_.SignIn(kWorker, "not the password at all").status()), "SIGN_IN_REFUSED")
      << "which says nothing of a code";
  EXPECT_EQ(Reason(world_.SignIn(kWorker, kPassword, Code(secret)).status()), "SIGN_IN_REFUSED")
      << "the code that confirmed it was taken";
  world_.Later(absl::Seconds(31));
  const std::string code = Code(secret);
  EXPECT_TRUE(world_.SignIn(kWorker, kPassword, code).ok());
  EXPECT_EQ(Reason(world_.SignIn(kWorker, kPassword, code).status()), "SIGN_IN_REFUSED");
  EXPECT_TRUE(world_.SignIn(kWorker, kPassword, recovery[3]).ok());
  EXPECT_EQ(Reason(world_.SignIn(kWorker, kPassword, recovery[3]).status()), "SIGN_IN_REFUSED")
      << "each once";
  EXPECT_EQ(world_.service_.WhoAmI(world_.CallerOf(token))->recovery_codes_left(), 9U);
}

TEST_F(SignInTest, AnotherPasswordEndsTheOtherSessions) {
  Populate();
  const std::string here = world_.SignIn(kWorker)->token();
  const std::string there = world_.SignIn(kWorker)->token();
  pb::ChangePasswordRequest request;
  request.set_password("not the password at all");
  request.set_new_password(kOther);
  const identity::Caller caller = world_.CallerOf(here);
  EXPECT_EQ(Reason(world_.service_.ChangePassword(request, caller).status()), "PASSWORD_WRONG");
  request.set_password(kPassword);
  request.set_new_password(kPassword);
  EXPECT_EQ(Reason(world_.service_.ChangePassword(request, caller).status()), "PASSWORD_UNFIT");
  request.set_new_password(kOther);
  EXPECT_TRUE(world_.service_.ChangePassword(request, caller).ok());
  EXPECT_EQ(world_.Enter(here, kHistory), "");
  EXPECT_EQ(world_.Enter(there, kHistory), "SESSION_ENDED");
  EXPECT_EQ(Reason(world_.SignIn(kWorker).status()), "SIGN_IN_REFUSED");
  EXPECT_TRUE(world_.SignIn(kWorker, kOther).ok());
}

TEST_F(SignInTest, AResetGivesAPasswordToChooseAnotherOneWith) {
  Populate();
  const std::string before = world_.SignIn(kWorker)->token();
  pb::ResetCredentialsRequest request;
  request.set_of(kWorker);
  const auto reset = world_.service_.ResetCredentials(request, world_.Installation());
  ASSERT_TRUE(reset.ok()) << reset.status();
  EXPECT_EQ(world_.Enter(before, kHistory), "SESSION_ENDED");
  EXPECT_EQ(Reason(world_.SignIn(kWorker).status()), "SIGN_IN_REFUSED");
  const auto first = world_.SignIn(kWorker, reset->initial_password());
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_TRUE(first->must_change_password());
  EXPECT_EQ(world_.Enter(first->token(), kHistory), "PASSWORD_MUST_CHANGE");
  EXPECT_EQ(world_.Enter(first->token(), "mlup.cases.v1.CaseService/Record"),
            "PASSWORD_MUST_CHANGE");
  pb::ChangePasswordRequest change;
  change.set_password(reset->initial_password());
  change.set_new_password(kOther);
  EXPECT_TRUE(world_.service_.ChangePassword(change, world_.CallerOf(first->token())).ok());
  EXPECT_EQ(world_.Enter(first->token(), kHistory), "");
}

TEST_F(SignInTest, AnInitialPasswordIsGoodForAWeek) {
  Populate();
  pb::ResetCredentialsRequest request;
  request.set_of(kWorker);
  const auto reset = world_.service_.ResetCredentials(request, world_.Installation());
  world_.Later(absl::Hours(24 * 7));
  EXPECT_EQ(Reason(world_.SignIn(kWorker, reset->initial_password()).status()), "SIGN_IN_REFUSED");
  request.set_of("staff-cm-9");
  EXPECT_EQ(Reason(world_.service_.ResetCredentials(request, world_.Installation()).status()),
            "ACCOUNT_UNKNOWN");
  request.set_of(kWorker);
  const identity::Caller anybody(identity::Caller::Kind::kAnybody, "", "");
  EXPECT_EQ(Reason(world_.service_.ResetCredentials(request, anybody).status()), "ACCOUNT_UNKNOWN");
}

TEST_F(SignInTest, OnlyEnrolledDevicesOnceOneIs) {
  Populate();
  pb::IdentityFact enrolled = FactOn(kWorker);
  enrolled.mutable_device_enrolled()->set_device("tablet-07");
  ASSERT_EQ(world_.Record(enrolled), absl::OkStatus());
  world_.Later();
  EXPECT_EQ(Reason(world_.SignIn(kWorker).status()), "SIGN_IN_REFUSED");
  const auto session = world_.SignIn(kWorker, kPassword, "", "tablet-07");
  ASSERT_TRUE(session.ok()) << session.status();
  pb::IdentityFact revoked = FactOn(kWorker);
  revoked.mutable_device_revoked()->set_device("tablet-07");
  revoked.mutable_device_revoked()->set_reason("lost");
  ASSERT_EQ(world_.Record(revoked), absl::OkStatus());
  world_.Later();
  EXPECT_EQ(world_.Enter(session->token(), kHistory), "DEVICE_REVOKED");
  // Whoever proves to be the holder is told, and nobody else.
  const auto again = [&](const char* password) {
    return Reason(world_.SignIn(kWorker, password, "", "tablet-07").status());
  };
  EXPECT_EQ(again(kPassword), "DEVICE_REVOKED");
  EXPECT_EQ(again("a wrong password"), "SIGN_IN_REFUSED");
  ASSERT_EQ(world_.Record(enrolled), absl::OkStatus());
  world_.Later();
  EXPECT_TRUE(world_.SignIn(kWorker, kPassword, "", "tablet-07").ok()) << "it was found again";
}

TEST_F(SignInTest, TheDevicesOfAClosedAccountAreToldToo) {
  Populate();
  pb::IdentityFact enrolled = FactOn(kWorker);
  enrolled.mutable_device_enrolled()->set_device("tablet-07");
  ASSERT_EQ(world_.Record(enrolled), absl::OkStatus());
  world_.Later();
  const auto session = world_.SignIn(kWorker, kPassword, "", "tablet-07");
  pb::IdentityFact closed = FactOn(kWorker);
  closed.mutable_account_closed()->set_reason("left_the_organisation");
  ASSERT_EQ(world_.Record(closed), absl::OkStatus());
  world_.Later();
  EXPECT_EQ(world_.Enter(session->token(), kHistory), "DEVICE_REVOKED");
}

TEST_F(SignInTest, SessionsAreListedAndRevokedByTheirOwnersAndByWhoMay) {
  Populate();
  const auto one = world_.SignIn(kWorker, kPassword, "", "tablet-07");
  const auto two = world_.SignIn(kWorker);
  const identity::Caller manager = world_.CallerOf(one->token());
  const identity::Caller admin = world_.CallerOf(world_.SignIn("staff-adm-1")->token());
  EXPECT_EQ(world_.service_.ListSessions({}, manager)->sessions_size(), 2);
  pb::ListSessionsRequest others;
  others.set_of("staff-adm-1");
  EXPECT_EQ(Reason(world_.service_.ListSessions(others, manager).status()), "CALL_NOT_GRANTED");
  others.set_of(kWorker);
  EXPECT_EQ(world_.service_.ListSessions(others, admin)->sessions_size(), 2);
  pb::RevokeSessionRequest revoke;
  revoke.set_session_id(admin.session_id());
  EXPECT_EQ(world_.service_.RevokeSession(revoke, manager)->revoked(), 0U) << "not another's";
  revoke.set_session_id(two->session_id());
  EXPECT_EQ(world_.service_.RevokeSession(revoke, manager)->revoked(), 1U);
  EXPECT_EQ(world_.Enter(two->token(), kHistory), "SESSION_ENDED");
  pb::RevokeSessionRequest all;
  all.set_all_of(kWorker);
  EXPECT_EQ(world_.service_.RevokeSession(all, admin)->revoked(), 1U);
  EXPECT_EQ(world_.Enter(one->token(), kHistory), "SESSION_ENDED");
}

TEST_F(SignInTest, AnAccountHasSoManySessionsAtMost) {
  Populate();
  std::string first;
  for (std::size_t i = 0; i <= kSignedInOfOneMax; ++i) {
    const std::string token = world_.SignIn(kWorker)->token();
    if (first.empty()) first = token;
  }
  EXPECT_EQ(world_.Enter(first, kHistory), "SESSION_ENDED") << "the oldest made room";
  EXPECT_EQ(static_cast<std::size_t>(world_.credentials_->Now()->all().sessions_size()),
            kSignedInOfOneMax);
}

TEST_F(SignInTest, ASignOutEndsTheSessionThatAsks) {
  Populate();
  const std::string token = world_.SignIn(kWorker)->token();
  EXPECT_TRUE(world_.service_.SignOut(world_.CallerOf(token)).ok());
  EXPECT_EQ(world_.Enter(token, kHistory), "SESSION_ENDED");
}

TEST_F(SignInTest, AccountsAreListedWithWhatIsGranted) {
  Populate();
  const auto all = world_.service_.ListAccounts();
  ASSERT_TRUE(all.ok()) << all.status();
  ASSERT_EQ(all->accounts_size(), 2);
  EXPECT_EQ(all->accounts(1).of(), kWorker);
  EXPECT_TRUE(all->accounts(1).open());
  EXPECT_EQ(all->accounts(1).roles(0).role(), "manager");
}

}  // namespace
}  // namespace mlup::accounts::sign_in_test
