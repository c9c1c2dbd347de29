// How many of those who are asked for are found, and how many others with them: 2,000 invented
// people are on record, and every tenth is asked for in nine ways.
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include <gtest/gtest.h>

#include "services/search/invented_people.h"
#include "services/search/person_index.h"

namespace mlup::search {
namespace {

constexpr int kPeople = 2000;
constexpr int kAskedFor = 10;
constexpr std::size_t kAtMost = 10;
constexpr std::uint64_t kSeed = 20261130;

struct Tally {
  int asked = 0;
  int found = 0;
  int first = 0;
  int candidates = 0;
  // Candidates of a score that says "look at this one", and how many of them are the right one.
  int good = 0;
  int good_and_right = 0;
};
constexpr std::uint32_t kGoodScore = 85;

class RecallTest : public testing::Test {
 protected:
  using Asks = std::function<std::string(InventedPeople&, const InventedPeople::Person&)>;

  RecallTest() {
    for (int i = 0; i < kPeople; ++i) {
      people_.push_back(invented_.Next());
      index_.Put(absl::StrCat(i), Revision{1}, EntryOf(people_.back().facts, index_.tokens()));
    }
  }

  // `more`: the sex, and the year of birth as well as it is remembered.
  Query QueryFor(const std::string& name, const InventedPeople::Person& person, bool more) {
    Query query;
    query.names.push_back(index_.tokens().OfName(name));
    if (!more) return query;
    query.sex = person.facts.sex;
    query.birth.days =
        ParsePeriod(absl::StrCat(person.year + static_cast<int>(invented_.Below(3)) - 1));
    return query;
  }

  Tally Ask(const Asks& ask, bool more) {
    Tally tally;
    for (int i = 0; i < kPeople; i += kAskedFor) {
      const InventedPeople::Person& person = people_[static_cast<std::size_t>(i)];
      const Query query = QueryFor(ask(invented_, person), person, more);
      const Matches matches = index_.Find(query, kAtMost);
      ++tally.asked;
      tally.candidates += static_cast<int>(matches.all);
      for (std::size_t at = 0; at < matches.best.size(); ++at) {
        const bool right = matches.best[at].person_id == absl::StrCat(i);
        const bool good = matches.best[at].agreed.score >= kGoodScore;
        tally.found += right ? 1 : 0;
        tally.first += right && at == 0 ? 1 : 0;
        tally.good += good ? 1 : 0;
        tally.good_and_right += good && right ? 1 : 0;
      }
    }
    return tally;
  }

  InventedPeople invented_{kSeed};
  std::vector<InventedPeople::Person> people_;
  PersonIndex index_{std::string(privacy::SecretKey::kBytes, 'k')};
};

double Part(int some, int all) { return all == 0 ? 1 : static_cast<double>(some) / all; }

// Of all ways, as whole thousandths, in the results of the test program.
void Keep(const std::string& how, const Tally& tally) {
  const auto keep = [&](const std::string& what, int some, int all) {
    testing::Test::RecordProperty(absl::StrCat(how, ": ", what),
                                  static_cast<int>(1000 * Part(some, all)));
  };
  keep("recall at 10", tally.found, tally.asked);
  keep("first", tally.first, tally.asked);
  keep(absl::StrCat("precision from ", kGoodScore, " on"), tally.good_and_right, tally.good);
  keep("candidates", tally.candidates, tally.asked);
}

TEST_F(RecallTest, WhoIsAskedForIsAmongTheFirstTen) {
  using People = InventedPeople;
  using Person = InventedPeople::Person;
  struct Way {
    std::string how;
    Asks ask;
    bool more = true;
  };
  const std::vector<Way> ways = {
      {"as another office spells it", [](People& of, const Person& p) { return of.Latin(p); }},
      {"in Khmer", [](People&, const Person& p) { return People::Khmer(p); }},
      {"mistyped", [](People& of, const Person& p) { return of.Mistyped(of.Latin(p)); }},
      {"mistyped twice",
       [](People& of, const Person& p) { return of.Mistyped(of.Mistyped(of.Latin(p))); }},
      {"given name first",
       [](People& of, const Person& p) { return People::Swapped(of.Latin(p)); }},
      {"in one word", [](People& of, const Person& p) { return People::Joined(of.Latin(p)); }},
      {"given name only",
       [](People& of, const Person& p) { return People::GivenOnly(of.Latin(p)); }},
      {"given name only, in Khmer",
       [](People&, const Person& p) { return People::GivenOnly(People::Khmer(p)); }},
      {"by nothing but the name", [](People& of, const Person& p) { return of.Latin(p); }, false},
  };
  Tally all;
  for (const Way& way : ways) {
    const Tally tally = Ask(way.ask, way.more);
    Keep(way.how, tally);
    EXPECT_GE(Part(tally.found, tally.asked), 0.95) << way.how << ", seed " << kSeed;
    all.asked += tally.asked;
    all.found += tally.found;
    all.first += tally.first;
    all.candidates += tally.candidates;
    all.good += tally.good;
    all.good_and_right += tally.good_and_right;
  }
  Keep("all", all);
  EXPECT_GE(Part(all.first, all.asked), 0.9) << "seed " << kSeed;
  EXPECT_GE(Part(all.good_and_right, all.good), 0.9) << "seed " << kSeed;
}

}  // namespace
}  // namespace mlup::search
