// What the rules of persons, households and cases need to know of the streams they read: a pure
// fold.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "mlup/cases/v1/case_service.pb.h"
#include "services/command/rule_context.h"

namespace mlup::cases {

namespace pb = ::mlup::cases::v1;

enum class CaseStatus { kNotOpened, kOpen, kClosed };

struct HeldRole {
  pb::PersonRole role;
  std::string org_id;
  std::string group_id;

  friend bool operator==(const HeldRole&, const HeldRole&) = default;
};

// A consent that was given and not refused later for the same purpose.
struct Consent {
  std::string person_id;
  pb::ConsentPurpose purpose;
  // Last day on which it holds; nothing for no end.
  std::optional<Day> valid_until;
};

// One stream, of whichever category.
struct RecordState {
  // It holds an event of this service.
  bool known = false;

  // Cases.
  CaseStatus status = CaseStatus::kNotOpened;
  std::string child_id;
  // Another organisation owns the case and is supported.
  bool supported_only = false;
  // Empty when the child is in no placement.
  std::string placement_id;

  // Persons. Consents by event id.
  std::vector<HeldRole> roles;
  std::map<std::string, Consent> consents;

  // Households.
  std::set<std::string> member_ids;

  // Persons and households: the merge that ended the record; empty while it lives.
  std::string merge_event_id;

  // Approvals asked for and not answered, and those granted and not used, by id.
  std::map<std::string, common::v1::ApprovalSubject> asked;
  std::map<std::string, common::v1::ApprovalSubject> granted;
};

// All streams that a command reads, by name.
struct RecordStates {
  std::map<std::string, RecordState> streams;

  // The stream's state; that of an empty stream for one that holds nothing.
  const RecordState& Of(const std::string& stream) const;
};

void Evolve(RecordStates& states, const pb::CaseEvent& event, const command::EventInfo& info);

}  // namespace mlup::cases
