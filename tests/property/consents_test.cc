// Random sequences of facts about consents by several people in several roles: no refusal is taken
// back by one person, and who may not record consents changes none.
#include <algorithm>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gtest/gtest.h"

#include "eventstore/base/status.h"
#include "services/command/test_requests.h"
#include "services/command/test_world.h"

namespace mlup::property::consents_test {
namespace {

using command::kSok;

constexpr int kSteps = 120;
const std::vector<std::string> kPurposes = {"SHARE_WITH_NGO", "PHOTO"};

// A consent as the test keeps it.
struct Consent {
  std::string event_id;
  std::string decision;
  std::string purpose;
  std::string actor;
  bool voided = false;
};

struct Approval {
  std::string asked_by;
  std::string granted_by;
  std::string subject;
  bool used = false;
};

struct Step {
  std::string kind;
  std::string fact;
  std::string actor;
  std::string role;
  // Named by the fact.
  std::string approval;
  std::size_t consent = 0;
  // The new consent, or what it is corrected to.
  std::string decision;
  std::string purpose;
};

class ConsentsTest : public testing::TestWithParam<unsigned> {
 protected:
  ConsentsTest() {
    EXPECT_TRUE(world_.commands()
                    .Record(command::CaseRequest("registered", {command::Registered(kSok)}))
                    .ok());
  }

  std::size_t Below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(engine_);
  }

  // One that stands, one that was used, none at all.
  std::string SomeApproval() {
    if (approvals_.empty() || Below(3) == 0) return "";
    return std::next(approvals_.begin(), static_cast<std::ptrdiff_t>(Below(approvals_.size())))
        ->first;
  }

  Step Next() {
    Step step;
    step.actor = Below(2) == 0 ? "staff-sw-1" : "staff-sw-2";
    step.role = step.actor == "staff-sw-1" && Below(3) == 0 ? "trainer" : "worker";
    const std::size_t kind = Below(10);
    if (kind < 4 || consents_.empty()) {
      step.kind = "consent";
      step.decision = Below(2) == 0 ? "GIVEN" : "REFUSED";
      step.purpose = kPurposes[Below(2)];
      step.approval = SomeApproval();
      step.fact =
          command::OnPerson(kSok, absl::StrCat("consent_recorded { person { person_id: '", kSok,
                                               "' decision: CONSENT_DECISION_", step.decision,
                                               " purpose: CONSENT_PURPOSE_", step.purpose,
                                               " } approval_id: '", step.approval, "' }"));
    } else if (kind < 8) {
      step.kind = kind < 6 ? "void" : "correct";
      step.consent = Below(consents_.size());
      step.approval = SomeApproval();
      const Consent& consent = consents_[step.consent];
      step.decision = Below(2) == 0 ? "GIVEN" : "REFUSED";
      step.purpose = kPurposes[Below(2)];
      const auto change = [](const std::string& field, const std::string& value,
                             const std::string& old, const std::string& now) {
        if (old == now) return std::string();
        return absl::StrCat(" changes { field: 'person.", field, "' old_value: '\"CONSENT_", value,
                            "_", old, "\"' new_value: '\"CONSENT_", value, "_", now, "\"' }");
      };
      step.fact = command::OnPerson(
          kSok,
          step.kind == "void"
              ? absl::StrCat("entry_voided { voids_event_id: '", consent.event_id,
                             "' reason: 'duplicate_entry' approval_id: '", step.approval, "' }")
              : absl::StrCat("details_corrected { corrects_event_id: '", consent.event_id,
                             "' reason: 'typo' approval_id: '", step.approval,
                             "' persons { person_id: '", kSok, "'",
                             change("decision", "DECISION", consent.decision, step.decision),
                             change("purpose", "PURPOSE", consent.purpose, step.purpose), " } }"));
    } else if (kind == 8) {
      step.kind = "ask";
      step.approval = absl::StrFormat("018f3c6e-0000-7000-8000-%012d", approvals_.size() + 1);
      step.purpose = Below(4) == 0 ? "MERGE" : "CONSENT";
      step.fact = command::Asked(command::Person(kSok), step.approval, step.purpose);
    } else {
      step.kind = "grant";
      step.approval = SomeApproval();
      for (const auto& [id, approval] : approvals_) {
        if (approval.granted_by.empty()) step.approval = id;
      }
      step.fact = command::Granted(command::Person(kSok), step.approval);
    }
    return step;
  }

  // The last decision for a purpose; null where there is none.
  const Consent* Stands(const std::string& purpose) const {
    const auto found = std::find_if(
        consents_.rbegin(), consents_.rend(),
        [&](const Consent& consent) { return !consent.voided && consent.purpose == purpose; });
    return found == consents_.rend() ? nullptr : &*found;
  }

  // What was refused, with who recorded it.
  std::map<std::string, std::string> Refused() const {
    std::map<std::string, std::string> refused;
    for (const std::string& purpose : kPurposes) {
      const Consent* consent = Stands(purpose);
      if (consent != nullptr && consent->decision == "REFUSED") refused[purpose] = consent->actor;
    }
    return refused;
  }

  void Apply(const Step& step, const std::string& event_id) {
    if (step.kind == "consent") {
      consents_.push_back({event_id, step.decision, step.purpose, step.actor});
    } else if (step.kind == "void") {
      consents_[step.consent].voided = true;
    } else if (step.kind == "correct") {
      consents_[step.consent].decision = step.decision;
      consents_[step.consent].purpose = step.purpose;
    } else if (step.kind == "ask") {
      approvals_[step.approval] = {step.actor, "", step.purpose};
    } else {
      approvals_[step.approval].granted_by = step.actor;
    }
  }

  // Whether two people stand behind what takes a refusal of `refuser` back.
  bool IsByTwo(const Step& step, const std::string& refuser) const {
    if (step.kind == "consent" && step.actor != refuser) return true;
    const auto approval = approvals_.find(step.approval);
    return approval != approvals_.end() && !approval->second.used &&
           approval->second.subject == "CONSENT" && !approval->second.granted_by.empty() &&
           approval->second.granted_by != approval->second.asked_by;
  }

  std::mt19937 engine_{GetParam()};
  command::TestWorld world_;
  std::vector<Consent> consents_;
  std::map<std::string, Approval> approvals_;
};

TEST_P(ConsentsTest, NobodyTakesARefusalBackAlone) {
  std::map<std::string, int> reversed;
  int refused = 0;
  for (int i = 0; i < kSteps; ++i) {
    const Step step = Next();
    auto request = command::CaseRequest(absl::StrCat("step-", i), {step.fact});
    request.mutable_context()->set_actor_id(step.actor);
    request.mutable_context()->set_role(step.role);
    if (Below(10) == 0) world_.Restart();
    const auto result = world_.commands().Record(request);
    const bool is_about_consents =
        step.kind == "consent" || step.kind == "void" || step.kind == "correct";
    if (is_about_consents && step.role == "trainer") {
      ASSERT_FALSE(result.ok()) << i << ": " << step.fact;
      continue;
    }
    if (!result.ok()) {
      refused += ErrorReason(result.status()) == "CONSENT_REFUSED" ? 1 : 0;
      continue;
    }
    const std::map<std::string, std::string> before = Refused();
    Apply(step, result->event_ids(0));
    const std::map<std::string, std::string> after = Refused();
    for (const auto& [purpose, refuser] : before) {
      if (after.contains(purpose)) continue;
      ASSERT_TRUE(IsByTwo(step, refuser)) << i << ": " << step.actor << " " << step.fact;
      ++reversed[step.kind];
    }
    if (is_about_consents && !step.approval.empty()) approvals_[step.approval].used = true;
  }
  // Refusals are met and, by two, taken back: else nothing was shown.
  EXPECT_GT(refused, 3);
  EXPECT_GT(reversed["consent"], 0);
}

INSTANTIATE_TEST_SUITE_P(Seeds, ConsentsTest, testing::Range(1u, 33u));

// A void or a correction needs the right to the fact that it touches.
TEST(ConsentRightsTest, ATrainerTouchesNoConsent) {
  command::TestWorld world;
  const std::string consent = "018f3c6e-0000-7000-8000-000000000009";
  ASSERT_TRUE(
      world.commands()
          .Record(command::CaseRequest(
              "r-1", {command::Registered(kSok), command::Consented(kSok, "REFUSED", consent)}))
          .ok());
  const std::string facts[] = {
      command::Consented(kSok, "GIVEN"), command::Consented(kSok, "REFUSED"),
      command::Voided(kSok, consent),
      command::Corrected(kSok, consent,
                         "changes { field: 'wording_version' old_value: '\"2020-1\"' new_value: "
                         "'\"2020-2\"' }")};
  int number = 0;
  for (const std::string& fact : facts) {
    auto request = command::CaseRequest(absl::StrCat("trainer-", ++number), {fact});
    request.mutable_context()->set_role("trainer");
    const auto result = world.commands().Record(request);
    EXPECT_EQ(ErrorReason(result.status()), "FACT_NOT_GRANTED") << fact << result.status();
  }
  EXPECT_EQ(world.Records().size(), 2u);
}

}  // namespace
}  // namespace mlup::property::consents_test
