// Random histories: the feed gives exactly what a straightforward reading of the rules gives.
//
// The reference knows the whole history and searches it from its beginning for every question; it
// shares no code with the product but the messages.
#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "services/sharing/sharing_test_world.h"

namespace mlup::sharing::feed_property_test {
namespace {

constexpr unsigned kPersons = 6;
constexpr unsigned kFirstCase = 20;
constexpr unsigned kCases = 6;

// What happened, in words of its own.
struct Registered {
  unsigned person;
};
struct Consented {
  unsigned person;
  bool given;
};
struct Opened {
  unsigned number, child;
};
struct Served {
  unsigned number;
};
struct Reported {
  std::vector<unsigned> children;
};
struct Merged {
  unsigned ended, survivor;
};
struct Unmerged {
  unsigned ended;
  std::size_t merge;
};
// `target` is an index into the history.
struct Voided {
  std::size_t target;
};
using Fact =
    std::variant<Registered, Consented, Opened, Served, Reported, Merged, Unmerged, Voided>;

// What a subscriber sees of one fact: nothing, or these persons' parts.
struct Sight {
  bool seen = false;
  std::set<unsigned> persons;
};

class Reference {
 public:
  // What is seen of `history[at]` while the whole of `history` is known.
  Sight Look(const std::vector<Fact>& history, std::size_t at) {
    history_ = &history;
    at_ = at;
    Sight sight = std::visit([this](const auto& fact) { return See(fact); }, history[at]);
    if (sight.seen) received_.insert(at);
    return sight;
  }

 private:
  Sight See(const Registered& fact) { return Own(fact.person); }
  Sight See(const Consented& fact) { return Own(fact.person); }
  Sight See(const Opened& fact) {
    if (!CaseIsOpen(fact.number)) return {};
    return Own(fact.child);
  }
  Sight See(const Served& fact) {
    // A case has one child in these histories.
    const std::set<unsigned> children = ChildrenOf(fact.number);
    if (children.empty() || !CaseIsOpen(fact.number)) return {};
    for (const unsigned child : children) knows_.insert(child);
    return {true, {}};
  }
  Sight See(const Reported& fact) {
    Sight sight;
    for (const unsigned child : fact.children) {
      if (!Consents(child)) continue;
      sight.seen = true;
      sight.persons.insert(child);
      knows_.insert(child);
    }
    return sight;
  }
  Sight See(const Merged& fact) {
    const bool both = Consents(fact.ended) && Consents(fact.survivor);
    const bool ended = Consents(fact.ended);
    const bool follows = knows_.contains(fact.ended) || (knows_.contains(fact.survivor) && ended);
    if (!follows && !ended) return {};
    Sight sight{true, {}};
    // Covered and consented: the parts of those who consent. Otherwise the reference, with both.
    for (const unsigned person : {fact.ended, fact.survivor}) {
      if (both || !ended || Consents(person)) {
        sight.persons.insert(person);
        knows_.insert(person);
      }
    }
    return sight;
  }
  Sight See(const Unmerged& fact) {
    const bool follows = received_.contains(fact.merge) || knows_.contains(fact.ended);
    if (!follows) return {};
    if (Consents(fact.ended)) knows_.insert(fact.ended);
    return {true, {fact.ended}};
  }
  Sight See(const Voided& fact) { return {received_.contains(fact.target), {}}; }

  // An event on a person's record with that person's part.
  Sight Own(unsigned person) {
    if (!Consents(person)) return {};
    knows_.insert(person);
    return {true, {person}};
  }

  std::set<unsigned> ChildrenOf(unsigned number) const {
    std::set<unsigned> children;
    for (const Fact& fact : *history_) {
      const auto* opened = std::get_if<Opened>(&fact);
      if (opened != nullptr && opened->number == number) children.insert(opened->child);
    }
    return children;
  }
  bool CaseIsOpen(unsigned number) const {
    const std::set<unsigned> children = ChildrenOf(number);
    return std::all_of(children.begin(), children.end(),
                       [this](unsigned child) { return Consents(child); });
  }

  bool IsVoided(std::size_t at) const {
    return std::any_of(history_->begin(), history_->end(), [at](const Fact& fact) {
      const auto* voided = std::get_if<Voided>(&fact);
      return voided != nullptr && voided->target == at;
    });
  }

  // The record into which `person` is merged and where, as of the end of the history.
  std::pair<unsigned, std::size_t> MergeOf(unsigned person) const {
    std::pair<unsigned, std::size_t> latest{person, 0};
    for (std::size_t i = 0; i < history_->size(); ++i) {
      if (const auto* merged = std::get_if<Merged>(&(*history_)[i]);
          merged != nullptr && merged->ended == person && !IsVoided(i)) {
        latest = {merged->survivor, i};
      }
      if (const auto* unmerged = std::get_if<Unmerged>(&(*history_)[i]);
          unmerged != nullptr && unmerged->ended == person && !IsVoided(i)) {
        latest = {person, i};
      }
    }
    return latest;
  }
  unsigned RootOf(unsigned person) const {
    for (unsigned i = 0; i <= kPersons; ++i) person = MergeOf(person).first;
    return person;
  }

  // 0 nothing, 1 given, -1 refused; and where.
  std::pair<int, std::size_t> DecisionOf(unsigned person) const {
    std::pair<int, std::size_t> latest{0, 0};
    for (std::size_t i = 0; i < history_->size(); ++i) {
      const auto* consented = std::get_if<Consented>(&(*history_)[i]);
      if (consented == nullptr || consented->person != person || IsVoided(i)) continue;
      latest = {consented->given ? 1 : -1, i};
    }
    return latest;
  }

  bool Consents(unsigned person) const {
    const unsigned root = RootOf(person);
    const auto of_root = DecisionOf(root);
    if (of_root.first != 1) return false;
    for (unsigned other = 1; other <= kPersons; ++other) {
      if (other == root || RootOf(other) != root) continue;
      const auto of_other = DecisionOf(other);
      const bool superseded =
          of_root.second > MergeOf(other).second && of_root.second > of_other.second;
      if (of_other.first == -1 && !superseded) return false;
    }
    return true;
  }

  const std::vector<Fact>* history_ = nullptr;
  std::size_t at_ = 0;
  std::set<std::size_t> received_;
  std::set<unsigned> knows_;
};

// Writes random facts to the world's log and into its own history.
class Author {
 public:
  Author(TestWorld& world, std::uint64_t seed) : world_(world), random_(seed) {
    for (unsigned person = 1; person <= kPersons; ++person) {
      Add(Registered{person}, world_.Register(person));
    }
  }

  void Write() {
    switch (Below(9)) {
      case 0:
      case 1: {
        const Consented fact{Person(), Below(3) > 0};
        return Add(fact, world_.Consent(fact.person, fact.given));
      }
      case 2:
        return WriteCase();
      case 3: {
        const unsigned number = kFirstCase + Below(kCases);
        return Add(Served{number}, world_.Serve(number));
      }
      case 4: {
        const std::vector<unsigned> children = {1 + Below(kPersons / 2), 4 + Below(kPersons / 2)};
        return Add(Reported{children}, world_.Report(40 + Below(3), children));
      }
      case 5:
        return WriteMerge();
      case 6:
        return WriteUnmerge();
      default:
        return WriteVoid();
    }
  }

  const std::vector<Fact>& history() const { return history_; }

 private:
  unsigned Below(unsigned bound) { return static_cast<unsigned>(random_() % bound); }
  unsigned Person() { return 1 + Below(kPersons); }

  void Add(Fact fact, Position position) {
    history_.push_back(std::move(fact));
    ASSERT_EQ(position.value, history_.size());
  }

  void WriteCase() {
    const unsigned number = Below(kCases);
    // Each case has a child of its own.
    const Opened fact{kFirstCase + number, 1 + number};
    Add(fact, world_.OpenCase(fact.number, fact.child));
  }

  void WriteMerge() {
    const Merged fact{Person(), Person()};
    if (fact.ended == fact.survivor || merged_.contains(fact.ended) ||
        merged_.contains(fact.survivor)) {
      return;
    }
    merged_[fact.ended] = history_.size();
    Add(fact, world_.Merge(fact.ended, fact.survivor));
  }

  void WriteUnmerge() {
    if (merged_.empty()) return;
    const auto [ended, merge] = *merged_.begin();
    merged_.erase(merged_.begin());
    Add(Unmerged{ended, merge}, world_.Unmerge(ended, {merge + 1}));
  }

  // Merges are undone by being unmerged.
  void WriteVoid() {
    const std::size_t target = Below(static_cast<unsigned>(history_.size()));
    const Fact& fact = history_[target];
    std::string stream;
    if (const auto* consented = std::get_if<Consented>(&fact)) {
      stream = PersonStream(consented->person);
    } else if (const auto* served = std::get_if<Served>(&fact)) {
      stream = CaseStream(served->number);
    } else if (const auto found = voids_.find(target); found != voids_.end()) {
      stream = found->second;
    }
    if (stream.empty() || !voided_.insert(target).second) return;
    voids_[history_.size()] = stream;
    Add(Voided{target}, world_.Void(stream, {target + 1}));
  }

  TestWorld& world_;
  std::mt19937_64 random_;
  std::vector<Fact> history_;
  std::map<unsigned, std::size_t> merged_;
  std::set<std::size_t> voided_;
  // Each void with its stream.
  std::map<std::size_t, std::string> voids_;
};

std::set<unsigned> PersonsIn(const log::v1::Record& record) {
  std::set<unsigned> persons;
  const std::string bytes = record.SerializeAsString();
  for (unsigned person = 1; person <= kPersons; ++person) {
    for (const log::v1::SubjectPart& part : record.event().subjects()) {
      if (part.subject_id() == TestId(person)) persons.insert(person);
    }
    // Nobody is named in any other way, but for the stream's own name.
    const bool named = bytes.find(TestId(person)) != std::string::npos;
    EXPECT_EQ(named, persons.contains(person) || record.stream() == PersonStream(person))
        << record.ShortDebugString();
  }
  return persons;
}

class FeedPropertyTest : public testing::TestWithParam<std::uint64_t> {};

TEST_P(FeedPropertyTest, TheFeedGivesWhatTheReferenceGives) {
  SCOPED_TRACE(testing::Message() << "seed " << GetParam());
  TestWorld world(kTwoSubscribers);
  Author author(world, GetParam());
  Reference reference;
  std::mt19937_64 random(GetParam() + 1000);
  std::unique_ptr<Feed> feed = world.Open("ministry");
  std::size_t looked = 0;
  std::size_t seen = 0;
  for (int round = 0; round < 25; ++round) {
    for (std::uint64_t i = random() % 8; i > 0; --i) author.Write();
    if (looked == author.history().size()) continue;
    std::map<std::uint64_t, std::set<unsigned>> given;
    for (const log::v1::Record& record : world.Drain(*feed)) {
      given[record.position()] = PersonsIn(record);
    }
    std::map<std::uint64_t, std::set<unsigned>> expected;
    for (; looked < author.history().size(); ++looked) {
      const Sight sight = reference.Look(author.history(), looked);
      if (sight.seen) expected[looked + 1] = sight.persons;
    }
    ASSERT_EQ(given, expected);
    seen += given.size();
    if (random() % 12 == 0) {
      feed.reset();
      world.Restart();
      feed = world.Open("ministry", {looked});
    }
  }
  EXPECT_GT(seen, 0u);
  EXPECT_GT(author.history().size(), seen);
}

// Positions of what follows a person, which who reads backward may be told more of, and of the
// rest.
struct Positions {
  std::set<std::uint64_t> of_persons;
  std::set<std::uint64_t> others;
};

Positions PositionsOf(const std::vector<log::v1::Record>& records,
                      const std::vector<Fact>& history) {
  Positions found;
  for (const log::v1::Record& record : records) {
    const Fact& fact = history[record.position() - 1];
    const bool of_person =
        std::holds_alternative<Merged>(fact) || std::holds_alternative<Unmerged>(fact);
    (of_person ? found.of_persons : found.others).insert(record.position());
  }
  return found;
}

TEST_P(FeedPropertyTest, WhoReadsBackwardSeesWhatWhoReadsForwardSees) {
  SCOPED_TRACE(testing::Message() << "seed " << GetParam());
  std::string subscribers;
  for (int i = 0; i < 5; ++i) {
    subscribers +=
        "subscribers { subscriber_id: \"s" + std::to_string(i) +
        "\" organisation_id: \"ministry\" purpose: \"referrals\" agreement { "
        "filter { type_prefixes: \"mlup.cases.v1.\" } fields { type: \"*\" paths: \"*\" } "
        "consent: CONSENT_PURPOSE_SHARE_WITH_GOVERNMENT } }";
  }
  TestWorld world(subscribers);
  Author author(world, GetParam());
  std::mt19937_64 random(GetParam() + 2000);
  for (int i = 0; i < 90; ++i) author.Write();
  const Positions forward = PositionsOf(world.Drain(*world.Open("s0")), author.history());
  EXPECT_FALSE(forward.others.empty());
  for (const std::uint32_t page : {1U, 2U, 2 + static_cast<std::uint32_t>(random() % 9), 1024U}) {
    const std::string name = "s" + std::to_string(page == 1      ? 1
                                                  : page == 2    ? 2
                                                  : page == 1024 ? 4
                                                                 : 3);
    const Positions backward =
        PositionsOf(world.ReadSingly(name, page, log::v1::DIRECTION_BACKWARD), author.history());
    EXPECT_EQ(backward.others, forward.others) << "in pages of " << page;
    EXPECT_TRUE(std::includes(backward.of_persons.begin(), backward.of_persons.end(),
                              forward.of_persons.begin(), forward.of_persons.end()))
        << "in pages of " << page;
    for (std::size_t i = 0; i < author.history().size(); ++i) {
      const auto* voided = std::get_if<Voided>(&author.history()[i]);
      if (voided == nullptr || backward.others.count(voided->target + 1) == 0) continue;
      EXPECT_TRUE(backward.others.count(i + 1) == 1)
          << voided->target + 1 << " without its void in pages of " << page;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, FeedPropertyTest, testing::Range<std::uint64_t>(1, 25));

}  // namespace
}  // namespace mlup::sharing::feed_property_test
