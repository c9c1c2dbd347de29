// Consonants are of two series, and a vowel sounds by that of the consonant before it. A consonant
// without a sign either has the vowel of its series or ends the syllable before; nothing written
// tells which.
#include "services/search/khmer_latin.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace mlup::search {
namespace {

struct Consonant {
  const char* latin;
  int series;
};

// U+1780 to U+17A2.
constexpr std::array<Consonant, 35> kConsonants = {
    {{"k", 1},  {"kh", 1},  {"k", 2},  {"kh", 2}, {"ng", 2}, {"ch", 1}, {"chh", 1},
     {"ch", 2}, {"chh", 2}, {"nh", 2}, {"d", 1},  {"th", 1}, {"d", 2},  {"th", 2},
     {"n", 1},  {"t", 1},   {"th", 1}, {"t", 2},  {"th", 2}, {"n", 2},  {"b", 1},
     {"ph", 1}, {"p", 2},   {"ph", 2}, {"m", 2},  {"y", 2},  {"r", 2},  {"l", 2},
     {"v", 2},  {"s", 1},   {"s", 1},  {"s", 1},  {"h", 1},  {"l", 1},  {"", 1}}};

// U+17A3 to U+17B3.
constexpr std::array<const char*, 17> kIndependentVowels = {{"a", "a", "e", "ey", "o", "ok", "ou",
                                                             "ov", "rue", "rue", "lue", "lue", "ae",
                                                             "ai", "ao", "ao", "au"}};

struct Vowel {
  const char* first;
  const char* second;
};

// U+17B6 to U+17C5.
constexpr std::array<Vowel, 16> kVowels = {{{"a", "ea"},
                                            {"e", "i"},
                                            {"ey", "i"},
                                            {"oe", "oe"},
                                            {"eu", "eu"},
                                            {"o", "u"},
                                            {"o", "ou"},
                                            {"uo", "uo"},
                                            {"aeu", "eu"},
                                            {"oeu", "oeu"},
                                            {"ie", "ie"},
                                            {"e", "e"},
                                            {"ae", "e"},
                                            {"ai", "ey"},
                                            {"ao", "o"},
                                            {"au", "ov"}}};

constexpr char32_t kConsonantFirst = 0x1780;
constexpr char32_t kConsonantLast = 0x17A2;
constexpr char32_t kHa = 0x17A0;
constexpr char32_t kVo = 0x179C;
constexpr char32_t kIndependentLast = 0x17B3;
constexpr char32_t kVowelFirst = 0x17B6;
constexpr char32_t kVowelLast = 0x17C5;
constexpr char32_t kNikahit = 0x17C6;        // ends in m
constexpr char32_t kReahmuk = 0x17C7;        // ends in h
constexpr char32_t kYuukaleapintu = 0x17C8;  // short a
constexpr char32_t kMuusikatoan = 0x17C9;    // to the first series
constexpr char32_t kTriisap = 0x17CA;        // to the second series
constexpr char32_t kBantoc = 0x17CB;         // the vowel before is short: it ends a syllable
constexpr char32_t kToandakhiat = 0x17CD;    // nobody says it
constexpr char32_t kSamyokSannya = 0x17D0;   // short a
constexpr char32_t kCoeng = 0x17D2;          // the next consonant stands below

// A consonant with all that is written around it, or a letter by itself.
struct Cluster {
  std::u32string consonants = {};
  // Of a letter that is no consonant.
  std::string alone = {};
  const Vowel* vowel = nullptr;
  int series = 0;
  bool short_a = false;
  bool ends_in_m = false;
  bool is_silent = false;
  bool is_final = false;

  bool HasVowel() const { return vowel != nullptr || short_a || ends_in_m; }
};

bool IsConsonant(char32_t letter) { return letter >= kConsonantFirst && letter <= kConsonantLast; }

const Consonant& ConsonantOf(char32_t letter) { return kConsonants[letter - kConsonantFirst]; }

void AddSign(char32_t sign, Cluster& cluster) {
  if (sign >= kVowelFirst && sign <= kVowelLast) cluster.vowel = &kVowels[sign - kVowelFirst];
  if (sign == kNikahit) cluster.ends_in_m = true;
  if (sign == kYuukaleapintu || sign == kSamyokSannya || sign == kReahmuk) cluster.short_a = true;
  if (sign == kMuusikatoan) cluster.series = 1;
  if (sign == kTriisap) cluster.series = 2;
  if (sign == kBantoc) cluster.is_final = true;
  if (sign == kToandakhiat) cluster.is_silent = true;
}

std::string AloneOf(char32_t letter) {
  if (letter > kConsonantLast && letter <= kIndependentLast) {
    return kIndependentVowels[letter - kConsonantLast - 1];
  }
  const bool stays = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
  return stays ? std::string(1, static_cast<char>(letter)) : "";
}

std::vector<Cluster> ClustersOf(std::u32string_view word) {
  std::vector<Cluster> clusters;
  bool below = false;
  for (const char32_t letter : word) {
    const bool begun = !clusters.empty() && !clusters.back().consonants.empty();
    if (IsConsonant(letter)) {
      if (!below || !begun) clusters.push_back({.series = ConsonantOf(letter).series});
      clusters.back().consonants.push_back(letter);
    } else if (letter >= kVowelFirst && letter <= 0x17DD) {
      if (begun) AddSign(letter, clusters.back());
    } else {
      clusters.push_back({.alone = AloneOf(letter)});
    }
    below = letter == kCoeng;
  }
  return clusters;
}

std::string OnsetOf(const Cluster& cluster) {
  std::u32string_view letters = cluster.consonants;
  if (letters.size() > 1 && letters[0] == kHa) {
    // A letter of foreign words: f, or what stands below alone.
    if (letters[1] == kVo) return "f";
    letters.remove_prefix(1);
  }
  std::string latin;
  for (const char32_t letter : letters) latin += ConsonantOf(letter).latin;
  return latin;
}

// Whether a consonant without a sign ends the syllable before it.
bool EndsSyllable(const std::vector<Cluster>& clusters, std::size_t at, bool open) {
  if (clusters[at].is_final) return true;
  if (!open) return false;
  return at + 1 == clusters.size() || clusters[at + 1].HasVowel() ||
         clusters[at + 1].consonants.empty();
}

}  // namespace

std::string LatinOf(std::u32string_view word) {
  const std::vector<Cluster> clusters = ClustersOf(word);
  std::string latin;
  // Whether a vowel was said that no consonant has closed.
  bool open = false;
  for (std::size_t at = 0; at < clusters.size(); ++at) {
    const Cluster& cluster = clusters[at];
    if (cluster.consonants.empty()) {
      latin += cluster.alone;
      open = true;
      continue;
    }
    if (cluster.is_silent) continue;
    latin += OnsetOf(cluster);
    if (!cluster.HasVowel() && EndsSyllable(clusters, at, open)) {
      open = false;
      continue;
    }
    const bool first = cluster.series == 1;
    if (cluster.vowel != nullptr) {
      latin += first ? cluster.vowel->first : cluster.vowel->second;
    } else {
      latin += first || cluster.short_a ? "a" : "o";
    }
    if (cluster.ends_in_m) latin += "m";
    open = !cluster.ends_in_m;
  }
  return latin;
}

}  // namespace mlup::search
