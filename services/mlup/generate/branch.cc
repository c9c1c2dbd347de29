#include "services/mlup/generate/branch.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "services/mlup/generate/names.h"

namespace mlup::cli::generate {
namespace {

constexpr std::array<const char*, 6> kProvinces = {"02", "04", "12", "07", "17", "21"};
constexpr std::array<const char*, 6> kBirds = {"Blue Heron",    "Kingfisher", "White Egret",
                                               "Painted Stork", "Brown Owl",  "Sarus Crane"};

std::string Organisation(Branch& branch, const char* kind, const std::string& name,
                         bool own = false) {
  const Day day = branch.span.first;
  std::string id = branch.book.NewId(day);
  const char* const bird = branch.dice.Pick(kBirds);
  const int number = branch.dice.Between(1, 99);
  Json body = {{"names", Json::array({absl::StrCat(bird, " ", name, " ", number)})},
               {"kind", kind},
               {"province_code", branch.province}};
  if (own) body["own"] = true;
  branch.book.Add({kNetworkOfficer, day, day},
                  {{"organisation/" + id, "organisation_registered", std::move(body)}});
  return id;
}

std::string Group(Branch& branch, const char* category, const char* kind, std::string name) {
  const Day day = branch.span.first;
  std::string id = branch.book.NewId(day);
  branch.book.Add({kNetworkOfficer, day, day}, {{absl::StrCat(category, "/", id),
                                                 "group_formed",
                                                 {{"kind", kind}, {"name", std::move(name)}}}});
  return id;
}

std::string Store(Branch& branch) {
  const Day day = branch.span.first;
  std::string id = branch.book.NewId(day);
  branch.book.Add({kLogistics, day, day},
                  {{"store/" + id,
                    "kit_defined",
                    {{"kit_code", "emergency_food_pack"},
                     {"version", 1},
                     {"contents",
                      {{{"item_code", "rice"}, {"quantity", "25"}, {"unit", "kg"}},
                       {{"item_code", "fish_sauce"}, {"quantity", "2"}, {"unit", "bottle"}},
                       {{"item_code", "noodles"}, {"quantity", "1"}, {"unit", "box"}}}}}},
                   {"store/" + id,
                    "stock_counted",
                    {{"lines", {{{"item_code", "rice"}, {"quantity", "2000"}, {"unit", "kg"}}}}}}});
  return id;
}

// Recruited, approved by two persons, and there for as many children as was approved.
FosterFamily FosterHousehold(Branch& branch, Day day) {
  Book& book = branch.book;
  Dice& dice = branch.dice;
  Person parent = {.id = book.NewId(day),
                   .born = day - dice.Between(30 * 365, 60 * 365),
                   .female = true,
                   .known = day,
                   .story_consent = {}};
  const std::string household = book.NewId(day);
  const std::string stream = "household/" + household;
  const Name name = PersonName(dice, FamilyName(dice), true);
  const std::string approval = book.NewId(day);
  const int capacity = dice.Between(2, 5);
  const Author worker = {"staff-sw-1", "social_worker"};
  book.Add({worker, day, day},
           {{"person/" + parent.id,
             "person_registered",
             {{"person",
               {{"person_id", parent.id},
                {"sex", "SEX_FEMALE"},
                {"residence_province_code", branch.province},
                {"name_km", name.khmer},
                {"name_latin", name.latin}}}}},
            {"person/" + parent.id,
             "person_role_started",
             {{"person", {{"person_id", parent.id}, {"role", "PERSON_ROLE_FOSTER_PARENT"}}}}},
            {stream,
             "household_registered",
             {{"head", {{"person_id", parent.id}}},
              {"type", "HOUSEHOLD_TYPE_FOSTER"},
              {"residence_province_code", branch.province}}},
            {stream,
             "household_member_added",
             {{"member", {{"person_id", parent.id}, {"relation", "RELATION_FOSTER_PARENT"}}}}},
            {stream, "foster_family_recruited", {{"kind", "FOSTER_KIND_LONG_TERM"}}},
            {stream,
             "approval_requested",
             {{"approval_id", approval}, {"subject", "APPROVAL_SUBJECT_FOSTER_FAMILY"}}}});
  book.Add({kSupervisor, day, day}, {{stream, "approval_granted", {{"approval_id", approval}}},
                                     {stream,
                                      "foster_family_approved",
                                      {{"capacity", capacity},
                                       {"criteria", {"home_visit", "police_check"}},
                                       {"approval_id", approval}}}});
  branch.adults.push_back(std::move(parent));
  return {household, day, capacity, {}};
}

// One that nobody came to.
void EndFosterFamily(Branch& branch, const FosterFamily& family) {
  const std::string stream = "household/" + family.household_id;
  const Day suspended = family.approved + 200;
  branch.book.Add({kCaseLead, suspended, suspended},
                  {{stream, "foster_family_suspended", {{"reason", "illness"}}}});
  branch.book.Add({kCaseLead, suspended + 100, suspended + 100},
                  {{stream, "foster_family_retired", {{"reason", "own_wish"}}}});
}

}  // namespace

Branch::Branch(std::string_view name, std::uint64_t seed, Span of)
    : dice(Dice::Of(seed, 1)),
      book(std::string(name), Dice::Of(seed, 2), of.last),
      span(of),
      province(dice.Pick(kProvinces)) {}

std::string Branch::Place(Dice& of) const {
  return absl::StrFormat("%s%02d", province, of.Between(1, 4));
}

bool FosterFamily::HasRoom(Day from, Day to) const {
  const auto there = std::count_if(stays.begin(), stays.end(), [&](const Stay& stay) {
    return stay.from <= to && from <= stay.to;
  });
  return there < capacity;
}

int Delay(Dice& dice) {
  const int kind = dice.Below(100);
  if (kind < 55) return 0;
  if (kind < 90) return dice.Between(1, 5);
  return dice.Between(6, kDelayMax);
}

bool AddLate(Branch& branch, Dice& dice, const Happening& what, std::vector<Fact> facts) {
  const Day recorded = what.day + Delay(dice) % 8;
  return branch.book.Add({what.author, what.day, recorded, branch.Place(dice), what.sector},
                         std::move(facts));
}

const Person* Somebody(Dice& dice, const std::vector<Person>& people, Day day) {
  for (int tries = 0; tries < 8 && !people.empty(); ++tries) {
    const Person& person = dice.Pick(people);
    if (person.known < day && day + kDelayMax < person.gone) return &person;
  }
  return nullptr;
}

void Begin(Branch& branch) {
  branch.own_org = Organisation(branch, "ORGANISATION_KIND_NGO", "Children's Organisation", true);
  for (int i = 0; i < 2; ++i)
    branch.homes.push_back(Organisation(branch, "ORGANISATION_KIND_RCI", "Children's Home"));
  for (int i = 0; i < 3; ++i)
    branch.partners.push_back(Organisation(branch, "ORGANISATION_KIND_NGO", "Partner"));
  branch.authority = Organisation(branch, "ORGANISATION_KIND_AUTHORITY", "District Office");
  for (int i = 1; i <= 3; ++i)
    branch.clubs.push_back(
        Group(branch, "club", "GROUP_KIND_YOUTH_CLUB", absl::StrCat("ក្លឹបយុវជន ", i)));
  for (int i = 1; i <= 2; ++i)
    branch.community_groups.push_back(
        Group(branch, "community_group", "GROUP_KIND_CSG", absl::StrCat("Community group ", i)));
  branch.store = Store(branch);
  branch.field_store = Store(branch);
  EndFosterFamily(branch, FosterHousehold(branch, branch.span.first));
  for (int i = 0; i < 6; ++i) {
    branch.foster_families.push_back(FosterHousehold(branch, branch.span.first + i));
  }
  for (const std::string& home : branch.homes) {
    branch.book.Add({kNetworkOfficer, branch.span.first, branch.span.first},
                    {{"organisation/" + home,
                      "partnership_agreed",
                      {{"kind", "PARTNERSHIP_KIND_RCI_PARTNER"}}}});
  }
}

}  // namespace mlup::cli::generate
