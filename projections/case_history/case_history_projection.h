// The read model case_history: which events concern which record. An index of positions, never a
// copy of an event.
#pragma once

#include "projections/projection.h"

namespace mlup::projections {

// What an index row says besides where the event stands (first byte of its value, bits).

// The event concerns everybody on a shared stream: a distribution is held, a household registered.
inline constexpr unsigned char kMarkCommon = 1;
// The event names the entity: a person's part, or the household that receives goods.
inline constexpr unsigned char kMarkNamed = 2;
// This program cannot read the event: it is in nobody's history, and the history says so.
inline constexpr unsigned char kMarkUnreadable = 4;

// For every event of the domain: a row for its stream, for each person with a part and for each
// recipient, and for the piece of work, the source and the cause that its envelope names; links
// from a person to the streams that concern that person, from a case to its group and incidents,
// from a household to its distributions, and between merged records; and where an event voids,
// corrects or reverses another one, a row for that. Keys are in projections/store/keys.h.
// timeline.h reads them. Any thread.
class CaseHistoryProjection final : public Projection {
 public:
  static constexpr std::string_view kName = "case_history";

  std::string_view name() const override { return kName; }
  std::uint32_t version() const override { return 4; }
  absl::Status Apply(const SharedEvent& event, Rows& rows) const override;
};

}  // namespace mlup::projections
