// Reports: definitions evaluated over facts, for a period and a knowledge cut.
//
// Every function is pure and may be called from any thread. Rows, their order and their words are
// those of mlup.reports.v1; the rules stand in projections/counting/README.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/base/days.h"
#include "eventstore/base/status.h"
#include "mlup/reports/v1/report_service.pb.h"
#include "projections/counting/counted_facts.h"
#include "projections/counting/world.h"

namespace mlup::counting {

// Which period, as known when.
struct Scope {
  DayRange period;
  Cut cut;
  // What was known then is compared with; where nothing stands, what was known when the last report
  // of the period was published.
  std::optional<Cut> compared = std::nullopt;
};

// Reads a request's scope; position 0, or one past `head`, means `head`. INVALID_ARGUMENT
// PERIOD_INVALID, DAY_INVALID with the field.
absl::StatusOr<Scope> ParseScope(const reports::v1::Scope& scope, Position head);

// The cut of a request; positions as in ParseScope(). INVALID_ARGUMENT DAY_INVALID, naming
// `<message>.as_known_at`.
absl::StatusOr<Cut> ParseCut(const reports::v1::Knowledge& knowledge, Position head,
                             std::string_view message);

// A report; no codes means all indicators. Where two cuts are compared, the rows that differ.
// NOT_FOUND INDICATOR_UNKNOWN; what the source says.
absl::StatusOr<reports::v1::GetReportResponse> ComputeReport(
    const CountedFacts& facts, const Scope& scope, const std::vector<std::string>& codes = {});

// What one event behind a cell adds to its value: `1`, or its quantity; empty where it was not
// counted.
struct CellShare {
  Position position;
  std::string contributes;
};

// A row of a report with all events behind it, in order of position.
struct CountedCell {
  reports::v1::Row row;
  std::vector<CellShare> shares;
};

// The rows of ComputeReport(), each with its evidence. NOT_FOUND INDICATOR_UNKNOWN; what the source
// says.
absl::StatusOr<std::vector<CountedCell>> ComputeCells(const CountedFacts& facts, const Scope& scope,
                                                      const std::vector<std::string>& codes = {});

// One event behind a cell.
struct EvidenceEvent {
  // As known at the cut: days, place and message are corrected.
  Fact fact;
  // As in CellShare.
  std::string contributes;
};

// Some of the events behind a cell.
struct EvidencePage {
  std::size_t offset = 0;
  std::size_t size = SIZE_MAX;
};

struct CellEvidence {
  reports::v1::Row row;
  // Those of the page, in order of position.
  std::vector<EvidenceEvent> events;
  // How many there are in all.
  std::size_t total = 0;
};

// The events behind one cell. NOT_FOUND INDICATOR_UNKNOWN, CELL_UNKNOWN.
absl::StatusOr<CellEvidence> FindEvidence(const CountedFacts& facts, const Scope& scope,
                                          const reports::v1::Cell& cell,
                                          const EvidencePage& page = {});

// Visits the events of one category that lie in the period for certain, as known at the cut, oldest
// first; none that was voided. Stops at the first error and returns it.
absl::Status VisitKnown(const CountedFacts& facts, const Scope& scope, std::string_view category,
                        const projections::FactSource::Visit& visit);

// Adds the totals of indicators that can be added. NOT_FOUND INDICATOR_UNKNOWN;
// FAILED_PRECONDITION OVERLAPPING_PEOPLE (names the pairs and how many they share), UNITS_DIFFER,
// NOT_ADDITIVE.
absl::StatusOr<reports::v1::SumIndicatorsResponse> SumIndicators(
    const CountedFacts& facts, const Scope& scope, const std::vector<std::string>& codes);

}  // namespace mlup::counting
