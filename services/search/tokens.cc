#include "services/search/tokens.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include <sodium.h>

#include "eventstore/base/check.h"
#include "eventstore/base/status.h"
#include "services/search/khmer_latin.h"
#include "services/search/normal_form.h"
#include "services/search/sound_key.h"

namespace mlup::search {
namespace {

// Kinds of pieces, in the lowest bits of a token, and how much each says. A whole word says more
// than a piece of one; pieces find what is cut off or mistyped.
constexpr Token kKindBits = 3;
constexpr std::array<double, 4> kWeights = {1.0, 0.7, 1.5, 1.0};
constexpr Token kPieceFull = 0;
constexpr Token kPieceConsonants = 1;
constexpr Token kWordFull = 2;
constexpr Token kWordConsonants = 3;

constexpr std::size_t kPhoneDigitsMin = 6;
constexpr std::size_t kPhoneDigitsMax = 15;
constexpr std::size_t kNationalDigitsMin = 8;

// How much of two names being alike is that one holds the other.
constexpr double kHolding = 0.55;

Token Marked(Token token, Token kind) { return (token & ~kKindBits) | kind; }

double WeightOf(Token token) { return kWeights[token & kKindBits]; }

void Order(std::vector<Token>& tokens) {
  std::ranges::sort(tokens);
  tokens.erase(std::unique(tokens.begin(), tokens.end()), tokens.end());
  tokens.shrink_to_fit();
}

// Without the country's code and the zero before an area's.
std::string NationalOf(std::string_view phone) {
  const std::string digits = DigitsOf(phone);
  absl::string_view national = digits;
  absl::ConsumePrefix(&national, "00");
  if (national.size() >= kNationalDigitsMin + 3) absl::ConsumePrefix(&national, "855");
  absl::ConsumePrefix(&national, "0");
  return std::string(national.substr(0, kPhoneDigitsMax));
}

}  // namespace

Tokens::Tokens(std::string key) {
  CHECK(key.size() == privacy::SecretKey::kBytes);
  std::memcpy(key_.data(), key.data(), key.size());
  sodium_memzero(key.data(), key.size());
}

NameTokens Tokens::OfName(std::string_view name) const {
  NameTokens tokens;
  for (const std::u32string& word : WordsOf(name)) AddWord(word, tokens);
  Order(tokens.sounds);
  for (const Token token : tokens.sounds) tokens.weight += WeightOf(token);
  Order(tokens.written);
  Order(tokens.spoken);
  return tokens;
}

std::vector<Token> Tokens::OfPhone(std::string_view phone) const {
  const std::string national = NationalOf(phone);
  std::vector<Token> tokens;
  for (std::size_t digits = kPhoneDigitsMin; digits <= national.size(); ++digits) {
    tokens.push_back(Of('t', national.substr(national.size() - digits)));
  }
  return tokens;
}

Token Tokens::OfIdentifier(int scheme, std::string_view value) const {
  return Of('i', absl::StrCat(scheme, "/", SerialOf(value)));
}

Token Tokens::OfDay(std::string_view day) const { return Of('d', day); }

Token Tokens::Of(char kind, std::string_view text) const {
  static_assert(privacy::SecretKey::kBytes >= crypto_shorthash_KEYBYTES);
  static_assert(sizeof(Token) == crypto_shorthash_BYTES);
  const std::string bytes = absl::StrCat(std::string(1, kind), ToAbsl(text));
  Token token = 0;
  crypto_shorthash(reinterpret_cast<unsigned char*>(&token),
                   reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), key_.data());
  return token;
}

void Tokens::AddWord(std::u32string_view word, NameTokens& tokens) const {
  const SoundKey key = SoundKeyOf(LatinOf(word));
  if (key.full.empty()) return;
  tokens.written.push_back(Of('w', ToUtf8(word)));
  tokens.spoken.push_back(Of('s', key.full));
  tokens.sounds.push_back(Marked(Of('F', key.full), kWordFull));
  tokens.sounds.push_back(Marked(Of('C', key.consonants), kWordConsonants));
  AddPieces('f', key.full, tokens.sounds);
  AddPieces('c', key.consonants, tokens.sounds);
}

void Tokens::AddPieces(char kind, const std::string& key, std::vector<Token>& sounds) const {
  const std::string whole = absl::StrCat("^", key, "$");
  const Token mark = kind == 'f' ? kPieceFull : kPieceConsonants;
  for (std::size_t at = 0; at + 2 <= whole.size(); ++at) {
    sounds.push_back(Marked(Of(kind, whole.substr(at, 2)), mark));
  }
  for (std::size_t at = 0; at + 3 <= whole.size(); ++at) {
    sounds.push_back(Marked(Of(kind, whole.substr(at, 3)), mark));
  }
}

double Likeness(const NameTokens& one, const NameTokens& other) {
  double shared = 0;
  auto mine = one.sounds.begin();
  auto theirs = other.sounds.begin();
  while (mine != one.sounds.end() && theirs != other.sounds.end()) {
    if (*mine == *theirs) {
      shared += WeightOf(*mine);
      ++mine;
      ++theirs;
    } else if (*mine < *theirs) {
      ++mine;
    } else {
      ++theirs;
    }
  }
  if (shared == 0) return 0;
  return kHolding * shared / std::min(one.weight, other.weight) +
         (1 - kHolding) * 2 * shared / (one.weight + other.weight);
}

bool AreAmong(const std::vector<Token>& some, const std::vector<Token>& all) {
  return !some.empty() && std::ranges::includes(all, some);
}

}  // namespace mlup::search
