// Of which periods there is something to report, and on which days it became known.
//
// Pure; any thread.
#pragma once

#include "eventstore/base/days.h"
#include "eventstore/base/status.h"
#include "mlup/reports/v1/report_service.pb.h"
#include "projections/counting/counted_facts.h"

namespace mlup::counting {

// The quarters in which facts up to a position lie, the last one first: each with the number of
// facts that may belong to it. A fact of unknown time is in none.
absl::StatusOr<reports::v1::ListPeriodsResponse> ListPeriods(const CountedFacts& facts,
                                                             Position up_to);

// The days on which facts up to a position became known that may move a figure of the period, in
// order: those that may belong to it, those of unknown time, and those that void, correct or join
// what was told before. Between two of them every report of the period is the same.
absl::StatusOr<reports::v1::ListKnowledgeDaysResponse> ListKnowledgeDays(const CountedFacts& facts,
                                                                         const DayRange& period,
                                                                         Position up_to);

}  // namespace mlup::counting
