// What somebody should look at in the data: for people who look after it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "eventstore/base/days.h"
#include "mlup/reports/v1/report_service.pb.h"
#include "projections/counting/counted_facts.h"

namespace mlup::counting {

// What was recorded more than so many days after it happened is told.
inline constexpr int kLateDays = 30;
// A device of which nothing came for so many days is told.
inline constexpr int kSilentDays = 14;

struct QualityQuestion {
  Position up_to = {};
  // Only what may belong to it.
  std::optional<DayRange> period = {};
  // None means all.
  std::set<reports::v1::QualityKind> kinds = {};
  // Of which day it is asked; devices are silent up to it.
  Day today = {};
  // Which of the findings are answered.
  std::size_t offset = 0;
  std::size_t size = SIZE_MAX;
};

struct QualityList {
  // In order of position, devices last.
  std::vector<reports::v1::QualityFinding> findings;
  // Of each kind that there is in the period.
  std::map<reports::v1::QualityKind, std::uint32_t> counts;
};

// Looks at every living event up to a position; at none whose clear fields are for few. Reads every
// fact again, and keeps 16 bytes for each of those that may stand twice. Any thread. What the
// source says.
absl::StatusOr<QualityList> FindQuality(const CountedFacts& facts, const QualityQuestion& question);

}  // namespace mlup::counting
