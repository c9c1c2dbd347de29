// Random sequences of case commands: the service agrees with a small model, and repeating all of it
// changes nothing.
#include <algorithm>
#include <map>
#include <random>

#include "absl/strings/str_format.h"
#include "gtest/gtest.h"

#include "services/command/test_requests.h"
#include "services/command/test_world.h"

namespace mlup::property {
namespace {

using command::kSok;

// What should be true of one case.
struct Model {
  bool opened = false;
  bool open = false;
  bool placed = false;
  std::string asked;
  std::string granted;
};

struct Step {
  std::string call;
  std::string stream;
  std::string body;
};

class CaseSequenceTest : public testing::TestWithParam<unsigned> {
 protected:
  absl::StatusOr<command::RecordResult> Run(const Step& step, const std::string& request_id,
                                            bool validate_only = false) {
    auto request =
        command::CaseRequest(request_id, {absl::StrCat("stream: '", step.stream, "' ", step.body)});
    if (step.call == "grant") request.mutable_context()->set_actor_id("staff-sw-2");
    request.set_validate_only(validate_only);
    return world_.commands().Record(request);
  }

  // A random command for the case, and whether the model takes it.
  std::pair<Step, bool> Next(const std::string& id, Model& model) {
    const int kind = std::uniform_int_distribution<int>(0, 6)(engine_);
    if (kind < 3) return NextOfCase(kind, id, model);
    return kind < 5 ? NextApproval(kind, id, model) : NextPlacement(kind, id, model);
  }

  std::pair<Step, bool> NextOfCase(int kind, const std::string& id, Model& model) {
    const std::string stream = "case/" + id;
    if (kind == 0) {
      const bool taken = !model.opened;
      model.opened = true;
      model.open = model.open || taken;
      return {{"open", stream,
               absl::StrCat("case_opened { ", Child(),
                            " case_type: CASE_TYPE_CARELEAVER owner_org_id: '", kSok, "' }")},
              taken};
    }
    if (kind == 1) {
      const bool taken = model.open && !model.granted.empty();
      const std::string used = model.granted.empty() ? NewId() : model.granted;
      if (taken) model.granted.clear();
      model.open = model.open && !taken;
      return {{"close", stream,
               absl::StrCat("case_closed { ", Child(), " approval_id: '", used,
                            "' reason: CLOSE_REASON_OTHER }")},
              taken};
    }
    const bool taken = model.opened && !model.open;
    model.open = model.open || taken;
    return {
        {"reopen", stream, absl::StrCat("case_reopened { ", Child(), " reason: 'new_concern' }")},
        taken};
  }

  std::pair<Step, bool> NextApproval(int kind, const std::string& id, Model& model) {
    const std::string stream = "case/" + id;
    const bool waits = !model.asked.empty();
    const std::string approval = NewId();
    if (kind == 3) {
      if (!waits) model.asked = approval;
      return {{"ask", stream,
               absl::StrCat("approval_requested { approval_id: '", approval,
                            "' subject: APPROVAL_SUBJECT_CLOSURE }")},
              !waits};
    }
    const std::string answered = waits ? model.asked : approval;
    if (waits) model.granted = model.asked;
    model.asked.clear();
    return {{"grant", stream, absl::StrCat("approval_granted { approval_id: '", answered, "' }")},
            waits};
  }

  std::pair<Step, bool> NextPlacement(int kind, const std::string& id, Model& model) {
    const std::string stream = "case/" + id;
    if (kind == 5) {
      const bool taken = model.open && !model.placed;
      model.placed = model.placed || taken;
      return {{"place", stream,
               absl::StrCat("placement_started { placement_id: '", id, "' ", Child(),
                            " care_type: CARE_TYPE_KINSHIP }")},
              taken};
    }
    const bool taken = model.placed;
    model.placed = false;
    return {{"end", stream,
             absl::StrCat("placement_ended { placement_id: '", id, "' ", Child(),
                          " reason: PLACEMENT_END_REASON_REUNIFIED }")},
            taken};
  }

  std::string NewId() { return absl::StrFormat("018f3c6e-0000-7000-8000-%012d", ++ids_); }
  static std::string Child() { return absl::StrCat("child { person_id: '", kSok, "' }"); }

  std::mt19937 engine_{GetParam()};
  int ids_ = 0;
  command::TestWorld world_;
};

TEST_P(CaseSequenceTest, TheServiceAgreesWithTheModelAndRepetitionChangesNothing) {
  std::map<std::string, Model> models = {{"018f3c6e-0000-7000-8000-00000000000a", {}},
                                         {"018f3c6e-0000-7000-8000-00000000000b", {}}};
  std::vector<std::pair<Step, std::string>> accepted;
  for (int i = 0; i < 200; ++i) {
    auto& [id, model] = *std::next(models.begin(), i % 2);
    const auto [step, taken] = Next(id, model);
    const std::string request_id = absl::StrCat("r-", i);
    const auto result = Run(step, request_id);
    ASSERT_EQ(result.ok(), taken) << "seed " << GetParam() << " step " << i << " " << step.call
                                  << " " << result.status();
    if (taken) accepted.push_back({step, request_id});
  }
  const std::uint64_t head = world_.log().Head()->value;
  EXPECT_EQ(head, accepted.size());
  std::shuffle(accepted.begin(), accepted.end(), engine_);
  for (const auto& [step, request_id] : accepted) {
    const auto again = Run(step, request_id);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_TRUE(again->replayed());
  }
  EXPECT_EQ(world_.log().Head()->value, head);

  // Folding the log from nothing gives what the requests saw.
  for (const auto& [id, model] : models) {
    const std::string stream = "case/" + id;
    const auto taken = [&](const std::string& body) {
      return Run({"", stream, body}, "fold", true).ok();
    };
    EXPECT_EQ(taken(absl::StrCat("assessment_completed { ", Child(),
                                 " subject: ASSESSMENT_SUBJECT_CHILD tool: 'needs' }")),
              model.open);
    EXPECT_EQ(taken(absl::StrCat("placement_ended { placement_id: '", id, "' ", Child(),
                                 " reason: PLACEMENT_END_REASON_REUNIFIED }")),
              model.placed);
    EXPECT_EQ(taken(absl::StrCat("case_closed { ", Child(), " approval_id: '",
                                 model.granted.empty() ? NewId() : model.granted,
                                 "' reason: CLOSE_REASON_OTHER }")),
              model.open && !model.granted.empty());
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, CaseSequenceTest, testing::Range(1u, 11u));

}  // namespace
}  // namespace mlup::property
