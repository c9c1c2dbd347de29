// The read model `consents`: who consented to what, whose records are whose, and which records are
// one person.
#pragma once

#include "projections/projection.h"

namespace mlup::sharing {

// Rows, where id is a UUID, numbers are 8 bytes, and 00 separates:
//
// - `c` person 00 position: stream 00 event id 00 ConsentRecorded. A decision.
// - `v` stream 00 event id. That event is voided.
// - `x` stream 00 event id 00 position: DetailsCorrected. That event is corrected.
// - `m` person 00 position: event id, then the survivor's id or nothing. Merged, or lives again.
// - `s` survivor 00 person. Was merged into it.
// - `o` id 00 person. The record `id` belongs to the person.
// - `g` id 00 case. The group `id` holds the case.
// - `i` stream 00 event id 00: position, then the type. Where an event stands.
// - `e` event id 00: position. The same on any stream, also of the log's own work.
//
// `v` and `x` are kept for streams of persons. Stateless: any thread.
class ConsentProjection final : public projections::Projection {
 public:
  std::string_view name() const override { return "consents"; }
  std::uint32_t version() const override { return 2; }
  absl::Status Apply(const projections::SharedEvent& event, projections::Rows& rows) const override;
};

}  // namespace mlup::sharing
