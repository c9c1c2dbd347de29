// A child's history from the records of its timeline.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "mlup/audit/v1/audit.pb.h"
#include "mlup/log/v1/envelope.pb.h"
#include "services/identity/policy.h"
#include "services/privacy/keyring.h"
#include "services/query/names.h"

namespace mlup::query {

// What a history is made with. Borrows everything.
struct HistoryParts {
  const identity::Policy& policy;
  const privacy::Keyring& keyring;
  Names& names;
};

// Whose history it is and how much the reader may see.
struct HistoryView {
  std::string person_id;
  // All records of the child: only their parts are opened and shown.
  std::set<std::string> person_ids;
  bool may_open_personal = false;
  // Fields of special categories too.
  bool reveals_special = false;
  // What certainly happened after this day is left out, with what voids or corrects it.
  std::optional<Day> occurred_until = std::nullopt;
  // Each entry with what held after it.
  bool with_states = false;
  // Entries are made of these positions only, and of all where it is not given.
  std::optional<std::set<Position>> only = std::nullopt;
};

struct History {
  // In order of occurrence, then position; what is not datable stands last. A void or correction
  // stands directly after what it concerns.
  std::vector<audit::v1::HistoryEntry> entries;
  // Positions of records that this program cannot read: no entries.
  std::vector<std::uint64_t> unreadable;
  // The child's name as the reader may see it.
  std::string subject;
};

// From records in order of position, among which those of readings may stand. DATA_LOSS when a
// sealed part was changed. Pure but for the names.
absl::StatusOr<History> BuildHistory(const std::vector<log::v1::Record>& records,
                                     const HistoryView& view, const HistoryParts& parts);

}  // namespace mlup::query
