#include "services/search/sound_key.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "services/search/khmer_latin.h"
#include "services/search/normal_form.h"

namespace mlup::search {
namespace {

std::u32string Word(const std::string& text) {
  const std::vector<std::u32string> words = WordsOf(text);
  return words.size() == 1 ? words.front() : U"";
}

std::string Latin(const std::string& text) { return LatinOf(Word(text)); }
std::string Full(const std::string& text) { return SoundKeyOf(Latin(text)).full; }
std::string Consonants(const std::string& text) { return SoundKeyOf(Latin(text)).consonants; }

TEST(NormalFormTest, WhatHasNoWidthAndWhatIsCapitalFallsAway) {
  // Composed and decomposed, wide and narrow, a zero-width space, a joiner and an override.
  EXPECT_EQ(Word("SOK"), Word("sok"));
  EXPECT_EQ(Word("s\xE2\x80\x8Bo\xE2\x80\x8Dk\xE2\x80\xAE"), U"sok");
  EXPECT_EQ(Word("\xC3\xA9"), Word("e\xCC\x81"));
  EXPECT_EQ(Word("\xEF\xBC\xB3ok"), U"sok");
  EXPECT_EQ(WordsOf(" Sok-Dara,  (Mom) ").size(), 3u);
  EXPECT_TRUE(WordsOf(" -. ").empty());
}

TEST(NormalFormTest, BytesThatAreNoTextAreTaken) {
  EXPECT_LE(WordsOf("\xFF\xFE\x80 a").size(), 2u);
  EXPECT_EQ(WordsOf(std::string(100'000, 'a')).front().size(), kWordLettersMax);
  std::string many;
  for (int i = 0; i < 100; ++i) many += "a ";
  EXPECT_EQ(WordsOf(many).size(), kWordsMax);
}

TEST(NormalFormTest, DigitsOfBothScriptsAreTheSame) {
  EXPECT_EQ(DigitsOf("០១២ 345-678"), "012345678");
  EXPECT_EQ(SerialOf("OSC 12-3/a"), "osc123a");
}

TEST(KhmerLatinTest, KhmerIsReadAsItIsWrittenInLatinLetters) {
  EXPECT_EQ(Latin("សុខ"), "sokh");
  EXPECT_EQ(Latin("ដារ៉ា"), "dara");
  EXPECT_EQ(Latin("ចន្ធូ"), "chanthou");
  EXPECT_EQ(Latin("ផល"), "phal");
  EXPECT_EQ(Latin("កុសល"), "kosal");
  EXPECT_EQ(Latin("abc"), "abc");
}

TEST(SoundKeyTest, SpellingsOfOneNameHaveOneKey) {
  const std::vector<std::vector<std::string>> names = {{"Sok", "Sokh", "Suk", "Souk", "សុខ"},
                                                       {"Chan", "Chann", "Jan", "ចាន់"},
                                                       {"Sophea", "Sophia", "Sofea", "Sopheah"},
                                                       {"Dara", "Tara", "Daraa", "តារា", "ដារ៉ា"},
                                                       {"Vanna", "Wanna", "Vana"},
                                                       {"Phal", "Pal", "ផល"},
                                                       {"Rithy", "Rithi", "Ritthei", "Rity"},
                                                       {"Sorn", "Son", "Soan"},
                                                       {"Srey", "Srei", "Sray", "ស្រី"},
                                                       {"Keo", "Kev", "Keov", "កែវ"},
                                                       {"Bopha", "Bophar", "Bupha", "បុប្ផា"},
                                                       {"Samnang", "Sammnang", "សំណាង"}};
  for (const auto& spellings : names) {
    for (const std::string& spelling : spellings) {
      EXPECT_EQ(Full(spelling), Full(spellings.front())) << spelling;
    }
  }
}

TEST(SoundKeyTest, ConsonantsStayWhereVowelsDiffer) {
  EXPECT_EQ(Consonants("Sokha"), Consonants("Sekhi"));
  EXPECT_EQ(Consonants("Ratana"), Consonants("Rotanea"));
  EXPECT_NE(Consonants("Sok"), Consonants("Sokha"));
  EXPECT_NE(Full("Sok"), Full("Sek"));
}

TEST(SoundKeyTest, NamesThatSoundOtherwiseHaveOtherKeys) {
  EXPECT_NE(Full("Sok"), Full("Sot"));
  EXPECT_NE(Full("Chan"), Full("Chang"));
  EXPECT_NE(Full("Dara"), Full("Dalin"));
  EXPECT_NE(Full("Heng"), Full("Seng"));
}

}  // namespace
}  // namespace mlup::search
