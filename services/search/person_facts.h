// What the record of a person says now, opened: what a search looks at.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "eventstore/base/days.h"
#include "eventstore/base/status.h"
#include "eventstore/log/event_log.h"
#include "mlup/cases/v1/person_events.pb.h"
#include "mlup/cases/v1/person_record_events.pb.h"
#include "mlup/log/v1/envelope.pb.h"
#include "services/privacy/keyring.h"

namespace mlup::search {

// Voids and corrections applied. Plaintext: it lives as long as one call.
struct PersonFacts {
  std::vector<std::string> names;
  std::vector<std::string> phones;
  std::vector<std::pair<cases::v1::IdentifierScheme, std::string>> identifiers;
  cases::v1::Sex sex = cases::v1::SEX_UNSPECIFIED;
  // As recorded, month or year; empty where nobody knows.
  std::string birth_month;
  std::optional<Day> birth_day;
  bool birth_estimated = false;
  std::string province;
  // That began the record.
  std::string organisation_id;
  // Empty while the record goes on by itself.
  std::string merged_into;
  std::set<std::string> possible_duplicates;
  std::set<std::string> dismissed_duplicates;
};

// All records of a stream, in order. What the log says.
absl::StatusOr<std::vector<log::v1::Record>> ReadStream(log::EventLog& log,
                                                        const std::string& stream);

// What the records of `person/<id>` say; nothing where no registration stands, or the person's key
// is destroyed. What was damaged before it was recorded is passed over. Pure but for the keyring.
std::optional<PersonFacts> FactsOf(const std::vector<log::v1::Record>& records,
                                   const privacy::Keyring& keyring);

// Whether an event of this type may change what FactsOf() says.
bool IsSearched(const std::string& type);

}  // namespace mlup::search
