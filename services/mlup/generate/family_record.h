// What all that is recorded of one family has in common.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "services/mlup/generate/book.h"
#include "services/mlup/generate/branch.h"
#include "services/mlup/generate/dice.h"

namespace mlup::cli::generate {

inline constexpr std::array<Author, 4> kWorkers = {{{"staff-sw-1", "social_worker"},
                                                    {"staff-sw-2", "social_worker"},
                                                    {"staff-sw-3", "social_worker"},
                                                    {"staff-sw-4", "social_worker"}}};

struct Child {
  std::size_t index = 0;  // among the branch's children
  std::string person_id;
  std::string case_id;
  // The event that gave consent to services, or empty.
  std::string service_consent;
  // Events of services of the case, to be voided or corrected.
  std::vector<std::string> services;
  std::string placement_id;
  std::string foster_household;
  int plan_version = 0;
  std::vector<std::string> goals;
  const char* worker = nullptr;
  bool open = false;
};

// The pen: what a family's records say stays in the order of what happened.
class FamilyRecord {
 protected:
  FamilyRecord(Branch& branch, std::uint64_t seed, Day start)
      : branch_(branch),
        book_(branch.book),
        dice_(seed),
        author_(dice_.Pick(kWorkers)),
        clock_(start),
        place_(branch.Place(dice_)) {}
  ~FamilyRecord() = default;

  std::string NewId(Day day) { return book_.NewId(day); }

  // Records what happened on a day.
  bool Add(Day day, std::vector<Fact> facts) { return AddBy(author_, day, std::move(facts)); }
  bool AddBy(Author author, Day day, std::vector<Fact> facts) {
    clock_ = std::max(clock_, day + Delay(dice_));
    return book_.Add({author, day, clock_, place_, "CASE_MGMT"}, std::move(facts));
  }
  // A day or some after `day`, which moves on.
  Day Later(Day& day, int most) { return day += dice_.Between(0, most); }

  // Approved by somebody else than who asks.
  std::string Approval(const std::string& stream, const char* subject, Day day) {
    std::string id = NewId(day);
    Add(day, {{stream, "approval_requested", {{"approval_id", id}, {"subject", subject}}}});
    AddBy(kSupervisor, day, {{stream, "approval_granted", {{"approval_id", id}}}});
    return id;
  }

  static std::string PersonStream(const std::string& id) { return "person/" + id; }
  static std::string CaseStream(const Child& child) { return "case/" + child.case_id; }
  static Json Of(const Child& child) { return {{"person_id", child.person_id}}; }

  Branch& branch_;
  Book& book_;
  Dice dice_;
  Author author_;
  // Nothing of the family is recorded before.
  Day clock_;
  std::string place_;
  std::string household_;
  std::vector<Child> children_;
};

}  // namespace mlup::cli::generate
