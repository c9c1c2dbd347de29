// Which later events make a row differ from the published one.
#pragma once

#include <vector>

#include "absl/container/flat_hash_map.h"

#include "mlup/reports/v1/report_service.pb.h"
#include "projections/counting/evaluate.h"
#include "projections/counting/world.h"

namespace mlup::counting {

// Compares the world now with the world at the cut of a published report. A cell costs its own
// items, however many events came later.
//
// Immutable: any thread. Borrows both worlds.
class Restatement {
 public:
  Restatement(const World& now, const World& then);

  struct Found {
    std::vector<RowId> events;
    // Nothing acts on the cell: these are all later ones on the records of its items.
    bool of_records = false;
  };

  // The events known now and not then that stand behind the cell now, or act on something behind it
  // now or then; where there is none, those on the records of its items. In order of position.
  // `then_cell` is null when the cell had nothing.
  Found Causes(const Figures& now, const CellFigures& now_cell, const Figures& then,
               const CellFigures* then_cell) const;

  // The imports of the past among such events, each once, in the order of their events.
  std::vector<reports::v1::RestatedImport> Imports(const std::vector<RowId>& causes) const;

 private:
  void FindActions();
  // Notes everything that a later event takes out, replaces or corrects, and what that did.
  void Follow(RowId later, RowId event);
  void FindWindows();
  bool IsLater(RowId event) const { return now_.IsLiving(event) && !then_.Knows(event); }
  // The later events on all streams of records.
  void AddOfRecords(const std::vector<Word>& records, std::vector<RowId>& causes) const;

  const World& now_;
  const World& then_;
  // Later events by what they act on, and by the records that they join or part.
  absl::flat_hash_map<RowId, std::vector<RowId>> on_events_;
  absl::flat_hash_map<Word, std::vector<RowId>> on_records_;
  // By the system that was imported from: where its windows were opened, in order.
  absl::flat_hash_map<Word, std::vector<RowId>> windows_;
};

}  // namespace mlup::counting
