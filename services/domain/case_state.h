// What the rules of a case look at. The pages of the case share it: case.cc, casework.cc and
// placement.cc.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "services/domain/aggregate.h"
#include "services/domain/approvals.h"
#include "services/domain/merge.h"

namespace mlup::domain {

// In the order of the table's names; see case_life.cc.
enum CaseStatus : int {
  kCaseNotOpened,
  kCaseReceived,
  kCaseScreenedOut,
  kCaseOpen,
  kCaseAssessed,
  kCasePlanned,
  kCaseInService,
  kCaseClosureRequested,
  kCaseClosed,
  kCaseTransferred,
  kCaseDuplicate,
};

struct CaseState {
  LifeState life;
  std::string child_id;
  // Another organisation owns the case and is supported.
  bool supported_only = false;
  // Empty when the child is in no placement.
  std::string placement_id;
  ApprovalState approvals;
  // Approvals that a closing has used up.
  std::set<std::string> used_approvals;
  MergeState merge;
  // Of the plan in force; 0 for none.
  std::uint32_t plan_version = 0;
  Begun goals;
  // Actor ids of those who work on it now, the teams they were assigned with, and whether there
  // ever were any.
  Begun workers;
  std::map<std::string, std::string> teams;
  bool had_workers = false;
  Begun tasks;
  // Open until they are answered.
  Begun referrals;
  Begun transfers;
  // Referrals that were accepted, until they are completed.
  Begun accepted_referrals;
};

// The states of a case and the facts between them.
const Life<CaseState>& CaseLife();

// A child that is not named, or not known yet, is nobody else. OTHER_CHILD with the `field` that
// names it.
absl::Status NeedSameChild(const CaseState& state, const std::string& child_id,
                           std::string_view field = ".child.person_id");

// The same for the child that a fact about the case names.
template <typename Fact>
absl::Status MayForChild(const CaseState& state, const Fact& fact, const RuleContext&) {
  return NeedSameChild(state, fact.child().person_id());
}

// The rules of plans, reviews, workers, tasks and handshakes, and of placements.
void AddCasework(Aggregate<CaseState>& rules);
void AddPlacements(Aggregate<CaseState>& rules);

}  // namespace mlup::domain
