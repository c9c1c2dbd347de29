// Reports that were published: what is on record of them, and whether their figures are still
// those.
//
// Every function may be called from any thread. Errors are what the source says.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/base/status.h"
#include "mlup/reports/v1/report_service.pb.h"
#include "projections/counting/report.h"

namespace mlup::counting {

// What was published, in that order, as known at a position. The figures are not looked at.
absl::StatusOr<std::vector<pb::PublishedReport>> FindPublished(const CountedFacts& facts,
                                                               Position up_to);

// Counts the figures of a published report again and holds them against the digest on record.
absl::StatusOr<pb::DigestCheck> CheckDigest(const CountedFacts& facts,
                                            const pb::PublishedReport& published);

// What publishing a report would put on record.
struct Draft {
  Cut cut;
  std::string figures_digest;
  std::string definitions_digest;
  // The record on which the entry of the period is finished; empty where it is not.
  std::string closed_on;
  // The one that stands for this report and period, and the codes of the figures that differ now.
  std::optional<pb::PublishedReport> standing;
  std::vector<std::string> changes;
};
absl::StatusOr<Draft> DraftPublication(const CountedFacts& facts,
                                       const pb::ReportDefinition& report, std::string_view period,
                                       const Cut& cut);

// SHA-256, in hexadecimal, of the figures with the positions of the events behind each, as section
// 4 of README.md writes them.
std::string FiguresDigest(std::string_view report, const Scope& scope,
                          const std::vector<CountedCell>& cells);

// SHA-256, in hexadecimal, of a report's definition with those of its figures.
std::string DefinitionsDigest(const Definitions& definitions, const pb::ReportDefinition& report);

}  // namespace mlup::counting
