// Rows that follow from all facts together, of which only those are written that changed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"

#include "eventstore/base/status.h"
#include "projections/postgres/connection.h"

namespace mlup::postgres {

// Rows in groups, each with a key. Each time all groups are put; those that are as they were the
// last time are left alone, and those that are not put any more go. What stands in the tables is
// remembered as eight bytes a group; while that is not known, as at first, all is written anew.
//
// Between Begin() and End() a transaction is open, and Committed() or Forget() follows. One thread.
class DerivedTable {
 public:
  struct Place {
    // Has the key, and whose rows take those of the others with them.
    std::string table;
    std::string key;
    std::string key_type;
    // What COPY writes into, one for each text of a group: `mlup.dim_person`, or with its columns.
    std::vector<std::string> targets;
  };

  explicit DerivedTable(Place place) : place_(std::move(place)), pending_(place_.targets.size()) {}

  absl::Status Begin(Connection& connection);
  // `rows` in COPY's text format, one text for each target.
  absl::Status Put(Connection& connection, const std::string& key,
                   const std::vector<std::string>& rows);
  absl::Status End(Connection& connection);

  // The keys whose rows were written or taken away since Begin().
  const std::vector<std::string>& changed() const { return changed_; }
  // Whether all rows are written anew.
  bool IsFresh() const { return !is_known_; }

  void Committed();
  // What stands in the tables is not known any more.
  void Forget();

 private:
  using Digests = absl::flat_hash_map<std::string, std::uint64_t>;

  // Writes what is pending.
  absl::Status Flush(Connection& connection);

  const Place place_;
  bool is_known_ = false;
  Digests known_;
  Digests next_;
  std::vector<std::string> changed_;
  std::vector<std::string> deleted_;
  std::vector<std::string> pending_;
  std::size_t pending_bytes_ = 0;
};

}  // namespace mlup::postgres
