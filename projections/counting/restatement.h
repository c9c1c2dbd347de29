// Which later events make a row differ from the published one.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "mlup/reports/v1/report_service.pb.h"
#include "projections/counting/evaluate.h"
#include "projections/counting/world.h"

namespace mlup::counting {

// Compares the world now with the world at the cut of a published report.
//
// Immutable: any thread. Borrows the table and both worlds.
class Restatement {
 public:
  Restatement(const FactTable& table, const World& now, const World& then);

  // The events known now and not then that stand behind the cell now, or act on something behind it
  // now or then; where there is none, those on the records of its items. In order of position.
  // `then_cell` is null when the cell had nothing.
  std::vector<Position> Causes(const Figures& now, const CellFigures& now_cell, const Figures& then,
                               const CellFigures* then_cell) const;

  // The imports of the past among such events, each once, in the order of their events.
  std::vector<reports::v1::RestatedImport> Imports(const std::vector<Position>& causes) const;

 private:
  // A later event, what it takes out, replaces or corrects, and the records it joins or parts.
  struct Action {
    const Event* event = nullptr;
    std::set<Position> targets;
    std::set<std::string> records;
  };

  void FindWindows();
  void Follow(const Event& event, Action& action) const;
  void FollowId(const Event& by, const std::string& event_id, Action& action) const;

  const FactTable& table_;
  const World& now_;
  std::vector<Action> actions_;
  // By the system that was imported from: where its windows were opened, in order.
  std::map<std::string, std::vector<Position>> windows_;
};

}  // namespace mlup::counting
