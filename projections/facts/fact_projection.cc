// Facts into rows and out of them.
#include "projections/facts/fact_projection.h"

#include "eventstore/base/categories.h"
#include "projections/store/keys.h"

namespace mlup::projections {

absl::Status FactProjection::Apply(const SharedEvent& event, Rows& rows) const {
  if (!CategoryFor(event.record().stream()).is_counted) return absl::OkStatus();
  absl::StatusOr<Fact> fact = MakeFact(event);
  if (fact.ok()) {
    const std::string key = FactKey(fact->position);
    rows.Put(key, EncodeFact(*std::move(fact)));
  } else {
    rows.PassOver();
  }
  return absl::OkStatus();
}

absl::Status FactStore::ForEach(Position from, Position up_to, const Visit& visit) const {
  bool past = false;
  const absl::Status status = store_.TakeSnapshot()->ForEachFrom(
      FactKey(from),
      [up_to, &visit, &past](std::string_view key, std::string_view value) -> absl::Status {
        past = PositionOfKey(key) > up_to;
        if (past) return absl::CancelledError();
        ASSIGN_OR_RETURN(const Fact fact, DecodeFact(value));
        return visit(fact);
      });
  return past ? absl::OkStatus() : status;
}

}  // namespace mlup::projections
