// The tables that figures are read from: what counting makes of all facts.
#pragma once

#include <set>
#include <string>

#include "eventstore/base/status.h"
#include "projections/counting/counted_facts.h"
#include "projections/counting/definitions.h"
#include "projections/facts/fact.h"
#include "projections/postgres/connection.h"
#include "projections/postgres/derived_table.h"

namespace mlup::postgres {

// Which events count, persons, intervals, and the cells of each quarter with their evidence, by the
// rules of projections/counting and no others. Everything is counted each time and only what
// differs is written, so that no rule says what a new event may move. Keeps the facts in memory, in
// the form that is counted from.
//
// Events that only few may see (Fact::is_normal) are counted and have no row, nor has a person of
// whom one of them tells.
//
// One thread. Borrows source and definitions.
class CountedRows {
 public:
  CountedRows(const projections::FactSource& source, const counting::Definitions& definitions);

  // Writes, in the transaction that is open, what is so when all up to `at` is known. `streams` are
  // those on which something was recorded since the last time; not looked at where all is anew.
  // Committed() or Forget() must follow.
  absl::Status Write(Connection& connection, Position at, const std::set<std::string>& streams);

  // Whether the next Write() writes everything.
  bool IsFresh() const { return changed_.IsFresh(); }
  void Committed();
  // What stands in the tables is not known any more.
  void Forget();

 private:
  absl::Status WriteChanged(Connection& connection, const counting::World& world);
  absl::Status WriteIntervals(Connection& connection, const std::set<std::string>& streams);
  absl::Status WritePersons(Connection& connection, const counting::World& world);
  absl::Status WritePlaces(Connection& connection);
  absl::Status WriteIndicators(Connection& connection);
  absl::Status WriteReports(Connection& connection, Position at);
  absl::Status WriteReport(Connection& connection, const std::string& period, Position at);

  const projections::FactSource& source_;
  const counting::Definitions& definitions_;
  const counting::CountedFacts facts_;
  DerivedTable changed_, persons_, places_, indicators_, reports_;
};

}  // namespace mlup::postgres
