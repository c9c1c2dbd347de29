// One office of an organisation with its villages: what it works with, and the people it knows.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "services/mlup/generate/book.h"
#include "services/mlup/generate/dice.h"

namespace mlup::cli::generate {

struct Person {
  std::string id;
  Day born;
  bool female = false;
  // Recorded on this day, and from the second on no longer spoken of: merged or dead.
  Day known;
  Day gone = Day::max();
  // The event that gave consent to the person's story, or empty.
  std::string story_consent;
};

struct FosterFamily {
  std::string household_id;
  Day approved;
  int capacity = 0;
  // Days on which children are there, with time to record it.
  struct Stay {
    Day from;
    Day to;
  };
  std::vector<Stay> stays;

  // Whether one more child may stay from a day to another one.
  bool HasRoom(Day from, Day to) const;
};

struct Span {
  Day first;
  Day last;
};

// What all lives of a branch share. Begin() records it; the lives and the programme go on from it.
struct Branch {
  Branch(std::string_view name, std::uint64_t seed, Span span);

  Dice dice;
  Book book;
  Span span;
  std::string province;

  std::string own_org;
  std::vector<std::string> homes;     // residential care institutions
  std::vector<std::string> partners;  // other organisations
  std::string authority;
  std::vector<std::string> clubs;
  std::vector<std::string> community_groups;
  std::vector<FosterFamily> foster_families;
  std::string store;
  std::string field_store;

  std::vector<Person> children;
  std::vector<Person> adults;
  std::vector<std::string> households;
  std::vector<Day> household_known;

  // A district's or commune's code of the branch's province.
  std::string Place(Dice& of) const;
};

// How many days after it happened something is recorded: mostly at once, now and then weeks later.
int Delay(Dice& dice);

// At most so long does Delay() make it.
inline constexpr int kDelayMax = 45;

struct Happening {
  Author author;
  Day day;
  const char* sector;
};

// Records in the branch within a week or so after it happened, somewhere there.
bool AddLate(Branch& branch, Dice& dice, const Happening& what, std::vector<Fact> facts);

// One of `people` who is known before a day and spoken of long after it; null where chance finds
// none.
const Person* Somebody(Dice& dice, const std::vector<Person>& people, Day day);

// Organisations, groups, stores and foster families.
void Begin(Branch& branch);

// One family from the first concern to the last visit; `number` names it. Returns children born or
// known to it.
void LiveFamily(Branch& branch, std::uint64_t seed, Day start);

// What the office does month by month: clubs, trainings, distributions, donations, plans.
void RunProgramme(Branch& branch, std::uint64_t seed);

// What an organisation plans and measures, once.
void PlanAndMeasure(Branch& branch);

}  // namespace mlup::cli::generate
