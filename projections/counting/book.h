// The worlds that one report is written from: as known at its cut, and as published before.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "eventstore/base/status.h"
#include "mlup/reports/v1/report_service.pb.h"
#include "projections/counting/counted_facts.h"
#include "projections/counting/evaluate.h"
#include "projections/counting/report.h"
#include "projections/counting/restatement.h"

namespace mlup::counting {

// Immutable once opened: any thread. Borrows the facts; none is added to them while it lives.
class Book {
 public:
  static absl::StatusOr<std::unique_ptr<Book>> Open(const CountedFacts& facts, const Scope& scope);

  const World& world() const { return *now_; }
  const DayRange& period() const { return period_; }

  // The day of the cut; where none was asked for, that on which the last event of the cut was
  // recorded, which gives the same report. Nothing where nothing is recorded.
  std::optional<Day> KnownUntil() const { return known_until_; }

  // The figures of one indicator, now.
  Figures Read(const Indicator& indicator) const { return Evaluate(indicator, *now_, period_); }

  // Its rows, one for each cell and in their order, marked where they restate a published report.
  std::vector<reports::v1::Row> Rows(const Figures& figures) const;

 private:
  Book(std::unique_ptr<CountedFacts::Reading> reading, const DayRange& period,
       std::shared_ptr<const World> now);

  // The cut of the last report published for the period.
  std::optional<Cut> PublishedCut() const;
  void Restate(const Figures& now, const CellFigures& cell, const Figures& then,
               reports::v1::Row& row) const;
  reports::v1::Row RowOf(const Figures& figures, const CellFigures& cell) const;

  const std::unique_ptr<const CountedFacts::Reading> reading_;
  const DayRange period_;
  const std::shared_ptr<const World> now_;
  std::optional<Day> known_until_;
  // Both null where no report is published.
  std::shared_ptr<const World> then_;
  std::unique_ptr<const Restatement> restatement_;
};

}  // namespace mlup::counting
