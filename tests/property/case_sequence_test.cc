// Random sequences of case commands: the service agrees with a small model, and repeating all of it
// changes nothing.
#include <algorithm>
#include <map>
#include <random>

#include "absl/strings/str_format.h"
#include "gtest/gtest.h"

#include "services/cases/case_service.h"
#include "services/cases/record_state.h"
#include "services/command/test_world.h"

namespace mlup::property {
namespace {

namespace pb = ::mlup::cases::v1;
using command::ContextText;
using command::FromText;

constexpr char kSok[] = "018f3c6e-0000-7000-8000-000000000001";

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
  absl::StatusOr<command::CommandResult> Run(const Step& step, const std::string& request_id) {
    const char* const actor = step.call == "grant" ? "staff-sw-2" : "staff-sw-1";
    const std::string text =
        absl::StrCat("context { ", ContextText(request_id, "2021-02-17", actor), " } stream: '",
                     step.stream, "' ", step.body);
    if (step.call == "open") return service_.OpenCase(FromText<pb::OpenCaseRequest>(text));
    if (step.call == "close") return service_.CloseCase(FromText<pb::CloseCaseRequest>(text));
    if (step.call == "reopen") return service_.ReopenCase(FromText<pb::ReopenCaseRequest>(text));
    if (step.call == "ask")
      return service_.RequestApproval(FromText<pb::RequestApprovalRequest>(text));
    if (step.call == "grant")
      return service_.GrantApproval(FromText<pb::GrantApprovalRequest>(text));
    if (step.call == "place")
      return service_.StartPlacement(FromText<pb::StartPlacementRequest>(text));
    return service_.EndPlacement(FromText<pb::EndPlacementRequest>(text));
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
  cases::CaseService service_{world_.commands()};
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

  // Folding the log from nothing gives what the commands saw.
  for (const auto& [id, model] : models) {
    const auto history = *command::LoadHistory(world_.log(), absl::StrCat("case/", id));
    cases::RecordStates states;
    for (const auto& event : history.events) {
      pb::CaseEvent fact;
      ASSERT_TRUE(command::SetFact(fact, *event.message));
      Evolve(states, fact, event.info);
    }
    const auto& state = states.Of(history.stream);
    EXPECT_EQ(state.status == cases::CaseStatus::kOpen, model.open);
    EXPECT_EQ(!state.placement_id.empty(), model.placed);
    EXPECT_EQ(state.granted.contains(model.granted), !model.granted.empty());
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, CaseSequenceTest, testing::Range(1u, 11u));

}  // namespace
}  // namespace mlup::property
