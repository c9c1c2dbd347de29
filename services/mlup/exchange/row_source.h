// Requests made of the rows of another system's export.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <ostream>
#include <string>

#include "eventstore/base/clock.h"
#include "services/mlup/exchange/map.h"
#include "services/mlup/exchange/rows.h"
#include "services/mlup/import_source.h"

namespace mlup::cli::exchange {

// The error with the column that its field comes from, where one does.
absl::Status AtColumn(const absl::Status& error, const RowOrigin& origin);

// A row of which one request breaks a rule of fields is refused as a whole, with the column. Keeps
// one row, and the codes that nobody mapped, kUnknownMax of them. One thread; borrows the map and
// the clock.
class RowSource final : public ImportSource {
 public:
  static constexpr std::size_t kUnknownMax = 1000;

  RowSource(const ExchangeMap& map, const Clock& clock, std::unique_ptr<Rows> rows)
      : map_(map), clock_(clock), rows_(std::move(rows)) {}

  const char* unit() const override { return "row"; }
  bool Ready() override { return !made_.empty(); }
  absl::StatusOr<std::optional<Item>> Next() override;
  // How many rows were read, what they became, and the codes that the map does not have.
  void Tell(std::ostream& out) const override;

 private:
  void Take(const Row& row);

  const ExchangeMap& map_;
  const Clock& clock_;
  const std::unique_ptr<Rows> rows_;
  std::deque<Item> made_;
  std::uint64_t read_ = 0;
  std::uint64_t refused_ = 0;
  // By the name in the map.
  std::map<std::string, std::uint64_t> requests_;
  // With the rows that have it.
  std::map<UnknownCode, std::uint64_t> unknown_;
};

}  // namespace mlup::cli::exchange
