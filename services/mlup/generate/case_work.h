// The cases of a family's children, from the first concern to the last visit.
#pragma once

#include <string>

#include "services/mlup/generate/family_record.h"

namespace mlup::cli::generate {

class CaseWork : protected FamilyRecord {
 protected:
  using FamilyRecord::FamilyRecord;
  ~CaseWork() = default;

  // True where the case is open afterwards.
  bool BeginCase(Child& child, Day& day);
  std::string Incident(const Child& child, Day day);
  void GroupSiblings(Day day);
  void Assess(Child& child, Day day);
  void Plan(Child& child, Day day);
  void Place(Child& child, Day day);
  void Help(Child& child, Day day, int month);
  void Close(Child& child, Day day);

 private:
  // One with room until long after the family's last day here.
  FosterFamily* Foster(Day day);
  void EndPlacement(Child& child, Day day, const char* reason);
  void Task(const Child& child, Day day);
  void Refer(const Child& child, Day day);
  void Review(Child& child, Day day);
  void EndGoal(Child& child, Day day, const char* result);
  // What was entered wrongly is voided or corrected.
  void Mend(Child& child, Day day);
  void HandOver(Child& child, Day day);
  void Transfer(Child& child, Day day);
};

}  // namespace mlup::cli::generate
