#include "services/mlup/generate/case_work.h"

#include <string_view>
#include <utility>

namespace mlup::cli::generate {
namespace {

// 26 months of work at most, and time to record it.
constexpr absl::civil_diff_t kStayMax = 1019;

// Fewer visits around the new year in April and the festival of the ancestors in September.
bool IsQuiet(Day day) { return day.month() == 4 || day.month() == 9; }

}  // namespace

bool CaseWork::BeginCase(Child& child, Day& day) {
  child.case_id = NewId(day);
  if (dice_.Percent(80)) {
    Json body = Of(child);
    body["concerns"] = {
        dice_.Pick({"no_caregiver", "neglect", "domestic_violence", "out_of_school"})};
    Add(day,
        {{CaseStream(child),
          "concern_received",
          {{"child", std::move(body)},
           {"reporter_type", dice_.Pick({"REPORTER_TYPE_FAMILY", "REPORTER_TYPE_AUTHORITY",
                                         "REPORTER_TYPE_COMMUNITY", "REPORTER_TYPE_HOTLINE"})}}}});
    if (dice_.Percent(12)) {
      Add(Later(day, 5), {{CaseStream(child),
                           "case_screened_out",
                           {{"child", Of(child)}, {"reason", "no_risk_found"}}}});
      return false;
    }
  }
  Json opened = {
      {"child", Of(child)},
      {"case_type", dice_.Pick({"CASE_TYPE_CHILD_PROTECTION", "CASE_TYPE_CHILD_PROTECTION",
                                "CASE_TYPE_KINSHIP_SUPPORT", "CASE_TYPE_REINTEGRATION"})},
      {"owner_org_id", branch_.own_org}};
  if (dice_.Percent(10)) {
    opened["incident_ids"] = {Incident(child, day)};
  }
  child.worker = author_.actor_id;
  child.open = Add(Later(day, 6), {{CaseStream(child), "case_opened", std::move(opened)},
                                   {CaseStream(child),
                                    "case_worker_assigned",
                                    {{"worker_id", child.worker},
                                     {"supervisor_id", kSupervisor.actor_id},
                                     {"team", "north"}}}});
  return child.open;
}

std::string CaseWork::Incident(const Child& child, Day day) {
  std::string id = NewId(day);
  Json body = Of(child);
  body["incident_category"] =
      dice_.Pick({"INCIDENT_CATEGORY_VIOLENCE", "INCIDENT_CATEGORY_NEGLECT"});
  body["violence_type"] = "not_stated";
  Json children = Json::array({std::move(body)});
  Add(day, {{"incident/" + id,
             "incident_reported",
             {{"children", std::move(children)}, {"police_informed", dice_.Percent(30)}}}});
  return id;
}

void CaseWork::GroupSiblings(Day day) {
  std::vector<std::string> ids;
  for (const Child& child : children_) {
    if (child.open) ids.push_back(child.case_id);
  }
  if (ids.size() < 2) return;
  const std::string group = NewId(day);
  std::vector<Fact> facts = {{"case_group/" + group,
                              "case_group_formed",
                              {{"kind", "CASE_GROUP_KIND_SIBLINGS"}, {"case_ids", {ids[0]}}}}};
  for (std::size_t i = 1; i < ids.size(); ++i) {
    facts.push_back({"case_group/" + group, "case_group_member_added", {{"case_id", ids[i]}}});
  }
  Json seen = Json::array();
  for (const Child& child : children_) seen.push_back(Of(child));
  facts.push_back({"case_group/" + group,
                   "joint_intervention_conducted",
                   {{"with_org_ids", {branch_.authority}},
                    {"purpose", "alternative_care"},
                    {"children", std::move(seen)}}});
  Add(day, std::move(facts));
}

void CaseWork::Assess(Child& child, Day day) {
  if (!child.open) return;
  Json body = Of(child);
  body["findings"] = "ស្ថានភាពគ្រួសារត្រូវបានពិនិត្យ";
  Add(day + 3, {{CaseStream(child),
                 "assessment_completed",
                 {{"subject", "ASSESSMENT_SUBJECT_CHILD"},
                  {"tool", "child_needs"},
                  {"level", dice_.Pick({"low", "medium", "high"})},
                  {"child", std::move(body)}}}});
}

void CaseWork::Plan(Child& child, Day day) {
  if (!child.open) return;
  child.goals.clear();
  Json goals = Json::array();
  for (int i = dice_.Between(1, 4); i > 0; --i) {
    child.goals.push_back(NewId(day));
    goals.push_back({{"goal_id", child.goals.back()},
                     {"domain", dice_.Pick({"education", "health", "family", "safety"})},
                     {"due_on", Iso(day + dice_.Between(60, 200))}});
  }
  std::vector<Fact> facts = {{CaseStream(child),
                              "care_plan_adopted",
                              {{"child", Of(child)},
                               {"plan_version", ++child.plan_version},
                               {"goals", std::move(goals)}}}};
  if (dice_.Percent(25)) {
    Json body = Of(child);
    body["options_considered"] = {"stay", "kinship"};
    body["child_view"] = "ចង់នៅជាមួយយាយ";
    facts.push_back({CaseStream(child),
                     "best_interests_determined",
                     {{"child", std::move(body)},
                      {"question", "return_to_family"},
                      {"child_heard", "CHILD_HEARD_YES"}}});
  }
  Add(day, std::move(facts));
}

void CaseWork::Place(Child& child, Day day) {
  const int kind = dice_.Below(100);
  Json body = {{"placement_id", NewId(day)}, {"child", Of(child)}};
  std::vector<Fact> facts;
  if (kind < 25) {
    FosterFamily* family = Foster(day);
    if (family == nullptr) return;
    child.foster_household = family->household_id;
    body["care_type"] = "CARE_TYPE_FOSTER";
    body["foster_kind"] = dice_.Pick({"FOSTER_KIND_EMERGENCY", "FOSTER_KIND_LONG_TERM"});
    body["household_id"] = family->household_id;
    facts.push_back(
        {"household/" + family->household_id,
         "household_member_added",
         {{"member", {{"person_id", child.person_id}, {"relation", "RELATION_FOSTER_CHILD"}}}}});
  } else if (kind < 80) {
    body["care_type"] = "CARE_TYPE_KINSHIP";
    body["household_id"] = household_;
    body["caregiver_relation"] =
        dice_.Pick({"RELATION_GRANDMOTHER", "RELATION_AUNT", "RELATION_UNCLE"});
  } else {
    body["care_type"] = "CARE_TYPE_RESIDENTIAL";
    body["rci_id"] = dice_.Pick(branch_.homes);
  }
  child.placement_id = body["placement_id"].get<std::string>();
  facts.push_back({CaseStream(child), "placement_started", std::move(body)});
  if (!Add(day, std::move(facts))) child.placement_id.clear();
}

FosterFamily* CaseWork::Foster(Day day) {
  for (FosterFamily& family : branch_.foster_families) {
    const FosterFamily::Stay stay = {day, day + kStayMax};
    if (family.approved >= day || !family.HasRoom(stay.from, stay.to)) continue;
    family.stays.push_back(stay);
    return &family;
  }
  return nullptr;
}

void CaseWork::EndPlacement(Child& child, Day day, const char* reason) {
  if (child.placement_id.empty()) return;
  std::vector<Fact> facts = {
      {CaseStream(child),
       "placement_ended",
       {{"placement_id", child.placement_id}, {"child", Of(child)}, {"reason", reason}}}};
  if (!child.foster_household.empty()) {
    facts.push_back({"household/" + child.foster_household,
                     "household_member_removed",
                     {{"member", Of(child)}, {"reason", "moved_away"}}});
  }
  Add(day, std::move(facts));
  child.placement_id.clear();
  child.foster_household.clear();
}

void CaseWork::Help(Child& child, Day day, int month) {
  if (!child.open) return;
  for (int n = IsQuiet(day) ? dice_.Below(2) : dice_.Between(1, 3); n > 0; --n) {
    const bool to_child = dice_.Percent(70);
    Json body = {
        {"service_code", dice_.Pick({"counselling", "school_support", "health_care", "food_support",
                                     "legal_help"})},
        {"provider_kind", "PROVIDER_KIND_OWN"},
        {"mode", dice_.Pick({"MODE_IN_PERSON", "MODE_IN_PERSON", "MODE_PHONE"})},
        {"recipient", to_child ? "SERVICE_RECIPIENT_CHILD" : "SERVICE_RECIPIENT_HOUSEHOLD"}};
    if (to_child) body["person"] = Of(child);
    if (dice_.Percent(10)) {
      body["provider_kind"] = "PROVIDER_KIND_PARTNER";
      body["provider_org_id"] = dice_.Pick(branch_.partners);
    }
    std::string id = NewId(day);
    if (Add(day + dice_.Below(20), {{CaseStream(child), "service_provided", std::move(body), id}}))
      child.services.push_back(std::move(id));
  }
  if (dice_.Percent(60)) {
    Json body = Of(child);
    body["findings"] = "ល្អ";
    Add(day + 20, {{CaseStream(child),
                    "follow_up_conducted",
                    {{"followup_type", child.placement_id.empty() ? "FOLLOW_UP_TYPE_FOR_SERVICE"
                                                                  : "FOLLOW_UP_TYPE_IN_CARE"},
                     {"contact", dice_.Pick({"CONTACT_VISIT", "CONTACT_VISIT", "CONTACT_PHONE"})},
                     {"by", "FOLLOW_UP_BY_STAFF"},
                     {"person", std::move(body)}}}});
  }
  if (dice_.Percent(15)) {
    Json body = Of(child);
    body["text"] = "home visit went well; ម្តាយរកបានការងារ";
    Add(day + 20, {{CaseStream(child),
                    "note_recorded",
                    {{"kind", "NOTE_KIND_NOTE"}, {"person", std::move(body)}}}});
  }
  if (dice_.Percent(20)) Task(child, day + 21);
  if (dice_.Percent(8)) Refer(child, day + 21);
  if (month % 3 == 2) Review(child, day + 22);
  if (dice_.Percent(5)) Mend(child, day + 23);
  if (dice_.Percent(2)) HandOver(child, day + 23);
  if (dice_.Percent(1)) Transfer(child, day + 24);
}

void CaseWork::Task(const Child& child, Day day) {
  const std::string id = NewId(day);
  Add(day, {{CaseStream(child),
             "task_created",
             {{"task_id", id}, {"kind", "TASK_KIND_FOLLOW_UP"}, {"due_on", Iso(day + 14)}}}});
  if (dice_.Percent(80)) {
    Add(day, {{CaseStream(child),
               "task_ended",
               {{"task_id", id},
                {"result",
                 dice_.Pick({"TASK_RESULT_DONE", "TASK_RESULT_DONE", "TASK_RESULT_CANCELLED"})}}}});
  }
}

void CaseWork::Refer(const Child& child, Day day) {
  if (child.service_consent.empty()) return;
  const std::string id = NewId(day);
  Json body = Of(child);
  body["purpose"] = "medical check";
  Add(day, {{CaseStream(child),
             "referral_made",
             {{"referral_id", id},
              {"person", std::move(body)},
              {"to_org_id", dice_.Pick(branch_.partners)},
              {"consent_event_id", child.service_consent}}}});
  const bool accepted = dice_.Percent(85);
  Add(day, {{CaseStream(child),
             "referral_answered",
             {{"referral_id", id},
              {"answer", accepted ? "HANDSHAKE_ANSWER_ACCEPTED" : "HANDSHAKE_ANSWER_REJECTED"},
              {"reason", accepted ? "room" : "no_room"}}}});
  if (!accepted) return;
  Add(day, {{CaseStream(child),
             "referral_completed",
             {{"referral_id", id},
              {"result", dice_.Pick({"REFERRAL_RESULT_SERVED", "REFERRAL_RESULT_NOT_KNOWN"})}}}});
}

void CaseWork::Review(Child& child, Day day) {
  Add(day, {{CaseStream(child),
             "case_reviewed",
             {{"child", Of(child)},
              {"next_review_on", Iso(day + 90)},
              {"goals_changed", dice_.Percent(20)}}}});
  if (!child.placement_id.empty()) {
    Add(day, {{CaseStream(child),
               "placement_reviewed",
               {{"placement_id", child.placement_id},
                {"child", Of(child)},
                {"child_heard", "CHILD_HEARD_YES"},
                {"decision", "PLACEMENT_DECISION_CONTINUE"},
                {"next_review_on", Iso(day + 90)}}}});
  }
  if (!child.goals.empty() && dice_.Percent(60)) {
    EndGoal(child, day, dice_.Percent(80) ? "GOAL_RESULT_ACHIEVED" : "GOAL_RESULT_DROPPED");
  }
  if (dice_.Percent(15)) Plan(child, day);
}

void CaseWork::EndGoal(Child& child, Day day, const char* result) {
  Add(day, {{CaseStream(child),
             "goal_ended",
             {{"child", Of(child)}, {"goal_id", child.goals.back()}, {"result", result}}}});
  child.goals.pop_back();
}

void CaseWork::Mend(Child& child, Day day) {
  if (child.services.empty()) return;
  const std::string id = std::exchange(child.services.back(), "");
  child.services.pop_back();
  if (dice_.Percent(50)) {
    Add(day, {{CaseStream(child),
               "entry_voided",
               {{"voids_event_id", id}, {"reason", "duplicate_entry"}}}});
    return;
  }

  Add(day, {{CaseStream(child),
             "details_corrected",
             {{"corrects_event_id", id},
              {"occurred", {{"precision", "PRECISION_DAY"}, {"from", Iso(day - 3)}}},
              {"reason", "wrong_day"}}}});
}

void CaseWork::HandOver(Child& child, Day day) {
  const char* next = dice_.Pick(kWorkers).actor_id;
  if (std::string_view(next) == child.worker) return;
  AddBy(kCaseLead, day,
        {{CaseStream(child),
          "case_worker_unassigned",
          {{"worker_id", child.worker}, {"reason", "handed_over"}}},
         {CaseStream(child), "case_worker_assigned", {{"worker_id", next}, {"team", "south"}}}});
  child.worker = next;
}

void CaseWork::Transfer(Child& child, Day day) {
  if (child.service_consent.empty()) return;
  const std::string id = NewId(day);
  Add(day, {{CaseStream(child),
             "transfer_offered",
             {{"child", Of(child)},
              {"transfer_id", id},
              {"to_org_id", dice_.Pick(branch_.partners)},
              {"owner_org_id", branch_.own_org},
              {"consent_event_id", child.service_consent}}}});
  const bool accepted = dice_.Percent(40);
  if (accepted) EndPlacement(child, day, "PLACEMENT_END_REASON_MOVED_TO_OTHER_CARE");
  Add(day, {{CaseStream(child),
             "transfer_answered",
             {{"transfer_id", id},
              {"answer", accepted ? "HANDSHAKE_ANSWER_ACCEPTED" : "HANDSHAKE_ANSWER_REJECTED"}}}});
  if (accepted) child.open = false;
}

void CaseWork::Close(Child& child, Day day) {
  if (!child.open) return;
  if (dice_.Percent(10)) {
    const std::string id = NewId(day);
    Add(day, {{CaseStream(child),
               "approval_requested",
               {{"approval_id", id}, {"subject", "APPROVAL_SUBJECT_CLOSURE"}}}});
    AddBy(kSupervisor, day,
          {{CaseStream(child),
            "approval_rejected",
            {{"approval_id", id}, {"reason", "plan_missing"}}}});
  }
  EndPlacement(child, day,
               dice_.Pick({"PLACEMENT_END_REASON_REUNIFIED", "PLACEMENT_END_REASON_REUNIFIED",
                           "PLACEMENT_END_REASON_BREAKDOWN"}));
  while (!child.goals.empty()) EndGoal(child, day, "GOAL_RESULT_ACHIEVED");
  const std::string approval = Approval(CaseStream(child), "APPROVAL_SUBJECT_CLOSURE", day);
  child.open = false;
  Json body = Of(child);
  body["circumstances"] = "lives with relatives";
  if (!Add(day, {{CaseStream(child),
                  "case_closed",
                  {{"child", std::move(body)},
                   {"approval_id", approval},
                   {"reason", dice_.Pick({"CLOSE_REASON_GOALS_MET", "CLOSE_REASON_GOALS_MET",
                                          "CLOSE_REASON_MOVED_IN_COUNTRY"})},
                   {"aftercare", true}}}}))
    return;
  for (int n = dice_.Below(3); n > 0; --n) {
    Add(day + 40, {{CaseStream(child),
                    "follow_up_conducted",
                    {{"followup_type", "FOLLOW_UP_TYPE_AFTERCARE"},
                     {"contact", "CONTACT_VISIT"},
                     {"by", "FOLLOW_UP_BY_CSG"},
                     {"person", Of(child)}}}});
  }
  if (dice_.Percent(8)) {
    Add(day + 60,
        {{CaseStream(child), "case_reopened", {{"child", Of(child)}, {"reason", "new_concern"}}}});
  }
}

}  // namespace mlup::cli::generate
