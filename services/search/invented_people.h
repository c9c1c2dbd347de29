// Invented people, and how others would ask for them; for tests.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "eventstore/base/random.h"
#include "services/search/person_facts.h"

namespace mlup::search {

// A syllable as Khmer has it, and as people write it in Latin letters.
struct Syllable {
  const char* khmer;
  std::vector<const char*> latin;
};

// Words and syllables of the language; combined at random they name nobody.
inline const std::vector<Syllable>& Families() {
  static const std::vector<Syllable> families = {
      {"សុខ", {"Sok", "Sokh", "Suk"}},    {"ចាន់", {"Chan", "Chann", "Jan"}},
      {"កែវ", {"Keo", "Kev", "Keov"}},   {"លី", {"Ly", "Li", "Lee"}},
      {"ហេង", {"Heng", "Heang"}},        {"គង់", {"Kong", "Kung", "Kuong"}},
      {"ម៉ៅ", {"Mao", "Mau", "Mav"}},     {"អ៊ុំ", {"Um", "Oum", "Om"}},
      {"ទេព", {"Tep", "Tepp", "Teb"}},   {"ប៉ែន", {"Pen", "Paen", "Penn"}},
      {"រស់", {"Ros", "Ruos", "Ross"}},   {"ឈុន", {"Chhun", "Chun", "Chhoun"}},
      {"ញឹម", {"Nhem", "Nhim", "Ngem"}},  {"ផាន់", {"Phan", "Phann", "Pan"}},
      {"យិន", {"Yin", "Yinn", "Yen"}},    {"សេង", {"Seng", "Saeng", "Sing"}},
      {"តាំង", {"Tang", "Taing"}},        {"វ៉ាន់", {"Vann", "Van", "Wan"}},
      {"ឡុង", {"Long", "Lung", "Loung"}}, {"នួន", {"Noun", "Nuon", "Nun"}},
      {"ឃឹម", {"Khim", "Khem", "Kim"}},   {"ប្រាក់", {"Prak", "Prakk", "Brak"}},
      {"មាស", {"Meas", "Mas", "Mees"}},  {"ពេជ្រ", {"Pich", "Pech", "Pichr"}},
      {"ទូច", {"Touch", "Tuch", "Toch"}}, {"ឌុច", {"Duch", "Douch", "Doch"}},
      {"ជា", {"Chea", "Jea", "Cheah"}},  {"ភួង", {"Phoung", "Phuong", "Poung"}}};
  return families;
}

inline const std::vector<Syllable>& Firsts() {
  static const std::vector<Syllable> firsts = {{"សុ", {"So", "Su", "Sou"}},
                                               {"វិ", {"Vi", "Wi", "Vy"}},
                                               {"ចិន្", {"Chin", "Chen", "Jin"}},
                                               {"ដា", {"Da", "Ta", "Dah"}},
                                               {"បូ", {"Bo", "Bou", "Po"}},
                                               {"ពិ", {"Pi", "Pe", "Py"}},
                                               {"រតនា", {"Ratana", "Rattana", "Rathana"}},
                                               {"មុន្", {"Mun", "Mon", "Moun"}},
                                               {"កល្យា", {"Kalya", "Kalyea", "Kallya"}},
                                               {"ធី", {"Thi", "Thy", "Ti"}},
                                               {"ស្រី", {"Srey", "Srei", "Sray"}},
                                               {"ចន្", {"Chan", "Chon", "Chann"}},
                                               {"ភា", {"Phea", "Phia", "Pea"}},
                                               {"នារី", {"Neary", "Nearey", "Neari"}},
                                               {"លក្", {"Leak", "Lak", "Leakh"}},
                                               {"គន្", {"Kun", "Kon", "Koun"}},
                                               {"វាស", {"Veas", "Vas", "Weas"}},
                                               {"សេរី", {"Serey", "Sery", "Serei"}},
                                               {"ម៉ារី", {"Mary", "Mari", "Marie"}},
                                               {"សីហា", {"Seiha", "Siha", "Seyha"}}};
  return firsts;
}

inline const std::vector<Syllable>& Seconds() {
  static const std::vector<Syllable> seconds = {{"ខា", {"kha", "kka", "ka"}},
                                                {"ភា", {"phea", "phia", "fea"}},
                                                {"តា", {"ta", "da", "tah"}},
                                                {"ធូ", {"thou", "thu", "tou"}},
                                                {"ណា", {"na", "nna", "nah"}},
                                                {"បុល", {"bol", "bul", "bull"}},
                                                {"ដា", {"da", "dah", "ta"}},
                                                {"ជាតា", {"cheata", "jeata", "cheatha"}},
                                                {"សាល", {"sal", "sall", "zal"}},
                                                {"រិទ្ធ", {"rith", "rit", "ryth"}},
                                                {"មុំ", {"mom", "mum", "moum"}},
                                                {"ពៅ", {"pov", "pao", "pou"}},
                                                {"លីន", {"lin", "lyn", "leen"}},
                                                {"ផល", {"phal", "pal", "phol"}},
                                                {"នី", {"ny", "ni", "ney"}},
                                                {"រ៉ា", {"ra", "rah", "raa"}},
                                                {"វណ្ណ", {"vann", "van", "wan"}},
                                                {"គុណ", {"kun", "koun", "kon"}},
                                                {"មាលា", {"mealea", "malea", "mealia"}},
                                                {"ឆាយ", {"chhay", "chay", "chhai"}}};
  return seconds;
}

class InventedPeople {
 public:
  struct Person {
    std::array<const Syllable*, 3> parts;
    int year = 0;
    PersonFacts facts;
  };

  explicit InventedPeople(std::uint64_t seed) : random_(seed) {}

  // On record in one script or both, as one office writes names.
  Person Next() {
    Person person;
    person.parts = {&Of(Families()), &Of(Firsts()), &Of(Seconds())};
    person.year = static_cast<int>(1960 + Below(60));
    const std::uint64_t scripts = Below(3);
    if (scripts != 0) person.facts.names.push_back(Khmer(person));
    if (scripts != 1) person.facts.names.push_back(Latin(person));
    person.facts.birth_month = absl::StrCat(person.year, Below(2) == 0 ? "" : "-07");
    person.facts.sex = Below(2) == 0 ? cases::v1::SEX_FEMALE : cases::v1::SEX_MALE;
    person.facts.province = absl::StrCat("0", 1 + Below(9));
    return person;
  }

  static std::string Khmer(const Person& person) {
    const auto& [family, first, second] = person.parts;
    std::string given = first->khmer;
    // A consonant that waits for the next one joins it below.
    const std::string coeng = "\xE1\x9F\x92";
    if (given.ends_with(coeng) && !StartsWithConsonant(second->khmer))
      given.resize(given.size() - 3);
    return absl::StrCat(family->khmer, " ", given, second->khmer);
  }
  // Each syllable in one of its spellings.
  std::string Latin(const Person& person) {
    const auto& [family, first, second] = person.parts;
    return absl::StrCat(Spelt(*family), " ", Spelt(*first), Spelt(*second));
  }

  // A letter left out, doubled, changed or changed with the next.
  std::string Mistyped(std::string text) {
    const std::size_t at = 1 + Below(text.size() - 2);
    if (text[at] == ' ' || text[at + 1] == ' ') return text;
    switch (Below(4)) {
      case 0:
        text.erase(at, 1);
        break;
      case 1:
        text.insert(at, 1, text[at]);
        break;
      case 2:
        text[at] = static_cast<char>('a' + Below(26));
        break;
      default:
        std::swap(text[at], text[at + 1]);
    }
    return text;
  }
  static std::string Swapped(const std::string& name) {
    const std::size_t space = name.find(' ');
    return absl::StrCat(name.substr(space + 1), " ", name.substr(0, space));
  }
  static std::string GivenOnly(const std::string& name) { return name.substr(name.find(' ') + 1); }
  static std::string Joined(std::string name) {
    std::erase(name, ' ');
    return name;
  }

  std::uint64_t Below(std::uint64_t end) { return random_.Next() % end; }

 private:
  const Syllable& Of(const std::vector<Syllable>& syllables) {
    return syllables[Below(syllables.size())];
  }
  std::string Spelt(const Syllable& syllable) {
    return syllable.latin[Below(syllable.latin.size())];
  }
  static bool StartsWithConsonant(std::string_view khmer) {
    // U+1780 to U+17A2.
    return khmer.size() > 2 && khmer[1] == '\x9E' && static_cast<unsigned char>(khmer[2]) <= 0xA2;
  }

  SeededRandom random_;
};

}  // namespace mlup::search
