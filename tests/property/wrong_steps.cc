#include "tests/property/wrong_steps.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "eventstore/base/categories.h"
#include "eventstore/base/check.h"
#include "eventstore/payload/patch.h"
#include "tests/property/wrong_anywhere.h"

namespace mlup::property {
namespace {

using google::protobuf::Message;

// A prime, so that the facts that are taken are of all lives.
constexpr std::size_t kStride = 7'919;

// A change of an event: a path, and proto JSON.
using Edit = std::pair<std::string, std::string>;

using Fits = std::function<bool(const Lives&, const Told&)>;

// Facts of this name, so changed, are refused so.
struct Step {
  std::string fact;
  std::string reason;
  // Below the fact; empty for the fact as a whole.
  std::string field;
  Fits fits = {};
  std::vector<Edit> edits = {};

  std::string kind() const { return absl::StrCat(fact, " ", reason); }
};

bool InOpenPlacement(const Lives& lives, const Told& told) {
  const Told* last = lives.Last(told.stream, {"placement_started", "placement_ended"});
  return OnOpenCase(lives, told) && last != nullptr && last->name() == "placement_started";
}

// Who left did not join again.
bool LeftForGood(const Lives& lives, const Told& told) {
  const Told* last = nullptr;
  for (const Told* other : lives.On(told.stream)) {
    const bool moves = absl::StartsWith(other->name(), "group_member_");
    if (moves && other->Says("member.person_id") == told.Says("member.person_id")) last = other;
  }
  return last == &told;
}

// No later fact on the stream takes it back.
Fits Without(const std::string& name) {
  return [name](const Lives& lives, const Told& told) {
    return NotVoided(lives, told) && !lives.Has(told.stream, name);
  };
}

Fits Both(Fits one, Fits other) {
  return [one = std::move(one), other = std::move(other)](const Lives& lives, const Told& told) {
    return one(lives, told) && other(lives, told);
  };
}

Fits Saying(const std::string& path, const std::string& value) {
  return [path, value](const Lives&, const Told& told) { return told.Says(path) == value; };
}

std::vector<Step> StepsOfCases() {
  return {
      {"case_opened", "CASE_ALREADY_OPEN", ""},
      {"case_closed", "CASE_NOT_OPEN", "", OnClosedCase},
      {"service_provided", "CASE_NOT_OPEN", "", OnClosedCase},
      {"case_reviewed", "CASE_NOT_OPEN", "", OnClosedCase},
      {"case_reopened", "CASE_NOT_CLOSED", "", OnOpenCase},
      {"assessment_completed",
       "OTHER_CHILD",
       "child.person_id",
       OnOpenCase,
       {{"child.person_id", Quoted(kUnknownId)}}},
      {"case_reviewed",
       "OTHER_CHILD",
       "child.person_id",
       OnOpenCase,
       {{"child.person_id", Quoted(kUnknownId)}}},
      {"care_plan_adopted", "PLAN_VERSION", "plan_version",
       Both(OnOpenCase, Without("case_reopened"))},
      {"goal_ended", "GOAL_NOT_OPEN", "goal_id", OnOpenCase},
      {"case_worker_assigned", "WORKER_ASSIGNED", "worker_id",
       Both(OnOpenCase, Without("case_worker_unassigned"))},
      {"referral_made", "REFERRAL_ID_USED", "referral_id", OnOpenCase},
      {"referral_made",
       "CONSENT_MISSING",
       "consent_event_id",
       OnOpenCase,
       {{"consent_event_id", Quoted(kUnknownId)}, {"referral_id", Quoted(kNewId)}}},
      {"referral_answered", "REFERRAL_NOT_OPEN", "referral_id"},
      {"referral_completed", "REFERRAL_NOT_ACCEPTED", "referral_id"},
      {"task_created", "TASK_ID_USED", "task_id"},
      {"task_ended", "TASK_NOT_OPEN", "task_id"},
      {"placement_started", "PLACEMENT_OPEN", "", InOpenPlacement},
      {"placement_reviewed",
       "PLACEMENT_NOT_OPEN",
       "placement_id",
       OnOpenCase,
       {{"placement_id", Quoted(kUnknownId)}}},
      {"foster_family_recruited", "FOSTER_FAMILY_STATE", "", Without("foster_family_retired")},
      {"case_group_member_added", "ALREADY_MEMBER", "case_id"},
  };
}

std::vector<Step> StepsOfPeople() {
  return {
      {"person_role_started", "ROLE_ALREADY_HELD", "person.role", Without("person_role_ended")},
      {"disability_recorded",
       "OTHER_PERSON",
       "person.person_id",
       {},
       {{"person.person_id", Quoted(kUnknownId)}}},
      {"school_status_changed",
       "OTHER_PERSON",
       "person.person_id",
       {},
       {{"person.person_id", Quoted(kUnknownId)}}},
      {"household_member_added", "ALREADY_MEMBER", "member.person_id",
       Without("household_member_removed")},
      {"group_member_joined", "ALREADY_MEMBER", "",
       Both(Without("group_dissolved"), Without("group_member_left"))},
      {"group_member_left", "NOT_MEMBER", "", Both(Without("group_dissolved"), LeftForGood)},
      {"mentor_matched",
       "SAME_PERSON_MATCHED",
       "mentee.person_id",
       {},
       {{"mentee.person_id", "mentor.person_id"}}},
      {"mentor_match_ended", "MATCH_NOT_OPEN", ""},
  };
}

std::vector<Step> StepsOfEntries() {
  return {
      {"approval_requested", "APPROVAL_ID_USED", "approval_id"},
      {"approval_granted", "APPROVAL_NOT_PENDING", "approval_id"},
      {"approval_rejected", "APPROVAL_NOT_PENDING", "approval_id"},
      {"entry_voided", "ALREADY_VOIDED", "voids_event_id"},
      {"entry_voided",
       "EVENT_NOT_ON_STREAM",
       "voids_event_id",
       {},
       {{"voids_event_id", Quoted(kUnknownId)}}},
      {"details_corrected",
       "EVENT_NOT_ON_STREAM",
       "corrects_event_id",
       {},
       {{"corrects_event_id", Quoted(kUnknownId)}}},
      {"import_window_requested", "WINDOW_ID_USED", "window_id"},
      {"import_window_approved", "WINDOW_NOT_PENDING", "window_id"},
      {"report_published", "PERIOD_NOT_CLOSED", "period", {}, {{"period", Quoted("2015-Q1")}}},
      {"report_restated",
       "REPORT_NOT_PUBLISHED",
       "restates_report_id",
       {},
       {{"restates_report_id", Quoted(kUnknownId)}}},
      {"indicator_defined", "INDICATOR_VERSION", "version"},
      {"outcome_substantiated",
       "EVENT_NOT_ON_STREAM",
       "outcome_event_id",
       {},
       {{"outcome_event_id", Quoted(kUnknownId)}}},
      {"organisation_closed", "ALREADY_CLOSED", ""},
      {"partnership_ended", "NOT_PARTNER", "kind"},
  };
}

std::vector<Step> StepsOfGoodsAndActivities() {
  return {
      {"activity_held", "ALREADY_HELD", "", NotVoided},
      {"attendance_recorded", "ALREADY_ATTENDED", "", NotVoided},
      {"headcount_recorded", "HEADCOUNT_EXISTS", "replaces_event_id", NotVoided},
      {"headcount_recorded",
       "PARTS_EXCEED_WHOLE",
       "n",
       {},
       {{"n", "3"}, {"female", "2"}, {"male", "2"}}},
      {"stock_moved", "MOVE_ID_USED", "move_id"},
      {"stock_moved",
       "MOVE_NOT_SENT",
       "move_id",
       Saying("direction", "STOCK_DIRECTION_IN"),
       {{"move_id", Quoted(kUnknownId)}}},
      {"stock_written_off", "APPROVAL_MISSING", "approval_id"},
      {"kit_assembled", "KIT_UNKNOWN", "version", {}, {{"version", "77"}}},
      {"items_distributed",
       "KIT_INCOMPLETE",
       "kit_version",
       {},
       {{"kit_code", Quoted("pack")}, {"kit_version", "null"}}},
      {"items_distributed",
       "RECIPIENT_REQUIRED",
       "recipient_id",
       [](const Lives&, const Told& told) {
         return told.Says("recipient_kind") == "RECIPIENT_KIND_HOUSEHOLD" &&
                told.Says("kit_code").empty();
       },
       {{"recipient_id", "null"}}},
      {"distribution_reversed",
       "EVENT_NOT_ON_STREAM",
       "reverses_event_id",
       {},
       {{"reverses_event_id", Quoted(kUnknownId)}}},
      {"distribution_reversed",
       "MORE_THAN_GIVEN",
       "lines",
       {},
       {{"lines[0].quantity", Quoted("100000")}}},
  };
}

std::vector<Step> AllSteps() {
  std::vector<Step> steps;
  for (const auto& some :
       {StepsOfCases(), StepsOfPeople(), StepsOfEntries(), StepsOfGoodsAndActivities()}) {
    steps.insert(steps.end(), some.begin(), some.end());
  }
  return steps;
}

Wrong MakeStep(const Step& step, const Told& told) {
  Wrong wrong{step.kind(), Alone(told), step.reason, FieldOf(told, step.field)};
  Message& event = EventIn(*wrong.request, told);
  for (const auto& [path, value] : step.edits) {
    const auto beside = payload::ReadField(event, value);
    CHECK(payload::WriteField(event, path, beside.ok() ? *beside : value).ok());
  }
  // A new pair of people is on a record of its own.
  if (told.type->creates() && !step.edits.empty()) {
    SetText(FactOf(*wrong.request, told), "stream",
            absl::StrCat(ToAbsl(CategoryOf(told.stream)), "/", kNewId));
  }
  return wrong;
}

}  // namespace

void ForEachWrongStep(const Lives& lives, std::size_t most,
                      const std::function<void(const Wrong&)>& tell) {
  const auto scattered = [&](const std::function<bool(const Told&)>& make) {
    const std::size_t size = lives.told().size();
    std::size_t made = 0;
    for (std::size_t i = 0; i < size && made < most; ++i) {
      if (make(lives.told()[i * kStride % size])) ++made;
    }
  };
  for (const Step& step : AllSteps()) {
    scattered([&](const Told& told) {
      if (told.name() != step.fact || (step.fits && !step.fits(lives, told))) return false;
      tell(MakeStep(step, told));
      return true;
    });
  }
  for (const auto& [kind, make] : WrongOfAnyFact()) {
    scattered([&, kind = kind, make = make](const Told& told) {
      Wrong wrong{kind, Alone(told), "", ""};
      if (!make(lives, told, wrong)) return false;
      tell(wrong);
      return true;
    });
  }
}

std::set<std::string> KindsOfSteps() {
  std::set<std::string> kinds;
  for (const Step& step : AllSteps()) kinds.insert(step.kind());
  for (const auto& [kind, make] : WrongOfAnyFact()) kinds.insert(kind);
  return kinds;
}

}  // namespace mlup::property
