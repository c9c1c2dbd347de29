// The door: who comes in, and who no longer does.
#include "services/accounts/door.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "mlup/audit/v1/audit.pb.h"
#include "mlup/relay/v1/relay_service.pb.h"
#include "mlup/reports/v1/report_service.pb.h"
#include "services/accounts/accounts_world.h"

namespace mlup::accounts::door_test {
namespace {

constexpr char kHead[] = "mlup.log.v1.EventStore/Head";
constexpr char kAppend[] = "mlup.log.v1.EventStore/Append";
constexpr char kRecord[] = "mlup.cases.v1.CaseService/Record";
constexpr char kBootstrap[] = "mlup.identity.v1.SignInService/Bootstrap";

class DoorTest : public testing::Test {
 protected:
  // An administrator, and a manager who is signed in.
  void Populate() {
    ASSERT_EQ(world_.Bootstrap(), absl::OkStatus());
    world_.Open("staff-cm-1", {"manager"});
    token_ = world_.SignIn("staff-cm-1")->token();
  }
  AccountsWorld world_;
  std::string token_;
};

TEST_F(DoorTest, BeforeTheFirstAccountEverybodyIsBelievedAndNobodyAfterIt) {
  for (const char* const call : {kHead, kAppend, kRecord, kHistory}) {
    EXPECT_EQ(world_.Enter("", call), "") << call;
  }
  EXPECT_EQ(world_.Enter("", kBootstrap), "CALL_NOT_GRANTED") << "but for what makes the first";
  const auto before = *world_.Admission("", kAppend);
  EXPECT_TRUE(before->Holds().ok());
  ASSERT_EQ(world_.Bootstrap(), absl::OkStatus());
  for (const char* const call : {kHead, kRecord, kHistory}) {
    EXPECT_EQ(world_.Enter("", call), "SIGN_IN_REQUIRED") << call;
  }
  EXPECT_EQ(world_.Enter("", kAppend), "CALL_NOT_GRANTED");
  EXPECT_EQ(ErrorReason(before->Holds()), "SIGN_IN_REQUIRED") << "on open streams as well";
  EXPECT_EQ(world_.Enter("", "grpc.health.v1.Health/Check"), "");
  EXPECT_EQ(world_.Enter("", "mlup.identity.v1.SignInService/SignIn"), "");
}

TEST_F(DoorTest, ARoleThatNamesTheCallIsNeeded) {
  Populate();
  EXPECT_EQ(world_.Enter(token_, kHistory), "");
  EXPECT_EQ(world_.Enter(token_, kRecord), "") << "facts are asked about one by one";
  EXPECT_EQ(world_.Enter(token_, kHead), "");
  EXPECT_EQ(world_.Enter(token_, kReport), "CALL_NOT_GRANTED");
  EXPECT_EQ(world_.Enter(token_, kAppend), "CALL_NOT_GRANTED");
  EXPECT_EQ(world_.Enter(token_, kBootstrap), "CALL_NOT_GRANTED");
  EXPECT_EQ(world_.Enter("x", kHistory), "SESSION_ENDED");
  EXPECT_EQ(world_.door_.Admit(kHistory, "Basic " + token_).status().code(),
            absl::StatusCode::kUnauthenticated);
  EXPECT_TRUE(world_.door_.Admit(kHistory, "bearer " + token_).ok());
}

TEST_F(DoorTest, WhatIsRevokedStopsWithinASecond) {
  Populate();
  const auto admission = *world_.Admission(token_, kHistory);
  ASSERT_TRUE(admission->Holds().ok());
  identity::v1::IdentityFact revoked = FactOn("staff-cm-1");
  revoked.mutable_role_revoked()->set_grant_id(world_.last_grant_);
  revoked.mutable_role_revoked()->set_reason("changed_post");
  ASSERT_EQ(world_.Record(revoked), absl::OkStatus());
  world_.Later(absl::Milliseconds(500));
  EXPECT_EQ(ErrorReason(admission->Holds()), "CALL_NOT_GRANTED");
  EXPECT_EQ(world_.Enter(token_, kHistory), "CALL_NOT_GRANTED");
  ASSERT_EQ(world_.Record(world_.Granting("staff-cm-1", "manager")), absl::OkStatus());
  world_.Later();
  EXPECT_TRUE(admission->Holds().ok());

  identity::v1::IdentityFact closed = FactOn("staff-cm-1");
  closed.mutable_account_closed()->set_reason("left");
  ASSERT_EQ(world_.Record(closed), absl::OkStatus());
  world_.Later(absl::Milliseconds(500));
  EXPECT_EQ(ErrorReason(admission->Holds()), "SESSION_ENDED");
}

TEST_F(DoorTest, ASessionThatIsRevokedByAnotherProcessEnds) {
  Populate();
  const auto admission = *world_.Admission(token_, kHistory);
  const auto other =
      *identity::CredentialStore::Open(world_.files_, "/var/data.credentials", *world_.keyring_);
  ASSERT_TRUE(other
                  ->Update([](identity::v1::Credentials& all) {
                    all.clear_sessions();
                    return absl::OkStatus();
                  })
                  .ok());
  world_.Later(absl::Milliseconds(500));
  EXPECT_EQ(ErrorReason(admission->Holds()), "SESSION_ENDED");
  EXPECT_EQ(world_.Enter(token_, kHistory), "SESSION_ENDED");
}

TEST_F(DoorTest, ASessionEndsUnusedAfterAnHourAndInAnyCaseAfterTwelve) {
  Populate();
  world_.Later(absl::Minutes(59));
  EXPECT_EQ(world_.Enter(token_, kHistory), "");
  world_.Later(absl::Minutes(61));
  EXPECT_EQ(world_.Enter(token_, kHistory), "SESSION_ENDED");
  token_ = world_.SignIn("staff-cm-1")->token();
  for (int i = 0; i < 23; ++i) {
    world_.Later(absl::Minutes(30));
    EXPECT_EQ(world_.Enter(token_, kHistory), "") << i;
    ASSERT_TRUE(world_.door_.KeepUses().ok());
  }
  world_.Later(absl::Minutes(31));
  EXPECT_EQ(world_.Enter(token_, kHistory), "SESSION_ENDED");
  ASSERT_TRUE(world_.door_.KeepUses().ok());
  EXPECT_EQ(world_.credentials_->Now()->all().sessions_size(), 0) << "and is forgotten";
}

TEST_F(DoorTest, WhatPagesAskByThemselvesUsesNoSession) {
  Populate();
  for (int i = 0; i < 3; ++i) {
    world_.Later(absl::Minutes(19));
    EXPECT_EQ(world_.Enter(token_, "mlup.identity.v1.SignInService/WhoAmI"), "");
    EXPECT_EQ(world_.Enter(token_, kHead), "");
  }
  world_.Later(absl::Minutes(4));
  EXPECT_EQ(world_.Enter(token_, kHead), "SESSION_ENDED");
}

TEST_F(DoorTest, WhatAsksNobodysRulesIsForNobody) {
  Populate();
  world_.Open("staff-ops-1", {"operator"});
  const std::string token = world_.SignIn("staff-ops-1")->token();
  EXPECT_EQ(world_.Enter(token, "mlup.log.v1.EventStore/ReadAll"), "");
  for (const char* const call :
       {kAppend, "mlup.log.v1.EventStore/AppendSession", "mlup.log.v1.ProofService/BuildBundle"}) {
    EXPECT_EQ(world_.Enter(token, call), "CALL_NOT_GRANTED") << call;
    EXPECT_EQ(world_.Enter(InstallationToken(world_.credentials_->key()), call), "") << call;
  }
}

TEST_F(DoorTest, AClockThatIsSetBackLengthensNoSession) {
  Populate();
  world_.clock_.Set(world_.clock_.Now() - absl::Hours(48));
  EXPECT_EQ(world_.Enter(token_, kHistory), "SESSION_ENDED");
}

TEST_F(DoorTest, WhoeverMayReadTheKeyringIsKnown) {
  const std::string token = InstallationToken(world_.credentials_->key());
  EXPECT_EQ(world_.Enter(token, kBootstrap), "");
  ASSERT_EQ(world_.Bootstrap(), absl::OkStatus());
  EXPECT_EQ(world_.Enter(token, kAppend), "");
  EXPECT_EQ(world_.Enter(token, kHistory), "CALL_NOT_GRANTED") << "people read histories";
  EXPECT_EQ(world_.Enter(token, kRecord), "CALL_NOT_GRANTED");
  const auto other = AccountsWorld::NewKeyring();
  const std::string others = InstallationToken(identity::CredentialKey(*other));
  EXPECT_EQ(world_.Enter(others, kHead), "SESSION_ENDED");
  EXPECT_EQ(world_.Enter(others, kAppend), "CALL_NOT_GRANTED");
}

TEST_F(DoorTest, AProcessWithoutCredentialsLetsNobodyInOnceThereAreAccounts) {
  Door blind({world_.accounts_, world_.policy_, nullptr, world_.clock_});
  EXPECT_TRUE(blind.Admit(kHead, "").ok());
  Populate();
  world_.Later();
  EXPECT_EQ(ErrorReason(blind.Admit(kHead, "").status()), "SIGN_IN_REQUIRED");
  EXPECT_EQ(ErrorReason(blind.Admit(kHead, "Bearer " + token_).status()), "SESSION_ENDED");
}

TEST_F(DoorTest, ARequestNamesNobodyElse) {
  Populate();
  const auto admission = *world_.Admission(token_, kHistory);
  audit::v1::GetCaseHistoryRequest history;
  history.set_actor_id("staff-cm-1");
  EXPECT_TRUE(admission->MayAsk(history).ok());
  history.set_actor_id("staff-cm-2");
  EXPECT_EQ(ErrorField(admission->MayAsk(history)), "actor_id");
  EXPECT_EQ(ErrorReason(admission->MayAsk(history)), "ACTOR_NOT_YOURS");
  reports::v1::GetReportRequest report;
  report.mutable_reader()->set_actor_id("staff-cm-2");
  EXPECT_EQ(ErrorField(admission->MayAsk(report)), "reader.actor_id");
  relay::v1::PingRequest ping;
  EXPECT_EQ(ErrorField(admission->MayAsk(ping)), "actor.actor_id") << "nor nobody";
  const std::string token = InstallationToken(world_.credentials_->key());
  EXPECT_EQ(ErrorReason((*world_.Admission(token, kAppend))->MayAsk(history)), "ACTOR_NOT_YOURS");
}

TEST_F(DoorTest, ACommandIsThatOfWhoSignedInAndAnImportNamesOthers) {
  Populate();
  const identity::Caller caller = world_.CallerOf(token_);
  command::v1::CommandContext context;
  context.set_actor_id("staff-cm-1");
  context.set_channel(log::v1::CHANNEL_CLI);
  EXPECT_EQ(caller.Settle(context), absl::OkStatus());
  EXPECT_EQ(context.recorded_by(), "");
  context.set_actor_id("staff-cm-2");
  EXPECT_EQ(ErrorField(caller.Settle(context)), "context.actor_id");
  context.set_channel(log::v1::CHANNEL_IMPORT);
  EXPECT_EQ(caller.Settle(context), absl::OkStatus());
  EXPECT_EQ(context.recorded_by(), "staff-cm-1");
  EXPECT_EQ(caller.Settle(context), absl::OkStatus()) << "said again";
  context.set_recorded_by("staff-cm-3");
  EXPECT_EQ(ErrorField(caller.Settle(context)), "context.recorded_by");
  const identity::Caller anybody(identity::Caller::Kind::kAnybody, "", "");
  EXPECT_EQ(ErrorField(anybody.Settle(context)), "context.recorded_by");
  context.clear_recorded_by();
  EXPECT_EQ(anybody.Settle(context), absl::OkStatus());
  EXPECT_EQ(ErrorReason(world_.Installation().Settle(context)), "ACTOR_NOT_YOURS");
}

TEST_F(DoorTest, WhoImportsForOthersHoldsARoleForIt) {
  Populate();
  log::v1::Actor actor;
  actor.set_actor_id("staff-gone-1");
  actor.set_role("manager");
  actor.set_organisation_id("mro");
  const auto may = [&](const char* fact, const char* by) {
    return ErrorReason(world_.policy_.Authorise(actor, identity::Recording(fact), nullptr, by));
  };
  EXPECT_EQ(may("cases/case_opened", "staff-cm-1"), "IMPORT_NOT_GRANTED");
  world_.Open("staff-mel-1", {"importer"});
  EXPECT_EQ(may("cases/case_opened", "staff-mel-1"), "");
  EXPECT_EQ(may("network/group_formed", "staff-mel-1"), "FACT_NOT_GRANTED");
  EXPECT_EQ(may("cases/case_opened", ""), "ACTOR_UNKNOWN") << "itself it is nobody here";
}

TEST_F(DoorTest, EmergencyAccessLastsAsLongAsItSaysAndASetBackClockLengthensNothing) {
  constexpr char kCase[] = "case/018f3c6e-0000-7000-8000-000000000099";
  Populate();
  const auto access = [&] { return world_.policy_.EmergencyAccessTo("staff-cm-1", kCase); };
  EXPECT_EQ(access(), "");
  ASSERT_EQ(world_.BeginEmergency("staff-cm-1", 60), absl::OkStatus());
  world_.Later();
  EXPECT_NE(access(), "");
  EXPECT_EQ(world_.policy_.EmergencyAccessTo("staff-cm-1", "case/another"), "");
  EXPECT_EQ(world_.policy_.EmergencyAccessTo("staff-adm-1", kCase), "");
  world_.Later(absl::Minutes(59));
  EXPECT_NE(access(), "");
  // Something is recorded meanwhile, so that the log knows how late it was.
  ASSERT_EQ(world_.Record(world_.Granting("staff-cm-1", "importer")), absl::OkStatus());
  world_.clock_.Set(world_.clock_.Now() - absl::Minutes(30));
  EXPECT_NE(access(), "");
  world_.Later(absl::Seconds(59));
  EXPECT_NE(access(), "") << "it is not yet over by the log";
  world_.clock_.Set(world_.clock_.Now() + absl::Minutes(31));
  EXPECT_EQ(access(), "");
  ASSERT_EQ(world_.Record(world_.Granting("staff-cm-1", "operator")), absl::OkStatus());
  world_.clock_.Set(world_.clock_.Now() - absl::Minutes(45));
  world_.Later();
  EXPECT_EQ(access(), "") << "what is over stays over";
  EXPECT_EQ(ErrorReason(world_.BeginEmergency("staff-cm-1", 61)), "OUT_OF_RANGE");
  EXPECT_EQ(ErrorReason(world_.BeginEmergency("staff-cm-1", 60)), "EMERGENCY_UNREVIEWED");
  const auto listed = world_.service_.ListEmergencyAccesses();
  ASSERT_EQ(listed->accesses_size(), 1);
  EXPECT_EQ(listed->accesses(0).of(), "staff-cm-1");
  EXPECT_EQ(
      listed->accesses(0).review_due_at().seconds() - listed->accesses(0).begun_at().seconds(),
      absl::ToInt64Seconds(absl::Hours(72)));
}

TEST_F(DoorTest, ADelegationHoldsOnItsDays) {
  Populate();
  world_.Open("staff-cm-2", {"manager"});
  identity::v1::IdentityFact given = FactOn("staff-cm-1");
  given.mutable_delegation_given()->set_delegation_id("018f3c6e-0000-7000-8000-000000000077");
  given.mutable_delegation_given()->set_to_actor_id("staff-cm-2");
  given.mutable_delegation_given()->set_until("2021-04-23");
  given.mutable_delegation_given()->set_reason("on_leave");
  log::v1::Actor actor;
  actor.set_actor_id("staff-cm-2");
  actor.set_role("manager");
  actor.set_organisation_id("mro");
  actor.set_on_behalf_of("staff-cm-1");
  EXPECT_EQ(ErrorReason(world_.policy_.Authorise(actor, identity::Calling(kHistory))),
            "DELEGATION_MISSING");
  ASSERT_EQ(world_.Record(given), absl::OkStatus());
  world_.Later();
  EXPECT_EQ(ErrorReason(world_.policy_.Authorise(actor, identity::Calling(kHistory))), "");
  world_.Later(absl::Hours(48));
  EXPECT_EQ(ErrorReason(world_.policy_.Authorise(actor, identity::Calling(kHistory))),
            "DELEGATION_MISSING");
}

}  // namespace
}  // namespace mlup::accounts::door_test
