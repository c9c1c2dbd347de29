// One report: figures as known at its cut and as published before, and the rows that follow.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "eventstore/base/status.h"
#include "mlup/reports/v1/report_service.pb.h"
#include "projections/counting/changes.h"
#include "projections/counting/counted_facts.h"
#include "projections/counting/evaluate.h"
#include "projections/counting/kept_cells.h"
#include "projections/counting/report.h"
#include "projections/counting/restatement.h"

namespace mlup::counting {

// For one thread. Borrows the facts; none is added to them while it lives. A world is made when
// something has to be counted.
class Book {
 public:
  static absl::StatusOr<std::unique_ptr<Book>> Open(const CountedFacts& facts, const Scope& scope);

  const World& world();

  // The day of the cut; where none was asked for, that on which the last event of the cut was
  // recorded, which gives the same report. Nothing where nothing is recorded.
  absl::StatusOr<std::optional<Day>> KnownUntil() const;

  // The figures of one indicator, now.
  Figures Read(const Indicator& indicator);

  // Its rows, one for each cell and in their order, marked where they restate a published report.
  std::vector<reports::v1::Row> Rows(const Figures& figures);

  // The rows of an indicator, and what the report shows besides: counted, or kept since an earlier
  // report. Where two cuts are compared nothing is kept. What the source says.
  std::shared_ptr<const Kept> KeptRows(const Indicator& indicator);
  absl::StatusOr<std::shared_ptr<const Kept>> KeptNotes();

 private:
  Book(const CountedFacts& facts, const Scope& scope,
       std::unique_ptr<CountedFacts::Reading> reading);

  const FactTable& table() const { return reading_->table(); }
  // The cut that rows are compared with; nothing where no report is published.
  const std::optional<Cut>& Compared();
  // The cut of the last report published for the period.
  std::optional<Cut> PublishedCut();
  // Null where there is nothing to compare with.
  const Restatement* restatement();
  void Restate(const Figures& now, const CellFigures& cell, const Figures& then,
               reports::v1::Row& row, bool& of_records);
  // `of_records` tells whether a row is restated by what lies on the records of its items alone.
  std::vector<reports::v1::Row> Rows(const Figures& figures, bool& of_records);
  reports::v1::Row RowOf(const Figures& figures, const CellFigures& cell);

  // What was kept of this period; null where nothing holds for this cut.
  std::shared_ptr<const Kept> FindKept(const KeptCells::Key& key, const Basis& basis);
  // What the facts from one number to before another change; null where they are too many.
  const Changes* ChangesOf(RowId first, RowId end);
  KeptCells::Key KeyOf(const void* what, const std::optional<Cut>& compared) const;

  const CountedFacts& facts_;
  const Scope scope_;
  const std::unique_ptr<const CountedFacts::Reading> reading_;
  // How many facts lie up to the position of the cut.
  const RowId size_;
  std::shared_ptr<const World> now_;
  std::optional<std::optional<Cut>> compared_;
  std::shared_ptr<const World> then_;
  std::unique_ptr<const Restatement> restatement_;
  // By the first one; all end at this cut.
  absl::flat_hash_map<RowId, std::unique_ptr<const Changes>> changes_;
};

}  // namespace mlup::counting
