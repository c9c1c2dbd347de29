#include "services/mlup/generate/names.h"

#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace mlup::cli::generate {
namespace {

using Pair = std::pair<const char*, const char*>;

// Common words of the language that serve as names; combined at random they name nobody.
constexpr std::array<Pair, 20> kFamilies = {
    {{"សុខ", "Sok"},   {"ចាន់", "Chan"}, {"កែវ", "Keo"},  {"លី", "Ly"},     {"ហេង", "Heng"},
     {"គង់", "Kong"},  {"ម៉ៅ", "Mao"},   {"អ៊ុំ", "Um"},     {"ទេព", "Tep"},  {"ប៉ែន", "Pen"},
     {"រស់", "Ros"},   {"ឈុន", "Chhun"}, {"ញឹម", "Nhem"},  {"ផាន់", "Phan"}, {"យិន", "Yin"},
     {"សេង", "Seng"}, {"តាំង", "Tang"}, {"វ៉ាន់", "Vann"}, {"អៀម", "Eam"},  {"ឡុង", "Long"}}};
constexpr std::array<Pair, 16> kFemale = {{{"បុប្ផា", "Bopha"},
                                           {"ចិន្តា", "Chenda"},
                                           {"កល្យាណ", "Kalyan"},
                                           {"មាលា", "Mealea"},
                                           {"ណារី", "Nary"},
                                           {"ពិសី", "Pisey"},
                                           {"រតនា", "Rattana"},
                                           {"សុភា", "Sophea"},
                                           {"ស្រីមុំ", "Sreymom"},
                                           {"ធីតា", "Thida"},
                                           {"វណ្ណា", "Vanna"},
                                           {"ចន្ធូ", "Chanthou"},
                                           {"ដាលីន", "Dalin"},
                                           {"លក្ខិណា", "Leakhena"},
                                           {"សោភ័ណ", "Sophorn"},
                                           {"យូរី", "Yuri"}}};
constexpr std::array<Pair, 16> kMale = {{{"តារា", "Dara"},
                                         {"រិទ្ធ", "Rith"},
                                         {"កុសល", "Kosal"},
                                         {"សំណាង", "Samnang"},
                                         {"វាសនា", "Veasna"},
                                         {"ពិសិដ្ឋ", "Piseth"},
                                         {"សុភ័ក្រ", "Sopheak"},
                                         {"វិបុល", "Vibol"},
                                         {"បូរី", "Borey"},
                                         {"ចំរើន", "Chamroeun"},
                                         {"ម៉ាប់", "Map"},
                                         {"ភារុណ", "Phearun"},
                                         {"រតនៈ", "Rotanak"},
                                         {"សិលា", "Seila"},
                                         {"ធារ៉ា", "Theara"},
                                         {"វុទ្ធី", "Vuthy"}}};

}  // namespace

Name FamilyName(Dice& dice) {
  const Pair& family = dice.Pick(kFamilies);
  return {family.first, family.second};
}

Name PersonName(Dice& dice, const Name& family, bool female) {
  const Pair& given = dice.Pick(female ? kFemale : kMale);
  return {absl::StrCat(family.khmer, " ", given.first),
          absl::StrCat(family.latin, " ", given.second)};
}

std::string OtherSpelling(Dice& dice, const std::string& latin) {
  switch (dice.Below(3)) {
    case 0:
      return absl::StrReplaceAll(latin, {{"ph", "f"}, {"th", "t"}, {"ch", "j"}, {"Ch", "J"}});
    case 1:
      return absl::StrReplaceAll(latin, {{"ea", "ia"}, {"ou", "u"}, {"y", "i"}});
    default:
      return absl::StrReplaceAll(latin, {{"a", "ah"}, {"nn", "n"}});
  }
}

}  // namespace mlup::cli::generate
