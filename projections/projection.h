// What a read model is made by: a pure fold of records into rows.
#pragma once

#include <cstdint>
#include <string_view>

#include "eventstore/base/status.h"
#include "projections/shared_event.h"
#include "projections/store/read_model_store.h"

namespace mlup::projections {

// Stateless: the rows follow from the records alone, so that a replay gives the same bytes. Any
// thread.
class Projection {
 public:
  virtual ~Projection() = default;

  // Name of the read model and of its folder, in lower_snake.
  virtual std::string_view name() const = 0;

  // Raised when the same records give other rows than before; the read model is then rebuilt.
  virtual std::uint32_t version() const = 0;

  // Adds the rows that `event` gives. An event of a type that this program does not know, or whose
  // payload it cannot read, gives no more than its envelope tells, and Rows::PassOver() is called:
  // whoever may append could else stop every projection for ever. An error stops the projection at
  // this event.
  virtual absl::Status Apply(const SharedEvent& event, Rows& rows) const = 0;
};

}  // namespace mlup::projections
