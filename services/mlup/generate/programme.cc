// What an office does month by month beside its cases.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"

#include "services/mlup/generate/branch.h"
#include "services/mlup/generate/network.h"
#include "services/mlup/generate/young_people.h"

namespace mlup::cli::generate {
namespace {

constexpr absl::civil_diff_t kTwoYears = 730;

Json Line(const char* item, int quantity, const char* unit) {
  return {{"item_code", item}, {"quantity", absl::StrCat(quantity)}, {"unit", unit}};
}

class Programme {
 public:
  Programme(Branch& branch, std::uint64_t seed)
      : branch_(branch),
        book_(branch.book),
        dice_(seed),
        young_(branch, dice_),
        network_(branch, dice_, members_) {}

  void Run() {
    Donors();
    for (Day day = branch_.span.first + 10; day < branch_.span.last; day += 30) {
      Clubs(day);
      Training(day + 3);
      network_.Month(day + 5);
      Donations(day + 6);
      Distribute(day + 8);
      for (int n = 3; n > 0; --n) {
        const auto child = Somebody(dice_, branch_.children, day + 9);
        const auto adult = Somebody(dice_, branch_.adults, day + 9);
        young_.Begin(day + 9, child, adult);
      }
      if (day.month() % 3 == 1) Stock(day + 10);
    }
  }

 private:
  std::string NewId(Day day) { return book_.NewId(day); }

  void Clubs(Day day) {
    for (const std::string& club : branch_.clubs) {
      std::set<std::string>& members = members_[club];
      if (const Person* person = Somebody(dice_, branch_.children, day);
          person != nullptr && members.size() < 30 && members.insert(person->id).second) {
        book_.Add({kYouthWorker, day, day, {}, "YOUTH_CLUB"},
                  {{"club/" + club,
                    "group_member_joined",
                    {{"member", {{"person_id", person->id}, {"office", "member"}}}}}});
      }
      Meeting(club, members, day + 2);
      if (members.size() > 4 && dice_.Percent(5)) {
        const std::string left = *members.begin();
        members.erase(members.begin());
        book_.Add({kYouthWorker, day + 20, day + 20, {}, "YOUTH_CLUB"},
                  {{"club/" + club,
                    "group_member_left",
                    {{"member", {{"person_id", left}}}, {"reason", "moved_away"}}}});
      }
    }
  }

  // Planned; mostly held, with a sheet of who came or a head-count.
  void Meeting(const std::string& club, const std::set<std::string>& members, Day day) {
    const std::string stream = "activity/" + NewId(day);
    std::vector<Fact> facts = {{stream,
                                "activity_planned",
                                {{"kind", "ACTIVITY_KIND_CLUB_MEETING"},
                                 {"planned_from", Iso(day)},
                                 {"planned_to", Iso(day)},
                                 {"target_n", 20},
                                 {"group_id", club}}}};
    if (dice_.Percent(5)) {
      facts.push_back({stream, "activity_cancelled", {{"reason", "flood"}}});
      AddLate(branch_, dice_, {kYouthWorker, day, "YOUTH_CLUB"}, std::move(facts));
      return;
    }
    facts.push_back({stream,
                     "activity_held",
                     {{"kind", "ACTIVITY_KIND_CLUB_MEETING"},
                      {"led_by", "LED_BY_PEERS"},
                      {"group_id", club},
                      {"topics", {dice_.Pick({"child_rights", "safe_internet", "health"})}}}});
    int count = 0;
    for (const std::string& member : members) {
      if (dice_.Percent(30)) continue;
      ++count;
      facts.push_back({stream,
                       "attendance_recorded",
                       {{"person",
                         {{"person_id", member},
                          {"role_at_time", "youth_club_member"},
                          {"status", dice_.Percent(92) ? "ATTENDANCE_STATUS_PRESENT"
                                                       : "ATTENDANCE_STATUS_ABSENT"}}},
                        {"session_no", 1}}});
    }
    const int others = dice_.Between(2, 12);
    facts.push_back({stream,
                     "headcount_recorded",
                     {{"n", count + others},
                      {"female", others / 2},
                      {"basis", "HEADCOUNT_BASIS_SIGN_IN_SHEET"}}});
    AddLate(branch_, dice_, {kYouthWorker, day, "YOUTH_CLUB"}, std::move(facts));
  }

  // Two sessions, and a test before and after.
  void Trained(const std::string& stream, const std::string& person_id, std::vector<Fact>& facts) {
    const Json who = {{"person_id", person_id}};
    for (const int session : {1, 2}) {
      Json came = who;
      came["role_at_time"] = "parent";
      came["status"] =
          dice_.Percent(90) ? "ATTENDANCE_STATUS_PRESENT" : "ATTENDANCE_STATUS_LEFT_EARLY";
      facts.push_back(
          {stream, "attendance_recorded", {{"person", std::move(came)}, {"session_no", session}}});
    }
    const int before = dice_.Between(4, 12);
    facts.push_back({stream,
                     "test_result_recorded",
                     {{"phase", "TEST_PHASE_PRE"},
                      {"instrument", "parenting"},
                      {"score", absl::StrCat(before)},
                      {"max_score", "20"},
                      {"person", who}}});
    facts.push_back({stream,
                     "test_result_recorded",
                     {{"phase", "TEST_PHASE_POST"},
                      {"instrument", "parenting"},
                      {"score", absl::StrCat(before + dice_.Between(0, 8))},
                      {"max_score", "20"},
                      {"person", who}}});
  }

  // A course of two sessions with a test before and after.
  void Training(Day day) {
    if (!course_) {
      book_.Add({kTrainer, day, day, {}, "COMMUNITY"}, {{"course/" + NewId(day),
                                                         "course_defined",
                                                         {{"course_code", "parenting"},
                                                          {"version", 1},
                                                          {"kind", "COURSE_KIND_COURSE"},
                                                          {"title_km", "ការចិញ្ចឹមកូន"},
                                                          {"title_en", "Parenting"},
                                                          {"made_by", "PROVIDER_KIND_OWN"}}}});
      course_ = true;
    }
    const std::string stream = "activity/" + NewId(day);
    std::vector<Fact> facts = {{stream,
                                "activity_held",
                                {{"kind", "ACTIVITY_KIND_TRAINING"},
                                 {"led_by", "LED_BY_OWN"},
                                 {"mode", "MODE_IN_PERSON"},
                                 {"host_org_id", branch_.authority},
                                 {"course_code", "parenting"},
                                 {"duration", "2"},
                                 {"duration_unit", "day"}}}};
    std::set<std::string> there;
    for (int n = dice_.Between(4, 9); n > 0; --n) {
      const Person* person = Somebody(dice_, branch_.adults, day);
      if (person == nullptr || !there.insert(person->id).second) continue;
      Trained(stream, person->id, facts);
    }
    if (const Person* person = Somebody(dice_, branch_.adults, day); person != nullptr) {
      facts.push_back(
          {stream,
           "facilitator_assigned",
           {{"person", {{"person_id", person->id}, {"role_at_time", "key_community_person"}}}}});
    }
    if (!there.empty()) {
      facts.push_back(
          {stream,
           "outcome_recorded",
           {{"person", {{"person_id", *there.begin()}, {"statement", "uses no violence any more"}}},
            {"outcome_code", "positive_parenting"},
            {"basis", "OUTCOME_BASIS_REPORTED"}}});
    }
    AddLate(branch_, dice_, {kTrainer, day, "COMMUNITY"}, std::move(facts));
  }

  void Donors() {
    const Day day = branch_.span.first + 5;
    for (const char* const kind : {"DONOR_KIND_INDIVIDUAL", "DONOR_KIND_CHURCH",
                                   "DONOR_KIND_COMPANY", "DONOR_KIND_FOUNDATION"}) {
      donors_.push_back(NewId(day));
      book_.Add(
          {kFundraiser, day, day, {}, "FUNDRAISING"},
          {{"donor/" + donors_.back(),
            "donor_registered",
            {{"donor",
              {{"donor_id", donors_.back()}, {"name", absl::StrCat("Donor ", donors_.size())}}},
             {"kind", kind}}}});
    }
    book_.Add({kFundraiser, day + 2, day + 2, {}, "FUNDRAISING"},
              {{"donor/" + donors_[0],
                "donor_preference_changed",
                {{"donor", {{"donor_id", donors_[0]}, {"contact", "by post"}}},
                 {"anonymous", true},
                 {"receipts", true}}}});
  }

  void Donations(Day day) {
    const std::string stream = "donation/" + NewId(day);
    const std::string& donor = dice_.Pick(donors_);
    if (dice_.Percent(20)) {
      const std::string pledge = NewId(day);
      std::vector<Fact> facts = {
          {stream,
           "donation_pledged",
           {{"pledge_id", pledge},
            {"donor_id", donor},
            {"cash", {{"amount_minor", dice_.Between(50, 900) * 100}, {"currency", "USD"}}},
            {"schedule", "monthly"}}}};
      if (dice_.Percent(30))
        facts.push_back(
            {stream, "pledge_cancelled", {{"pledge_id", pledge}, {"reason", "donor_withdrew"}}});
      AddLate(branch_, dice_, {kFundraiser, day, "FUNDRAISING"}, std::move(facts));
      return;
    }
    std::string received = NewId(day);
    const bool goods = dice_.Percent(40);
    Json body = {{"donor_id", donor}};
    if (goods) {
      body["lines"] = {Line("rice", dice_.Between(4, 40) * 25, "kg"),
                       Line("soap", dice_.Between(20, 200), "piece")};
      body["store_id"] = branch_.store;
    } else {
      body["cash"] = {{"amount_minor", dice_.Between(20, 4000) * 100}, {"currency", "USD"}};
      if (dice_.Percent(30)) body["restriction"] = "food_support";
    }
    AddLate(branch_, dice_, {kFundraiser, day, "FUNDRAISING"},
            {{stream, "donation_received", std::move(body), received},
             {stream, "donation_allocated", {{"fund", "food_support"}}},
             {stream,
              "donation_acknowledged",
              {{"receipt_no", absl::StrCat("r-", ++receipts_)}, {"mode", "letter"}}}});
    if (goods) donation_ = stream.substr(stream.find('/') + 1), donation_day_ = day + 8;
    if (!goods && dice_.Percent(4)) {
      book_.Add({kFundraiser, day + 20, day + 20, {}, "FUNDRAISING"},
                {{stream,
                  "donation_reversed",
                  {{"reverses_event_id", received},
                   {"cash", {{"amount_minor", 500}, {"currency", "USD"}}},
                   {"reason", "DONATION_REVERSAL_REASON_REFUND"}}}});
    }
  }

  // Food to households, now and then something that comes back, and cash to young people.
  void Distribute(Day day) {
    const std::string stream = "distribution/" + NewId(day);
    std::vector<Fact> facts = {
        {stream,
         "distribution_held",
         {{"reason", "DISTRIBUTION_REASON_REGULAR"}, {"store_id", branch_.field_store}}}};
    std::string given;
    for (int n = dice_.Between(3, 10); n > 0 && !branch_.households.empty(); --n) {
      const auto i =
          static_cast<std::size_t>(dice_.Below(static_cast<int>(branch_.households.size())));
      if (branch_.household_known[i] >= day) continue;
      given = NewId(day);
      Json body = {{"recipient_kind", "RECIPIENT_KIND_HOUSEHOLD"},
                   {"recipient_id", branch_.households[i]},
                   {"purpose", "ITEMS_PURPOSE_FOOD"},
                   {"given_by", "GIVEN_BY_OWN"}};
      if (dice_.Percent(50)) {
        body["kit_code"] = "emergency_food_pack";
        body["kit_version"] = 1;
      } else {
        body["lines"] = Json::array({Line("rice", 25, "kg")});
      }
      if (!donation_.empty() && donation_day_ < day) body["donation_id"] = donation_;
      const bool lines = body.contains("lines");
      facts.push_back({stream, "items_distributed", std::move(body), given});
      if (!lines) given.clear();
    }
    if (const Person* person = Somebody(dice_, branch_.children, day); person != nullptr) {
      facts.push_back(
          {stream,
           "cash_assistance_disbursed",
           {{"recipient_kind", "RECIPIENT_KIND_PERSON"},
            {"recipient", {{"person_id", person->id}}},
            {"purpose", "CASH_PURPOSE_TRANSPORT"},
            {"amount", {{"amount_minor", dice_.Between(1, 8) * 10000}, {"currency", "KHR"}}},
            {"given_by", "GIVEN_BY_OWN"}}});
    }
    if (!given.empty() && dice_.Percent(10)) {
      facts.push_back({stream,
                       "distribution_reversed",
                       {{"reverses_event_id", given},
                        {"lines", {Line("rice", 5, "kg")}},
                        {"reason", "not_needed"}}});
    }
    AddLate(branch_, dice_, {kLogistics, day, "CASE_MGMT"}, std::move(facts));
  }

  void Stock(Day day) {
    const std::string move = NewId(day);
    const std::string approval = NewId(day);
    const Json lines = Json::array({Line("rice", 100, "kg")});
    const std::string from = "store/" + branch_.store;
    const std::string to = "store/" + branch_.field_store;
    book_.Add(
        {kLogistics, day, day, {}, "CASE_MGMT"},
        {{from,
          "goods_purchased",
          {{"lines", {Line("rice", 500, "kg")}},
           {"cost", {{"amount_minor", 28000}, {"currency", "USD"}}}}},
         {from, "kit_assembled", {{"kit_code", "emergency_food_pack"}, {"version", 1}, {"n", 12}}},
         {from,
          "stock_moved",
          {{"direction", "STOCK_DIRECTION_OUT"},
           {"other_store_id", branch_.field_store},
           {"lines", lines},
           {"move_id", move}}},
         {to,
          "stock_moved",
          {{"direction", "STOCK_DIRECTION_IN"},
           {"other_store_id", branch_.store},
           {"lines", lines},
           {"move_id", move}}},
         {to, "stock_counted", {{"lines", {Line("rice", dice_.Between(50, 900), "kg")}}}},
         {to,
          "approval_requested",
          {{"approval_id", approval}, {"subject", "APPROVAL_SUBJECT_WRITE_OFF"}}}});
    book_.Add({kSupervisor, day + 1, day + 1, {}, "CASE_MGMT"},
              {{to, "approval_granted", {{"approval_id", approval}}},
               {to,
                "stock_written_off",
                {{"lines", {Line("rice", 5, "kg")}},
                 {"reason", "WRITE_OFF_REASON_SPOILED"},
                 {"approval_id", approval}}}});
  }

  Branch& branch_;
  Book& book_;
  Dice dice_;
  std::vector<std::string> donors_;
  Members members_;
  YoungPeople young_;
  // The last goods received, and when they are recorded for sure.
  std::string donation_;
  Day donation_day_;
  int receipts_ = 0;
  bool course_ = false;
  Network network_;
};

}  // namespace

void RunProgramme(Branch& branch, std::uint64_t seed) { Programme(branch, seed).Run(); }

void PlanAndMeasure(Branch& branch) {
  Book& book = branch.book;
  Dice& dice = branch.dice;
  const Day day = branch.span.first + 20;
  const std::string stream = "indicator/" + book.NewId(day);
  book.Add(
      {kMonitoring, day, day, {}, "MEL"},
      {{stream,
        "indicator_defined",
        {{"code", "families_with_income"},
         {"version", 1},
         {"unit", "INDICATOR_UNIT_HOUSEHOLDS"},
         {"population", "families in case work"},
         {"period_rule", "event_in_period"},
         {"provider_rule", "own"},
         {"place_rule", "residence"}}},
       {stream,
        "target_set",
        {{"period", absl::StrCat(day.year())}, {"value", "40"}, {"kind", "TARGET_KIND_TARGET"}}},
       {stream,
        "aggregate_figure_reported",
        {{"period", absl::StrCat(day.year() - 1)},
         {"value", "35"},
         {"document", "annual_report"}}}});
  for (Day when = day; when < branch.span.last; when += 180) {
    const std::string harvest = "indicator/" + book.NewId(when);
    std::string harvested = book.NewId(when);
    book.Add({kMonitoring, when, when, {}, "MEL"},
             {{stream,
               "indicator_measured",
               {{"value", absl::StrCat(dice.Between(10, 60))},
                {"method", "MEASURE_METHOD_SURVEY"},
                {"source", "community_survey"}}},
              {harvest,
               "outcome_harvested",
               {{"actor_type", "OUTCOME_ACTOR_COMMUNITY"},
                {"change", "the village council hears children"},
                {"when", absl::StrCat(when.year())},
                {"sources", {"interview"}}},
               harvested}});
    book.Add({kSupervisor, when + 9, when + 9, {}, "MEL"},
             {{harvest,
               "outcome_substantiated",
               {{"outcome_event_id", harvested},
                {"substantiator_role", "village_chief"},
                {"agrees", "AGREEMENT_FULLY"}}}});
  }
  for (const Person& person : branch.children) {
    if (person.story_consent.empty() || !dice.Percent(20)) continue;
    const Day when = std::max(person.known, branch.span.first) + kTwoYears;
    book.Add(
        {kNetworkOfficer, when, when, {}, "FUNDRAISING"},
        {{"report/" + book.NewId(when),
          "story_published",
          {{"channel", "newsletter"},
           {"title", "A way home"},
           {"shown", {{{"person_id", person.id}, {"consent_event_id", person.story_consent}}}}}}});
  }
}

}  // namespace mlup::cli::generate
