#include "services/mlup/generate/network.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace mlup::cli::generate {

void Network::Month(Day day) {
  AddLate(branch_, dice_, {kNetworkOfficer, day, "CWN"},
          {{"organisation/" + dice_.Pick(branch_.homes),
            "technical_support_provided",
            {{"recipient_kind", "SUPPORT_RECIPIENT_KIND_RCI"},
             {"topic", dice_.Pick({"SUPPORT_TOPIC_REINTEGRATION", "SUPPORT_TOPIC_MINIMUM_STANDARDS",
                                   "SUPPORT_TOPIC_CASE_MANAGEMENT"})},
             {"mode", "MODE_IN_PERSON"}}}});
  const std::string& group = dice_.Pick(branch_.community_groups);
  if (dice_.Percent(40)) {
    AddLate(branch_, dice_, {kNetworkOfficer, day, "COMMUNITY"},
            {{"community_group/" + group,
              "community_funds_raised",
              {{"amount", {{"amount_minor", dice_.Between(5, 60) * 10000}, {"currency", "KHR"}}},
               {"purpose", "school_materials"}}}});
  }
  if (const Person* person = Somebody(dice_, branch_.adults, day);
      person != nullptr && dice_.Percent(40) && members_[group].insert(person->id).second) {
    AddLate(branch_, dice_, {kNetworkOfficer, day, "COMMUNITY"},
            {{"community_group/" + group,
              "group_member_joined",
              {{"member", {{"person_id", person->id}, {"office", "member"}}}}}});
  }
  if (day.month() == 10) Flood(day + 6);
  if (day.month() % 3 == 0) Report(day + 7);
  if (day.month() == 1) Year(day + 8);
}

// The quarter before is entered, and its text written.
void Network::Report(Day day) {
  const std::string period = absl::StrCat(day.year(), "-Q", (day.month() - 1) / 3 + 1);
  const std::string stream = "report/" + branch_.book.NewId(day);
  branch_.book.Add({kMonitoring, day, day, {}, "MEL"},
                   {{stream, "report_period_closed", {{"period", period}}},
                    {stream,
                     "report_narrative_written",
                     {{"period", period},
                      {"section", "NARRATIVE_SECTION_CHALLENGES"},
                      {"text", "Roads were under water. ផ្លូវលិចទឹក"}}},
                    {stream,
                     "context_figure_quoted",
                     {{"source", "weather_service"},
                      {"as_of", Iso(day)},
                      {"series", "rain_mm"},
                      {"value", absl::StrCat(dice_.Between(20, 300))}}}});
  const std::string report = branch_.book.NewId(day);
  branch_.book.Add({kDirector, day + 3, day + 3, {}, "MEL"}, {{stream,
                                                               "report_published",
                                                               {{"report_id", report},
                                                                {"period", period},
                                                                {"position", kFactsBefore},
                                                                {"as_known_at", Iso(day + 2)}}}});
  if (!dice_.Percent(30)) return;
  branch_.book.Add(
      {kDirector, day + 80, day + 80, {}, "MEL"},
      {{stream,
        "report_restated",
        {{"restates_report_id", report}, {"changes", {"a45"}}, {"reason", "late_entries"}}}});
}

// What changes once a year among those with whom the office works.
void Network::Year(Day day) {
  const std::string home = "organisation/" + branch_.homes.front();
  const char* stage = years_ == 0   ? "TRANSITION_STAGE_STARTED"
                      : years_ == 1 ? "TRANSITION_STAGE_MILESTONE"
                                    : "TRANSITION_STAGE_COMPLETED";
  if (years_++ > 2) return;
  branch_.book.Add(
      {kNetworkOfficer, day, day, {}, "CWN"},
      {{home, "rci_transition_stage_reached", {{"stage", stage}}},
       {"organisation/" + branch_.authority,
        "commune_budget_plan_adopted",
        {{"commune_code", absl::StrCat(branch_.province, "0101")},
         {"year", day.year()},
         {"amount", {{"amount_minor", 40000000}, {"currency", "KHR"}}},
         {"share_for_children", {{"amount_minor", 6000000}, {"currency", "KHR"}}}}},
       {"organisation/" + branch_.own_org,
        "programme_target_area_defined",
        {{"programme", "violence_prevention"}, {"province_codes", {branch_.province}}}},
       {"organisation/" + branch_.partners.front(),
        "organisation_alias_added",
        {{"alias", absl::StrCat("Partner of ", day.year())}}}});
  if (years_ == 2) Endings(day + 30);
}

// Partnerships, groups and foster families that end; an organisation entered twice.
void Network::Endings(Day day) {
  const std::string home = "organisation/" + branch_.homes.back();
  const std::string twice = "organisation/" + branch_.book.NewId(day);
  const std::string approval = branch_.book.NewId(day);
  const std::string merge = branch_.book.NewId(day);
  branch_.book.Add({kNetworkOfficer, day, day, {}, "CWN"},
                   {{home,
                     "partnership_ended",
                     {{"kind", "PARTNERSHIP_KIND_RCI_PARTNER"}, {"reason", "agreement_over"}}},
                    {home, "organisation_closed", {{"reason", "no_funds"}}},
                    {twice,
                     "organisation_registered",
                     {{"names", {"Partner, entered twice"}},
                      {"kind", "ORGANISATION_KIND_NGO"},
                      {"province_code", branch_.province}}},
                    {twice,
                     "approval_requested",
                     {{"approval_id", approval}, {"subject", "APPROVAL_SUBJECT_MERGE"}}}});
  branch_.book.Add({kSupervisor, day + 1, day + 1, {}, "CWN"},
                   {{twice, "approval_granted", {{"approval_id", approval}}},
                    {twice,
                     "organisations_merged",
                     {{"survivor_id", branch_.partners.back()}, {"approval_id", approval}},
                     merge}});
  branch_.book.Add(
      {kNetworkOfficer, day + 30, day + 30, {}, "CWN"},
      {{twice, "organisations_unmerged", {{"merge_event_id", merge}, {"reason", "two_offices"}}}});
  const std::string group = "community_group/" + branch_.book.NewId(day);
  branch_.book.Add(
      {kNetworkOfficer, day, day, {}, "COMMUNITY"},
      {{group, "group_formed", {{"kind", "GROUP_KIND_YPAG"}, {"name", "For one year"}}},
       {group, "group_dissolved", {{"reason", "purpose_reached"}}}});
}

// The rains.
void Network::Flood(Day day) {
  const std::string id = branch_.book.NewId(day);
  const std::string stream = "organisation/" + branch_.own_org;
  branch_.book.Add({kNetworkOfficer, day, day, {}, "CWN"}, {{stream,
                                                             "context_period_started",
                                                             {{"context_id", id},
                                                              {"kind", "CONTEXT_KIND_DISASTER"},
                                                              {"name", "flood"},
                                                              {"areas", {branch_.province}},
                                                              {"planned_days", 30}}}});
  branch_.book.Add({kNetworkOfficer, day + 40, day + 40, {}, "CWN"},
                   {{stream, "context_period_ended", {{"context_id", id}}}});
}

}  // namespace mlup::cli::generate
