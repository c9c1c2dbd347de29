// How well what is asked for agrees with somebody on record.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "eventstore/base/days.h"
#include "mlup/cases/v1/person_events.pb.h"
#include "mlup/search/v1/search_service.pb.h"
#include "services/search/person_facts.h"
#include "services/search/tokens.h"

namespace mlup::search {

// What is known of a birth.
struct Birth {
  // The days on which it may have been.
  std::optional<DayRange> days;
  // Of the day, where it is known.
  std::optional<Token> day;
  // Whether the days are an estimate.
  bool is_estimated = false;
};

// A person as the index holds one: no text but what the log holds in clear (sex, month of birth,
// province) and ids.
struct Entry {
  std::vector<NameTokens> names;
  // Of each number as Tokens::OfPhone() gives them.
  std::vector<std::vector<Token>> phones;
  // Of each identifier: with its register, and with any.
  std::vector<Token> identifiers;
  cases::v1::Sex sex = cases::v1::SEX_UNSPECIFIED;
  Birth birth;
  std::string province;
};

Entry EntryOf(const PersonFacts& facts, const Tokens& tokens);

// What is asked for; empty or nothing where it is not.
struct Query {
  std::vector<NameTokens> names;
  std::vector<Token> phone;
  std::optional<Token> identifier;
  cases::v1::Sex sex = cases::v1::SEX_UNSPECIFIED;
  Birth birth;
  std::string province;
};

struct Agreed {
  // 1 to 100; 0 for somebody who is no candidate.
  std::uint32_t score = 0;
  std::vector<v1::Agreement> agreements;
};

// A candidate agrees in a name, a number, or, where neither was asked for, the birth. Each field
// that both know counts by its weight. What changes or is misheard lowers the score little where it
// differs (a telephone number), what does not, more (sex). Pure.
Agreed Compare(const Query& query, const Entry& entry);

}  // namespace mlup::search
