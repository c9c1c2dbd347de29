// The one decision: every reason for which it says no, in the order in which it says them.
#include "services/identity/authorise.h"

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace mlup::identity {
namespace {

const Roles& Book() {
  static const Roles& book = *new Roles([] {
    Roles roles;
    v1::Role& worker = roles["worker"];
    worker.add_records("cases/*");
    worker.add_calls("mlup.audit.v1.AuditService/GetCaseHistory");
    worker.set_may_open_personal(true);
    v1::Role& past = roles["past"];
    past.add_records("cases/case_opened");
    past.set_may_import(true);
    v1::Role& nurse = roles["nurse"];
    nurse.set_may_open_personal(true);
    nurse.set_may_reveal_special(true);
    nurse.set_may_read_safeguarding(true);
    roles["importer"].set_may_import_for_others(true);
    roles["idle"];
    return roles;
  }());
  return book;
}

std::shared_ptr<const Standing> Holding(std::vector<HeldRole> roles) {
  auto standing = std::make_shared<Standing>();
  standing->organisations = {"mro"};
  standing->roles = std::move(roles);
  return standing;
}

constexpr v1::GrantScope kOwn = v1::GRANT_SCOPE_OWN_CASELOAD;

// One question; it is asked by `a` as a worker who reaches everything unless it says otherwise.
struct Question {
  std::string expected;
  What what = Recording("cases/case_opened");
  std::string role = "worker";
  std::string organisation = "mro";
  std::shared_ptr<const Standing> standing = Holding({{"worker", "mro"}});
  const Relation* about = nullptr;
  std::string recorded_by = {};
  std::shared_ptr<const Standing> recorder = nullptr;
};

std::string AnswerTo(const Question& question) {
  log::v1::Actor actor;
  actor.set_actor_id("a");
  actor.set_role(question.role);
  actor.set_organisation_id(question.organisation);
  const Who who{.actor = actor,
                .standing = question.standing,
                .recorded_by = question.recorded_by,
                .recorder = question.recorder};
  const absl::Status answer = Authorise(Book(), who, question.what, question.about);
  EXPECT_EQ(answer.ok() || absl::IsPermissionDenied(answer), true) << answer;
  return ErrorReason(answer);
}

TEST(AuthoriseTest, EachReasonHasItsQuestion) {
  const Relation own{.organisations = {"mro"}, .has_workers = true, .workers = {"a"}};
  const Relation others{.organisations = {"mro"}, .has_workers = true, .workers = {"b"}};
  const Relation emergency{.has_workers = true, .workers = {"b"}, .emergency = true};
  const auto mine = Holding({{"worker", "mro", kOwn}});
  const auto imports = Holding({{"importer", "mro"}});
  const What read = Calling("mlup.audit.v1.AuditService/GetCaseHistory");
  const std::vector<Question> questions = {
      {""},
      {"", read},
      {"", OpeningPersonal()},
      {"CALL_NOT_GRANTED", Calling("mlup.audit.v1.AuditService/ExportBundle")},
      {"CALL_NOT_GRANTED", Calling("cases/case_opened")},
      {"FACT_NOT_GRANTED", Recording("cases/consent/consent_recorded")},
      {"FACT_NOT_GRANTED", Recording("mlup.audit.v1.AuditService/GetCaseHistory")},
      {"IMPORT_NOT_GRANTED", Recording("cases/case_opened", true)},
      {"", Recording("cases/case_opened", true), "past", "mro", Holding({{"past", "mro"}})},
      {"FIELD_NOT_GRANTED", RevealingSpecial()},
      {"", RevealingSpecial(), "nurse", "mro", Holding({{"nurse", "mro"}})},
      {"RECORD_NOT_GRANTED", ReadingSafeguarding()},
      {"", ReadingSafeguarding(), "nurse", "mro", Holding({{"nurse", "mro"}})},
      {"FIELD_NOT_GRANTED", OpeningPersonal(), "past", "mro", Holding({{"past", "mro"}})},
      {"ROLE_NOT_HELD", read, "king"},
      {"ROLE_NOT_HELD", read, "worker", "mro", Holding({})},
      {"ROLE_NOT_HELD", read, "king", "mro", Holding({{"king", "mro"}})},
      {"ROLE_NOT_HELD", read, "worker", "mro", Holding({{"worker", "other"}})},
      {"ACTOR_UNKNOWN", read, "worker", "other"},
      {"ACTOR_UNKNOWN", read, "worker", "mro", nullptr},
      {"", read, "worker", "mro", mine, &own},
      {"OUT_OF_SCOPE", read, "worker", "mro", mine, &others},
      {"", read, "worker", "mro", mine},
      {"", read, "worker", "mro", mine, &emergency},
      {"OUT_OF_SCOPE", Recording("cases/case_opened"), "worker", "mro", mine, &emergency},
      {"CALL_NOT_GRANTED", read, "idle", "mro", Holding({{"idle", "mro", kOwn}}), &emergency},
      // In any role: some role must do both, grant it and reach the record.
      {"", read, "", "", Holding({{"idle", "mro"}, {"worker", "mro", kOwn}}), &own},
      {"OUT_OF_SCOPE", read, "", "", Holding({{"idle", "mro"}, {"worker", "mro", kOwn}}), &others},
      {"CALL_NOT_GRANTED", read, "", "", Holding({{"idle", "mro"}})},
      {"CALL_NOT_GRANTED", read, "", "", Holding({})},
      {"ACTOR_UNKNOWN", read, "", "", nullptr},
      // Recorded by somebody else: the actor is data.
      {"", Recording("cases/case_opened"), "worker", "mro", nullptr, &others, "i", imports},
      {"IMPORT_NOT_GRANTED", Recording("cases/case_opened"), "worker", "mro", nullptr, nullptr, "i",
       mine},
      {"IMPORT_NOT_GRANTED", Recording("cases/case_opened"), "worker", "mro", nullptr, nullptr, "i",
       nullptr},
      {"IMPORT_NOT_GRANTED", Recording("cases/case_opened", true), "worker", "mro", nullptr,
       nullptr, "i", imports},
      {"ROLE_NOT_HELD", Recording("cases/case_opened"), "king", "mro", nullptr, nullptr, "i",
       imports},
      {"FACT_NOT_GRANTED", Recording("training/activity_held"), "worker", "mro", nullptr, nullptr,
       "i", imports},
      {"OUT_OF_SCOPE", Recording("cases/case_opened"), "worker", "mro", nullptr, &others, "i",
       Holding({{"importer", "mro", kOwn}})},
  };
  for (const Question& question : questions) {
    EXPECT_EQ(AnswerTo(question), question.expected) << "question " << &question - questions.data();
  }
}

TEST(AuthoriseTest, WhoActsForAnotherHasADelegation) {
  log::v1::Actor actor;
  actor.set_actor_id("a");
  actor.set_role("worker");
  actor.set_organisation_id("mro");
  actor.set_on_behalf_of("b");
  const auto answer = [&](const Standing& own, const Standing& other) {
    const Who who{.actor = actor,
                  .standing = std::make_shared<const Standing>(own),
                  .principal = std::make_shared<const Standing>(other)};
    return ErrorReason(Authorise(Book(), who, Recording("cases/case_opened"), nullptr));
  };
  Standing own = *Holding({{"worker", "mro"}});
  EXPECT_EQ(answer(own, {}), "DELEGATION_MISSING");
  EXPECT_EQ(answer(own, {.delegates = {"a"}}), "");
  EXPECT_EQ(answer(own, {.delegates = {"c"}}), "DELEGATION_MISSING");
  own.acts_for = {"b"};
  EXPECT_EQ(answer(own, {}), "");
  const Who alone{.actor = actor, .standing = std::make_shared<const Standing>(own)};
  EXPECT_EQ(ErrorReason(Authorise(Book(), alone, Recording("cases/case_opened"), nullptr)),
            "ACTOR_UNKNOWN");
}

}  // namespace
}  // namespace mlup::identity
