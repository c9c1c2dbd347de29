// The life of a family: registered, its children's cases, and what befalls its records.
#include <utility>

#include "absl/strings/str_cat.h"

#include "services/mlup/generate/branch.h"
#include "services/mlup/generate/case_work.h"
#include "services/mlup/generate/names.h"

namespace mlup::cli::generate {
namespace {

// Seventeen years.
constexpr absl::civil_diff_t kDaysOfChildhood = 6205;

class Family : private CaseWork {
 public:
  Family(Branch& branch, std::uint64_t seed, Day start) : CaseWork(branch, seed, start) {}

  void Live(Day start) {
    Register(start);
    Day day = start;
    bool any = false;
    for (std::size_t i = 0; i < children_.size(); ++i) {
      if (i == 0 || dice_.Percent(40)) any |= BeginCase(children_[i], day);
    }
    if (!any) return;
    GroupSiblings(day);
    for (Child& child : children_) Assess(child, day);
    day += dice_.Between(5, 25);
    for (Child& child : children_) Plan(child, day);
    for (Child& child : children_) {
      if (child.open && dice_.Percent(35)) Place(child, day);
    }
    const int months = dice_.Between(3, 26);
    for (int month = 0; month < months && day < branch_.span.last; ++month) {
      for (Child& child : children_) Help(child, day, month);
      if (dice_.Percent(6)) Befall(day);
      day += dice_.Between(25, 34);
    }
    for (Child& child : children_) Close(child, day);
    if (dice_.Percent(2)) EnteredTwice(day);
    if (dice_.Percent(1)) Die(day);
  }

 private:
  Json Registration(Person& person, const Name& name) {
    Json body = {{"person_id", person.id},
                 {"sex", person.female ? "SEX_FEMALE" : "SEX_MALE"},
                 {"residence_province_code", branch_.province}};
    // Whole days of birth are known of most; of some a month, of others an age at best.
    const int known = dice_.Below(10);
    if (known < 9) body["birth_month"] = Iso(person.born).substr(0, 7);
    if (known < 7) body["date_of_birth"] = Iso(person.born);
    if (!dice_.Percent(5)) body["name_km"] = name.khmer;
    if (!dice_.Percent(10)) body["name_latin"] = name.latin;
    if (dice_.Percent(30)) {
      const int network = dice_.Between(10, 99);
      body["phone"] = absl::StrCat("0", network, " 555 0", dice_.Between(100, 199));
    }
    return {{"person", std::move(body)}};
  }

  void RegisterHousehold(const Person& head, std::vector<Fact>& facts) {
    facts.push_back(
        {"household/" + household_,
         "household_registered",
         {{"head",
           {{"person_id", head.id},
            {"address", absl::StrCat("ភូមិទី", dice_.Between(1, 12))},
            {"livelihood", dice_.Pick({"ធ្វើស្រែ", "fishing", "garment work", "លក់ដូរ"})}}},
          {"type", dice_.Pick({"HOUSEHOLD_TYPE_BIRTH_BOTH", "HOUSEHOLD_TYPE_BIRTH_MOTHER",
                               "HOUSEHOLD_TYPE_KINSHIP", "HOUSEHOLD_TYPE_UNKNOWN"})},
          {"residence_province_code", branch_.province}}});
    facts.push_back({"household/" + household_,
                     "household_member_added",
                     {{"member",
                       {{"person_id", head.id},
                        {"relation", head.female ? "RELATION_MOTHER" : "RELATION_FATHER"}}}}});
  }

  // The event of the consent to services, or nothing where it is refused.
  std::string Consent(const std::string& person_id, bool from_mother, Day day,
                      std::vector<Fact>& facts) {
    const bool refused = dice_.Percent(5);
    std::string consent = NewId(day);
    facts.push_back(
        {PersonStream(person_id),
         "consent_recorded",
         {{"person",
           {{"person_id", person_id},
            {"decision", refused ? "CONSENT_DECISION_REFUSED" : "CONSENT_DECISION_GIVEN"},
            {"purpose", "CONSENT_PURPOSE_SERVICE"},
            {"given_by", from_mother ? "mother" : "father"}}},
          {"wording_version", "2020-1"}},
         consent});
    return refused ? "" : consent;
  }

  void Register(Day day) {
    family_ = FamilyName(dice_);
    household_ = NewId(day);
    std::vector<Fact> facts;
    Person head = {.id = NewId(day),
                   .born = day - dice_.Between(22 * 365, 65 * 365),
                   .female = dice_.Percent(75),
                   .known = {},
                   .story_consent = {}};
    facts.push_back({PersonStream(head.id), "person_registered",
                     Registration(head, PersonName(dice_, family_, head.female))});
    RegisterHousehold(head, facts);
    const int count = dice_.Percent(45) ? 1 : dice_.Between(2, 4);
    std::vector<Person> born;
    for (int i = 0; i < count; ++i) {
      Person person = {.id = NewId(day),
                       .born = day - dice_.Between(60, 17 * 365),
                       .female = dice_.Percent(50),
                       .known = {},
                       .story_consent = {}};
      Child child;
      child.person_id = person.id;
      const Name name = PersonName(dice_, family_, person.female);
      names_.push_back(name);
      facts.push_back({PersonStream(person.id), "person_registered", Registration(person, name)});
      facts.push_back({"household/" + household_,
                       "household_member_added",
                       {{"member", {{"person_id", person.id}, {"relation", "RELATION_CHILD"}}}}});
      child.service_consent = Consent(person.id, head.female, day, facts);
      child.index = branch_.children.size() + born.size();
      born.push_back(std::move(person));
      children_.push_back(std::move(child));
    }
    if (!Add(day, std::move(facts))) {
      children_.clear();
      return;
    }
    for (Person& person : born) {
      person.known = clock_;
      branch_.children.push_back(std::move(person));
    }
    head.known = clock_;
    head_ = head.id;
    head_index_ = branch_.adults.size();
    branch_.adults.push_back(std::move(head));
    branch_.households.push_back(household_);
    branch_.household_known.push_back(clock_);
    for (const Child& child : children_) Details(child, day);
  }

  // What is known about a child beside its name.
  void Details(const Child& child, Day day) {
    std::vector<Fact> facts;
    const Json person = Of(child);
    const auto with = [&person](const Json& more) {
      Json body = person;
      body.update(more);
      return Json{{"person", std::move(body)}};
    };
    const std::string stream = PersonStream(child.person_id);
    facts.push_back({stream, "person_role_started", with({{"role", "PERSON_ROLE_CHILD"}})});
    if (dice_.Percent(40)) {
      facts.push_back({stream, "school_status_changed",
                       with({{"status", dice_.Pick({"SCHOOL_STATUS_ENROLLED",
                                                    "SCHOOL_STATUS_AT_RISK_OF_DROPOUT",
                                                    "SCHOOL_STATUS_DROPPED_OUT"})},
                             {"grade", absl::StrCat(dice_.Between(1, 11))}})});
    }
    if (dice_.Percent(15)) {
      facts.push_back({stream, "person_identifier_added",
                       with({{"scheme", dice_.Pick({"IDENTIFIER_SCHEME_BIRTH_CERTIFICATE",
                                                    "IDENTIFIER_SCHEME_ID_POOR"})},
                             {"value", absl::StrCat("T-", dice_.Between(10000, 99999))}})});
    }
    if (dice_.Percent(8)) {
      Json body = with(
          {{"disability", dice_.Pick({"DISABILITY_YES", "DISABILITY_NO", "DISABILITY_UNKNOWN"})}});
      body["assessed_by"] = "social_worker";
      facts.push_back({stream, "disability_recorded", std::move(body)});
    }
    Add(day, std::move(facts));
  }

  // What befalls a family's records now and then.
  void Befall(Day day) {
    Child& child =
        children_[static_cast<std::size_t>(dice_.Below(static_cast<int>(children_.size())))];
    const std::string stream = PersonStream(child.person_id);
    switch (dice_.Below(14)) {
      case 0: {
        Json body = {{"person", With(child, {{"residence_province_code", branch_.province},
                                             {"residence", "ភូមិថ្មី"}})}};
        Add(day, {{stream, "residence_changed", std::move(body)}});
        break;
      }
      case 1:
        Add(day, {{stream,
                   "school_status_changed",
                   {{"person", With(child, {{"status", "SCHOOL_STATUS_RE_ENROLLED"}})}}}});
        break;
      case 2:
        ConsentToStory(child, day);
        break;
      case 3:
        Override(child, day);
        break;
      case 4:
        Add(day,
            {{stream, "testimony_recorded", {{"person", With(child, {{"text", "ខ្ញុំសប្បាយចិត្ត"}})}}}});
        break;
      case 5:
        Hold(child, day);
        break;
      case 6:
        Document(stream, day);
        break;
      case 7:
        Incident(child, day);
        break;
      case 8:
        Safeguarding(child, day);
        break;
      case 9:
        EndRole(child, day);
        break;
      case 10:
        SecondCase(child, day);
        break;
      case 11:
        TwoTablets(child, day);
        break;
      case 12:
        Move(day);
        break;
      default:
        Duplicate(child, day);
    }
  }

  static Json With(const Child& child, const Json& more) {
    Json body = Of(child);
    body.update(more);
    return body;
  }

  void ConsentToStory(const Child& child, Day day) {
    const std::string stream = PersonStream(child.person_id);
    std::string id = NewId(day);
    Add(day, {{stream,
               "consent_recorded",
               {{"person", With(child, {{"decision", "CONSENT_DECISION_GIVEN"},
                                        {"purpose", "CONSENT_PURPOSE_PUBLICATION_OF_STORY"}})},
                {"wording_version", "2020-1"}},
               id}});
    if (dice_.Percent(40)) {
      Add(day + 30,
          {{stream,
            "consent_withdrawn",
            {{"person", With(child, {{"purpose", "CONSENT_PURPOSE_PUBLICATION_OF_STORY"}})},
             {"consent_event_id", id}}}});
    } else if (clock_ <= book_.last()) {
      branch_.children[child.index].story_consent = std::move(id);
    }
  }

  void Override(const Child& child, Day day) {
    Add(day, {{PersonStream(child.person_id),
               "consent_overridden",
               {{"person", With(child, {{"purpose", "CONSENT_PURPOSE_SHARE_WITH_GOVERNMENT"},
                                        {"reason", "danger"}})},
                {"legal_basis", "LEGAL_BASIS_BEST_INTERESTS"},
                {"approved_by", kSupervisor.actor_id}}}});
  }

  void Hold(const Child& child, Day day) {
    const std::string stream = PersonStream(child.person_id);
    const std::string id = NewId(day);
    AddBy(kCaseLead, day,
          {{stream,
            "retention_hold_placed",
            {{"person", Of(child)},
             {"hold_id", id},
             {"scope", "HOLD_SCOPE_WHOLE_RECORD"},
             {"legal_ground", "court_case"}}}});
    AddBy(kCaseLead, day + 30,
          {{stream,
            "retention_hold_released",
            {{"person", Of(child)}, {"hold_id", id}, {"reason", "court_case_over"}}}});
  }

  void Document(const std::string& stream, Day day) {
    const std::string id = NewId(day);
    Add(day, {{stream,
               "document_attached",
               {{"doc_type", "consent_form"},
                {"sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
                {"media_type", "image/jpeg"},
                {"bytes", dice_.Between(20000, 900000)}},
               id}});
    if (!dice_.Percent(25)) return;
    Add(day,
        {{stream, "document_detached", {{"detaches_event_id", id}, {"reason", "wrong_person"}}}});
  }

  // Two tablets say something else of the same child; somebody asks the family.
  void TwoTablets(const Child& child, Day day) {
    const std::string stream = PersonStream(child.person_id);
    const std::string id = NewId(day);
    const std::string one = NewId(day);
    const std::string other = NewId(day);
    const auto said = [](const std::string& request, const char* actor, const char* device) {
      return Json{{"request_id", request}, {"actor_id", actor}, {"device", device}};
    };
    Add(day, {{stream,
               "conflict_detected",
               {{"field", "school_status_changed.person.grade"},
                {"entries", Json::array({said(one, "staff-sw-1", "tablet-01"),
                                         said(other, "staff-sw-2", "tablet-02")})},
                {"person", With(child, {{"values", Json::array({"\"4\"", "\"5\""})}})}},
               id}});
    if (dice_.Percent(20)) return;
    AddBy(kCaseLead, day + 3,
          {{stream,
            "conflict_resolved",
            {{"conflict_event_id", id},
             {"chosen_request_id", dice_.Percent(50) ? one : other},
             {"reason", "asked_the_family"}}}});
  }

  void Move(Day day) {
    Add(day, {{"household/" + household_,
               "household_moved",
               {{"head", {{"person_id", head_}, {"address", "near the pagoda"}}},
                {"residence_province_code", branch_.province}}}});
  }

  void Safeguarding(const Child& child, Day day) {
    Json body = Of(child);
    body["nature"] = "rough words";
    body["action"] = "talked with the manager";
    AddBy(kCaseLead, day,
          {{"incident/" + NewId(day),
            "safeguarding_concern_reported",
            {{"children", Json::array({std::move(body)})}}}});
  }

  // The family, as another office knew it.
  void EnteredTwice(Day day) {
    const std::string other = "household/" + NewId(day);
    Add(day, {{other,
               "household_registered",
               {{"head", {{"person_id", head_}}},
                {"type", "HOUSEHOLD_TYPE_UNKNOWN"},
                {"residence_province_code", branch_.province}}}});
    const std::string approval = Approval(other, "APPROVAL_SUBJECT_MERGE", day);
    const std::string merge = NewId(day);
    AddBy(kCaseLead, day,
          {{other,
            "households_merged",
            {{"survivor_id", household_}, {"approval_id", approval}},
            merge}});
    if (!dice_.Percent(25)) return;
    AddBy(
        kCaseLead, day + 20,
        {{other, "households_unmerged", {{"merge_event_id", merge}, {"reason", "two_families"}}}});
  }

  void Die(Day day) {
    Add(day, {{PersonStream(head_),
               "person_died",
               {{"person", {{"person_id", head_}, {"reported_by", "village chief"}}}}}});
    branch_.adults[head_index_].gone = day;
  }

  // No longer a child, or a mother early.
  void EndRole(const Child& child, Day day) {
    const Day born = branch_.children[child.index].born;
    if (day - born < kDaysOfChildhood) return;
    Json body = Of(child);
    body["role"] = "PERSON_ROLE_CHILD";
    body["end_reason"] = "ROLE_END_REASON_AGED_OUT";
    body["start_unknown"] = true;
    Add(day, {{PersonStream(child.person_id), "person_role_ended", {{"person", std::move(body)}}}});
    if (!branch_.children[child.index].female || !dice_.Percent(20)) return;
    Add(day, {{PersonStream(child.person_id), "child_birth_recorded", {{"parent", Of(child)}}}});
  }

  // Opened by an office that did not know of the first one, and merged into it.
  void SecondCase(const Child& child, Day day) {
    if (child.case_id.empty()) return;
    const std::string other = "case/" + NewId(day);
    Add(day, {{other,
               "case_opened",
               {{"child", Of(child)},
                {"case_type", "CASE_TYPE_CHILD_PROTECTION"},
                {"owner_org_id", branch_.own_org}}}});
    const std::string approval = Approval(other, "APPROVAL_SUBJECT_MERGE", day);
    const std::string merge = NewId(day);
    AddBy(kCaseLead, day,
          {{other,
            "cases_merged",
            {{"child", Of(child)}, {"survivor_id", child.case_id}, {"approval_id", approval}},
            merge}});
    if (!dice_.Percent(15)) return;
    AddBy(kCaseLead, day + 15,
          {{other,
            "cases_unmerged",
            {{"child", Of(child)}, {"merge_event_id", merge}, {"reason", "two_cases_after_all"}}}});
  }

  // Registered a second time at another place, found, and mostly merged.
  void Duplicate(const Child& child, Day day) {
    const std::string other = NewId(day);
    Person person = branch_.children[child.index];
    person.id = other;
    Name name = names_.front();
    name.latin = OtherSpelling(dice_, name.latin);
    Json found = {{"person", {{"person_id", other}}}, {"other", Of(child)}};
    Json finding = found;
    finding["score"] = dice_.Between(70, 98);
    finding["method"] = "same_sound_and_birth";
    Add(day, {{PersonStream(other), "person_registered", Registration(person, name)}});
    Add(day, {{PersonStream(other), "possible_duplicate_found", std::move(finding)}});
    if (dice_.Percent(40)) {
      Json dismissal = found;
      dismissal["reason"] = "other_village";
      Add(day, {{PersonStream(other), "possible_duplicate_dismissed", std::move(dismissal)}});
      return;
    }
    const std::string approval = Approval(PersonStream(other), "APPROVAL_SUBJECT_MERGE", day);
    const std::string merge = NewId(day);
    AddBy(
        kCaseLead, day,
        {{PersonStream(other),
          "persons_merged",
          {{"person", {{"person_id", other}}}, {"survivor", Of(child)}, {"approval_id", approval}},
          merge}});
    if (dice_.Percent(10)) {
      AddBy(kCaseLead, day + 20,
            {{PersonStream(other),
              "persons_unmerged",
              {{"person", {{"person_id", other}}},
               {"merge_event_id", merge},
               {"reason", "two_persons_after_all"}}}});
    }
  }

  Name family_;
  std::string head_;
  std::size_t head_index_ = 0;  // among the branch's adults
  std::vector<Name> names_;
};

}  // namespace

void LiveFamily(Branch& branch, std::uint64_t seed, Day start) {
  Family(branch, seed, start).Live(start);
}

}  // namespace mlup::cli::generate
