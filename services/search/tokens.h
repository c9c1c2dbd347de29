// What is kept of names and numbers in memory: tokens under a key that nobody else has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "services/privacy/secret_key.h"

namespace mlup::search {

using Token = std::uint64_t;

// The tokens of one name, each once, in order.
struct NameTokens {
  // Of how it sounds: words, consonants of words, and pieces of both. The lowest bits tell which.
  std::vector<Token> sounds;
  // What they weigh together.
  double weight = 0;
  // Of its words as they are written and as they sound.
  std::vector<Token> written;
  std::vector<Token> spoken;

  bool empty() const { return sounds.empty(); }
};

// Makes tokens: keyed SipHash-2-4 of what a text is folded to, under a key that is made when this
// is, stays in locked memory and is never written. Whoever sees tokens and not the key, as in
// memory that was swapped out, sees which are equal, and no more. Any thread.
class Tokens {
 public:
  // `key` is random and of SecretKey::kBytes; it is wiped.
  explicit Tokens(std::string key);

  NameTokens OfName(std::string_view name) const;
  // Of a telephone number: its last 6, 7 ... digits, the whole one last. Empty where there are
  // fewer.
  std::vector<Token> OfPhone(std::string_view phone) const;
  // Of an identifier in a register; register 0 is any.
  Token OfIdentifier(int scheme, std::string_view value) const;
  // Of a day of birth, `2014-03-09`.
  Token OfDay(std::string_view day) const;

 private:
  Token Of(char kind, std::string_view text) const;
  void AddWord(std::u32string_view word, NameTokens& tokens) const;
  void AddPieces(char kind, const std::string& key, std::vector<Token>& sounds) const;

  privacy::SecretKey key_;
};

// How alike two names are: 0 to 1, where 1 is that one holds all that the other sounds like. Pure.
double Likeness(const NameTokens& one, const NameTokens& other);

// Whether each of `some` is among `all`; not so where there are none. Both in order.
bool AreAmong(const std::vector<Token>& some, const std::vector<Token>& all);

}  // namespace mlup::search
