// Facts as rows of mlup.fact_event and mlup.fact_event_changed.
#pragma once

#include <string>
#include <string_view>

#include "eventstore/base/status.h"
#include "projections/facts/fact.h"
#include "projections/postgres/copy_text.h"

namespace mlup::postgres {

// Adds the row of a fact. INTERNAL EVENT_TYPE_UNKNOWN, DATA_LOSS FACT_DAMAGED, after which nothing
// is added.
absl::Status AddFactRow(const projections::Fact& fact, CopyText& rows);

// Adds the row of a fact as corrected, `known`. As above.
absl::Status AddCorrectedRow(const projections::Fact& known, CopyText& rows);
// Adds the row of a fact that counts no more.
void AddEndedRow(Position position, CopyText& rows);

// The first two digits of a place, `unknown` or `remote`; empty for what is no place.
std::string_view ProvinceOf(std::string_view place);

// JSON in which U+0000, which jsonb refuses, is U+FFFD.
std::string WithoutNul(std::string json);

}  // namespace mlup::postgres
