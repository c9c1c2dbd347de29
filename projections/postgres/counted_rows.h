// The tables that figures are read from: what counting makes of all facts.
#pragma once

#include <set>
#include <string>

#include "absl/container/flat_hash_set.h"

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
// Events that only few may see (Fact::is_normal) are counted and have no row, and rows of others
// are as if they had never been recorded: nobody stands there, is joined to another, is told of or
// is missing because of them. What they void counts no more, here as in figures. Of an erased
// person only the pseudonym stands there.
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
  // Ids of persons whose data was erased.
  using Erased = absl::flat_hash_set<counting::Word>;

  static absl::StatusOr<Erased> ReadErased(Connection& connection, const counting::Words& words);
  // `told` is the world without what only few may see.
  absl::Status WriteChanged(Connection& connection, const counting::World& world,
                            const counting::World& told, const Erased& erased);
  absl::Status WriteIntervals(Connection& connection, const std::set<std::string>& streams);
  absl::Status WritePersons(Connection& connection, const counting::World& told,
                            const Erased& erased);
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
