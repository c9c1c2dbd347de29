#include "services/mlup/generate/young_people.h"

#include <utility>
#include <vector>

namespace mlup::cli::generate {

namespace {

constexpr absl::civil_diff_t kFifteenYears = 5475;

}  // namespace

void YoungPeople::Begin(Day day, const Person* person, const Person* mentor) {
  if (person == nullptr || mentor == nullptr || day - person->born < kFifteenYears) return;
  if (!begun_.insert(person->id).second) return;
  const std::string stream = "person/" + person->id;
  const Json who = {{"person_id", person->id}};
  const auto on = [&](const char* name, const Json& more) {
    Json body = {{"person", who}};
    body.update(more);
    return Fact{stream, name, std::move(body)};
  };
  const auto add = [&](Day when, std::vector<Fact> facts) {
    branch_.book.Add({kYouthWorker, when, when, {}, "CARELEAVER"}, std::move(facts));
  };
  const std::string match = "mentorship/" + branch_.book.NewId(day);
  add(day, {{match,
             "mentor_matched",
             {{"mentor", {{"person_id", mentor->id}}},
              {"mentee", who},
              {"track", "MENTOR_TRACK_COMMUNITY_YOUTH"}}},
            on("vocational_training_enrolled", {{"trade", "mechanic"}})});
  add(day + 120,
      {on("vocational_training_ended",
          {{"trade", "mechanic"},
           {"result", dice_.Percent(75) ? "VOCATIONAL_TRAINING_RESULT_COMPLETED"
                                        : "VOCATIONAL_TRAINING_RESULT_DROPPED_OUT"}}),
       on("work_experience_applied_for", {{"host_org_id", dice_.Pick(branch_.partners)}}),
       on("work_experience_started", {{"months", 3}})});
  add(day + 210, {on("work_experience_ended", {{"result", "WORK_EXPERIENCE_RESULT_COMPLETED"}}),
                  on("interview_passed", {{"kind", "INTERVIEW_KIND_JOB"}}),
                  on("job_offered", {{"job", "mechanic"}}),
                  on("employment_obtained", {{"job", "mechanic"}}),
                  {match, "mentor_match_ended", {{"reason", "goal_reached"}}}});
  if (dice_.Percent(30)) {
    add(day + 240,
        {on("employment_ended", {{"reason", "resigned"}}),
         on("scholarship_applied_for", {{"funder_org_id", dice_.Pick(branch_.partners)}}),
         on("scholarship_awarded", {{"benefits", {"fees"}}, {"duration_years", 2}})});
    add(day + 500, {on("scholarship_ended", {{"result", "SCHOLARSHIP_RESULT_COMPLETED"}})});
  }
}

}  // namespace mlup::cli::generate
