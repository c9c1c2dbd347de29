// The policy: what the roles file does not grant is denied, and a refusal names no record.
#include "services/identity/policy.h"

#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "eventstore/base/files.h"
#include "services/domain/fact_table.h"

namespace mlup::identity {
namespace {

constexpr char kFile[] = R"(
roles { name: "social_worker" label: "Social worker" may_import: true
        records: "cases/*" calls: "mlup.audit.v1.AuditService/*" }
roles { name: "note_taker" records: "cases/note_recorded" may_open_personal: true
        calls: "mlup.audit.v1.AuditService/GetCaseHistory" }
actors { actor_id: "staff-sw-1" label: "Social worker 1" organisation_id: "mro" roles: "social_worker" }
actors { actor_id: "staff-nt-1" organisation_id: "mro" roles: "note_taker" }
)";

log::v1::Actor ActorOf(const char* id, const char* role, const char* organisation = "mro") {
  log::v1::Actor actor;
  actor.set_actor_id(id);
  actor.set_role(role);
  actor.set_organisation_id(organisation);
  return actor;
}

TEST(PolicyTest, EveryFactIsDecidedAsTheFileSays) {
  const Policy policy = *Policy::Parse(kFile);
  const struct {
    log::v1::Actor actor;
    std::string fact;
    bool imports;
    std::string reason;
  } cases[] = {
      {ActorOf("staff-sw-1", "social_worker"), "cases/case_opened", false, ""},
      {ActorOf("staff-sw-1", "social_worker"), "cases/case_opened", true, ""},
      {ActorOf("staff-sw-1", "social_worker"), "casesx/case_opened", false, "FACT_NOT_GRANTED"},
      {ActorOf("staff-sw-1", "social_worker"), "cases", false, "FACT_NOT_GRANTED"},
      {ActorOf("staff-sw-1", "social_worker"), "training/activity_held", false, "FACT_NOT_GRANTED"},
      {ActorOf("staff-sw-1", "note_taker"), "cases/note_recorded", false, "ROLE_NOT_HELD"},
      {ActorOf("staff-sw-1", "king"), "cases/note_recorded", false, "ROLE_NOT_HELD"},
      {ActorOf("staff-sw-9", "social_worker"), "cases/note_recorded", false, "ACTOR_UNKNOWN"},
      {ActorOf("staff-sw-1", "social_worker", "other"), "cases/note_recorded", false,
       "ACTOR_UNKNOWN"},
      {ActorOf("staff-nt-1", "note_taker"), "cases/note_recorded", false, ""},
      {ActorOf("staff-nt-1", "note_taker"), "cases/note_recorded", true, "IMPORT_NOT_GRANTED"},
      {ActorOf("staff-nt-1", "note_taker"), "cases/note", false, "FACT_NOT_GRANTED"},
      {ActorOf("staff-nt-1", "note_taker"), "cases/task_created", false, "FACT_NOT_GRANTED"},
      {ActorOf("staff-nt-1", "note_taker"), "cases/task_created", true, "FACT_NOT_GRANTED"},
  };
  for (const auto& [actor, fact, imports, reason] : cases) {
    const absl::Status status = policy.Authorise(actor, Recording(fact, imports));
    EXPECT_EQ(ErrorReason(status), reason) << actor.ShortDebugString() << fact;
    EXPECT_EQ(absl::IsPermissionDenied(status), !reason.empty());
  }
}

TEST(PolicyTest, EveryCallIsDecidedAsTheFileSays) {
  const Policy policy = *Policy::Parse(kFile);
  const struct {
    log::v1::Actor actor;
    std::string call;
    std::string reason;
  } cases[] = {
      {ActorOf("staff-sw-1", "social_worker"), "mlup.audit.v1.AuditService/GetCaseHistory", ""},
      {ActorOf("staff-sw-1", "social_worker"), "mlup.audit.v1.AuditService/Other", ""},
      {ActorOf("staff-sw-1", "social_worker"), "mlup.audit.v1.AuditServices/Other",
       "CALL_NOT_GRANTED"},
      {ActorOf("staff-nt-1", "note_taker"), "mlup.audit.v1.AuditService/GetCaseHistory", ""},
      {ActorOf("staff-nt-1", "note_taker"), "mlup.audit.v1.AuditService/Other", "CALL_NOT_GRANTED"},
      {ActorOf("staff-nt-1", "note_taker"), "cases/note_recorded", "CALL_NOT_GRANTED"},
      {ActorOf("staff-sw-1", "note_taker"), "mlup.audit.v1.AuditService/Other", "ROLE_NOT_HELD"},
      {ActorOf("staff-sw-9", "note_taker"), "mlup.audit.v1.AuditService/Other", "ACTOR_UNKNOWN"},
  };
  for (const auto& [actor, call, reason] : cases) {
    EXPECT_EQ(ErrorReason(policy.Authorise(actor, Calling(call))), reason)
        << actor.ShortDebugString() << call;
  }
}

TEST(PolicyTest, OnBehalfOfNamesAKnownActor) {
  const Policy policy = *Policy::Parse(kFile);
  auto actor = ActorOf("staff-sw-1", "social_worker");
  actor.set_on_behalf_of("staff-nt-1");
  EXPECT_EQ(ErrorReason(policy.Authorise(actor, Recording("cases/case_opened"))),
            "DELEGATION_MISSING");
  const Policy delegated = *Policy::Parse(std::string(kFile) +
                                          "actors { actor_id: 'deputy' organisation_id: 'mro' "
                                          "roles: 'social_worker' acts_for: 'staff-nt-1' }");
  auto deputy = ActorOf("deputy", "social_worker");
  deputy.set_on_behalf_of("staff-nt-1");
  EXPECT_TRUE(delegated.Authorise(deputy, Recording("cases/case_opened")).ok());
  actor.set_on_behalf_of("nobody");
  EXPECT_EQ(ErrorReason(policy.Authorise(actor, Recording("cases/case_opened"))), "ACTOR_UNKNOWN");
}

TEST(PolicyTest, LabelsComeFromTheFile) {
  const Policy policy = *Policy::Parse(kFile);
  EXPECT_EQ(policy.ActorLabel("staff-sw-1"), "Social worker 1");
  EXPECT_EQ(policy.ActorLabel("staff-nt-1"), "staff-nt-1");
  EXPECT_EQ(policy.RoleLabel("social_worker"), "Social worker");
}

TEST(PolicyTest, AnotherFileHoldsAtOnceAndABrokenOneChangesNothing) {
  Policy policy = *Policy::Parse(R"(
      roles { name: "worker" label: "Worker" records: "cases/case_opened" }
      actors { actor_id: "a" organisation_id: "mro" roles: "worker" })");
  log::v1::Actor actor = Anyhow("a");
  const What opening = Recording("cases/case_opened");
  EXPECT_TRUE(policy.Authorise(actor, opening).ok());
  const std::shared_ptr<const v1::Role> held = policy.FindRole("worker");
  EXPECT_EQ(ErrorReason(policy.Replace("roles { name: 'worker'")), "ROLES_FILE_INVALID");
  EXPECT_TRUE(policy.Authorise(actor, opening).ok());
  ASSERT_TRUE(policy
                  .Replace(R"(roles { name: "worker" label: "Assistant" }
      actors { actor_id: "a" organisation_id: "mro" roles: "worker" })")
                  .ok());
  EXPECT_EQ(ErrorReason(policy.Authorise(actor, opening)), "FACT_NOT_GRANTED");
  EXPECT_EQ(policy.RoleLabel("worker"), "Assistant");
  EXPECT_EQ(held->label(), "Worker") << "what was found stays for who found it";
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

// The roles file that is delivered: what each role may record. Facts that the same roles record
// stand together; every fact of the services is named once.
TEST(PolicyTest, TheRolesFileThatIsDeliveredGrantsEachFactToWhoMayRecordIt) {
  const auto text = SystemFiles().ReadAll(MLUP_DEPLOY_FOLDER "/roles.textproto");
  ASSERT_TRUE(text.ok()) << text.status();
  const auto policy = Policy::Parse(*text);
  ASSERT_TRUE(policy.ok()) << policy.status();
  const struct {
    std::string service;
    std::string roles;
    std::string facts;
  } grants[] = {
      {"cases", "sw cm sup yw", "consent/consent_recorded"},
      {"cases", "sw cm sup",
       "case_opened case_closed case_reopened placement_started placement_ended "
       "household_member_added household_member_removed"},
      {"cases", "sw cm sup yw", "service_provided"},
      {"cases", "sw cm sup tr yw net",
       "assessment_completed follow_up_conducted person_role_started person_role_ended"},
      {"cases", "sw cm sup yw net", "referral_made"},
      {"cases", "cm sup", "persons_merged persons_unmerged households_merged households_unmerged"},
      {"cases", "sw cm sup tr yw net mel",
       "person_registered residence_changed household_moved disability_recorded "
       "school_status_changed "
       "child_birth_recorded testimony_recorded household_registered "
       "concern_received task_created case_group_formed joint_intervention_conducted "
       "incident_reported note_recorded document_attached"},
      {"cases", "sw cm sup net mel",
       "entry_voided details_corrected conflict_detected conflict_resolved"},
      {"cases", "sw cm sup dir", "approval_requested"},
      {"cases", "cm sup dir", "approval_granted approval_rejected"},
      {"training", "sw cm sup tr yw net mel",
       "activity_held activity_cancelled attendance_recorded headcount_recorded "
       "work_experience_ended course_defined activity_planned facilitator_assigned "
       "test_result_recorded outcome_recorded work_experience_applied_for work_experience_started "
       "interview_passed job_offered employment_obtained scholarship_applied_for "
       "scholarship_awarded entry_voided details_corrected document_attached approval_requested"},
      {"training", "sw cm sup tr yw net mel dir", "approval_granted approval_rejected"},
      {"donations", "sw cm sup yw log fund",
       "items_distributed donor_registered donation_received kit_defined goods_purchased "
       "distribution_held cash_assistance_disbursed document_attached"},
      {"donations", "sup log fund", "donation_allocated distribution_reversed"},
      {"donations", "sup log fund mel",
       "entry_voided details_corrected conflict_detected conflict_resolved"},
      {"network", "sw cm sup tr yw net mel dir", "group_member_joined group_member_left"},
      {"network", "cm sup tr yw net mel dir",
       "partnership_ended context_period_ended report_published entry_voided details_corrected "
       "conflict_detected conflict_resolved"},
      {"network", "sw cm sup tr yw log fund net mel dir",
       "organisation_registered organisation_alias_added partnership_agreed "
       "technical_support_provided programme_target_area_defined context_period_started "
       "group_formed context_figure_quoted report_period_closed report_narrative_written "
       "document_attached"},
      {"cases", "sw cm sup",
       "case_screened_out best_interests_determined care_plan_adopted goal_ended case_reviewed "
       "case_worker_assigned case_worker_unassigned transfer_offered transfer_answered "
       "foster_family_recruited foster_family_suspended placement_reviewed person_died "
       "document_detached"},
      {"cases", "sw cm sup yw net", "referral_answered referral_completed case_group_member_added"},
      {"cases", "sw cm sup tr yw net mel", "task_ended"},
      {"cases", "cm sup",
       "cases_merged cases_unmerged foster_family_approved foster_family_retired"},
      {"cases", "sw cm sup tr yw net mel dir", "safeguarding/safeguarding_concern_reported"},
      {"cases", "sw cm sup tr yw net", "person_identifier_added"},
      {"cases", "sw cm sup yw net mel", "possible_duplicate_found"},
      {"cases", "sw cm sup mel", "possible_duplicate_dismissed"},
      {"cases", "sw cm sup yw", "consent/consent_withdrawn consent/consent_overridden"},
      {"cases", "cm sup dir", "retention_hold_placed retention_hold_released"},
      {"cases", "sup dir", "erasure/person_data_erased"},
      {"training", "sw cm sup tr yw net mel",
       "mentor_matched mentor_match_ended vocational_training_enrolled vocational_training_ended "
       "employment_ended scholarship_ended document_detached conflict_detected conflict_resolved"},
      {"donations", "sup log fund",
       "donor_preference_changed donation_pledged pledge_cancelled donation_reversed "
       "stock_written_off document_detached"},
      {"donations", "sw cm sup yw log fund",
       "donation_acknowledged kit_assembled stock_moved stock_counted approval_requested"},
      {"donations", "sup log fund dir", "approval_granted approval_rejected"},
      {"network", "cm sup tr yw net mel dir",
       "organisations_merged organisations_unmerged organisation_closed "
       "rci_transition_stage_reached commune_budget_plan_adopted group_dissolved "
       "community_funds_raised indicator_defined target_set indicator_measured "
       "aggregate_figure_reported outcome_harvested outcome_substantiated report_restated "
       "story_published approval_requested approval_granted approval_rejected document_detached"},
      {"identity", "adm",
       "account_opened account_closed role_granted role_revoked delegation_given delegation_ended "
       "device_enrolled device_revoked"},
      // The installation's own.
      {"identity", "",
       "signing/credential_set signing/credential_reset signing/signed_in "
       "signing/sign_in_refused"},
      {"identity", "sw cm sup", "emergency/emergency_access_begun"},
      {"identity", "sup dir", "emergency_review/emergency_access_reviewed"},
      {"network", "sup mel dir", "import/import_window_requested import/import_window_closed"},
      {"network", "dir", "import/import_window_approved"},
  };
  const std::map<std::string, std::pair<std::string, std::string>> roles = {
      {"sw", {"staff-sw-1", "social_worker"}},  {"cm", {"staff-cm-1", "case_manager"}},
      {"sup", {"staff-sup-1", "supervisor"}},   {"tr", {"staff-tr-1", "trainer"}},
      {"yw", {"staff-yw-1", "youth_worker"}},   {"log", {"staff-log-1", "logistics"}},
      {"fund", {"staff-fund-1", "fundraiser"}}, {"net", {"staff-net-1", "network_officer"}},
      {"mel", {"staff-mel-1", "mel_officer"}},  {"dir", {"staff-dir-1", "director"}},
      {"audit", {"auditor-1", "auditor"}},      {"adm", {"staff-adm-1", "administrator"}},
  };
  std::set<std::string> named;
  for (const auto& [service, granted, facts] : grants) {
    const std::set<std::string> may = absl::StrSplit(granted, ' ');
    for (const std::string& fact : std::vector<std::string>(absl::StrSplit(facts, ' '))) {
      const std::string permission = absl::StrCat(service, "/", fact);
      EXPECT_TRUE(named.insert(permission).second) << permission;
      for (const auto& [post, actor] : roles) {
        EXPECT_EQ(policy
                      ->Authorise(ActorOf(actor.first.c_str(), actor.second.c_str()),
                                  Recording(permission))
                      .ok(),
                  may.contains(post))
            << actor.second << " " << permission;
      }
    }
  }
  std::set<std::string> all;
  for (const domain::FactType& fact : domain::FactTable::Get().facts()) all.insert(fact.permission);
  EXPECT_EQ(named, all);
  EXPECT_TRUE(policy->Authorise(ActorOf("staff-cm-1", "case_manager"), OpeningPersonal()).ok());
  EXPECT_FALSE(policy->Authorise(ActorOf("staff-tr-1", "trainer"), OpeningPersonal()).ok());
}

}  // namespace
}  // namespace mlup::identity
