// The read model indicator_facts: one row for every event of the domain, in order of position.
#pragma once

#include "projections/facts/fact.h"
#include "projections/projection.h"
#include "projections/store/read_model_store.h"

namespace mlup::projections {

// One fact a record; `system/…` and `access/…` are passed over. Any thread.
class FactProjection final : public Projection {
 public:
  static constexpr std::string_view kName = "indicator_facts";

  std::string_view name() const override { return kName; }
  std::uint32_t version() const override { return 3; }
  absl::Status Apply(const SharedEvent& event, Rows& rows) const override;
};

// The facts of the read model, as they stand when ForEach begins. Any thread. Borrows `store`.
class FactStore final : public FactSource {
 public:
  explicit FactStore(const ReadModelStore& store) : store_(store) {}

  absl::Status ForEach(Position from, Position up_to, const Visit& visit) const override;
  std::uint64_t replaced() const override { return store_.replaced(); }

 private:
  const ReadModelStore& store_;
};

}  // namespace mlup::projections
