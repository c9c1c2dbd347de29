// The policy: what the roles file does not grant is denied, and a refusal names no record.
#include "services/identity/policy.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "eventstore/base/files.h"

namespace mlup::identity {
namespace {

constexpr char kFile[] = R"(
roles { name: "social_worker" label: "Social worker" may_import: true
        calls: "mlup.cases.v1.CaseService/*" }
roles { name: "note_taker" calls: "mlup.cases.v1.CaseService/Record" may_open_personal: true
        record_types: "mlup.cases.v1.NoteRecorded" }
actors { actor_id: "staff-sw-1" label: "Social worker 1" organisation_id: "mro" roles: "social_worker" }
actors { actor_id: "staff-nt-1" organisation_id: "mro" roles: "note_taker" }
)";

log::v1::Actor Who(const char* id, const char* role, const char* organisation = "mro") {
  log::v1::Actor actor;
  actor.set_actor_id(id);
  actor.set_role(role);
  actor.set_organisation_id(organisation);
  return actor;
}

TEST(PolicyTest, EveryCombinationIsDecidedAsTheFileSays) {
  const Policy policy = *Policy::Parse(kFile);
  const struct {
    log::v1::Actor actor;
    std::string call;
    Access access;
    std::string reason;
  } cases[] = {
      {Who("staff-sw-1", "social_worker"), "mlup.cases.v1.CaseService/OpenCase", {}, ""},
      {Who("staff-sw-1", "social_worker"),
       "mlup.cases.v1.CaseServices/OpenCase",
       {},
       "CALL_NOT_GRANTED"},
      {Who("staff-sw-1", "social_worker"),
       "mlup.training.v1.TrainingService/Record",
       {},
       "CALL_NOT_GRANTED"},
      {Who("staff-sw-1", "social_worker"), "mlup.cases.v1.CaseService/Record", {"x", true}, ""},
      {Who("staff-sw-1", "note_taker"), "mlup.cases.v1.CaseService/Record", {}, "ROLE_NOT_HELD"},
      {Who("staff-sw-1", "king"), "mlup.cases.v1.CaseService/Record", {}, "ROLE_NOT_HELD"},
      {Who("staff-sw-9", "social_worker"), "mlup.cases.v1.CaseService/Record", {}, "ACTOR_UNKNOWN"},
      {Who("staff-sw-1", "social_worker", "other"),
       "mlup.cases.v1.CaseService/Record",
       {},
       "ACTOR_UNKNOWN"},
      {Who("staff-nt-1", "note_taker"),
       "mlup.cases.v1.CaseService/Record",
       {"mlup.cases.v1.NoteRecorded"},
       ""},
      {Who("staff-nt-1", "note_taker"),
       "mlup.cases.v1.CaseService/Record",
       {"mlup.cases.v1.TaskCreated"},
       "CALL_NOT_GRANTED"},
      {Who("staff-nt-1", "note_taker"),
       "mlup.cases.v1.CaseService/Record",
       {"mlup.cases.v1.NoteRecorded", true},
       "CALL_NOT_GRANTED"},
      {Who("staff-nt-1", "note_taker"),
       "mlup.cases.v1.CaseService/OpenCase",
       {},
       "CALL_NOT_GRANTED"},
  };
  for (const auto& [actor, call, access, reason] : cases) {
    EXPECT_EQ(ErrorReason(policy.Authorise(actor, call, access)), reason)
        << actor.ShortDebugString() << call;
  }
}

TEST(PolicyTest, OnBehalfOfNamesAKnownActor) {
  const Policy policy = *Policy::Parse(kFile);
  auto actor = Who("staff-sw-1", "social_worker");
  actor.set_on_behalf_of("staff-nt-1");
  EXPECT_TRUE(policy.Authorise(actor, "mlup.cases.v1.CaseService/OpenCase").ok());
  actor.set_on_behalf_of("nobody");
  EXPECT_EQ(ErrorReason(policy.Authorise(actor, "mlup.cases.v1.CaseService/OpenCase")),
            "ACTOR_UNKNOWN");
}

TEST(PolicyTest, LabelsAndPersonalAccessComeFromTheFile) {
  const Policy policy = *Policy::Parse(kFile);
  EXPECT_EQ(policy.ActorLabel("staff-sw-1"), "Social worker 1");
  EXPECT_EQ(policy.ActorLabel("staff-nt-1"), "staff-nt-1");
  EXPECT_EQ(policy.RoleLabel("social_worker"), "Social worker");
  EXPECT_TRUE(policy.MayOpenPersonal("note_taker"));
  EXPECT_FALSE(policy.MayOpenPersonal("social_worker"));
  EXPECT_FALSE(policy.MayOpenPersonal("king"));
}

TEST(PolicyTest, ABrokenFileIsRefusedWithItsLine) {
  const auto message = [](const char* text) {
    return std::string(Policy::Parse(text).status().message());
  };
  EXPECT_THAT(message("roles {\n  nam: \"x\"\n}"), testing::HasSubstr("line 2"));
  EXPECT_THAT(message("actors { actor_id: \"a\" organisation_id: \"mro\" roles: \"king\" }"),
              testing::HasSubstr("unknown role king"));
  EXPECT_THAT(message("roles { name: \"a\" } roles { name: \"a\" }"), testing::HasSubstr("twice"));
}

TEST(PolicyTest, TheRolesFileThatIsDeliveredIsGood) {
  const auto text = SystemFiles().ReadAll(MLUP_DEPLOY_FOLDER "/roles.textproto");
  ASSERT_TRUE(text.ok()) << text.status();
  const auto policy = Policy::Parse(*text);
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_TRUE(
      policy->Authorise(Who("staff-sw-1", "social_worker"), "mlup.cases.v1.CaseService/OpenCase")
          .ok());
  EXPECT_TRUE(policy->MayOpenPersonal("case_manager"));
}

}  // namespace
}  // namespace mlup::identity
