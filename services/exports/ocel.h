// What happened in cases, as an object-centric event log.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/payload/event_references.h"
#include "projections/facts/fact.h"
#include "services/exports/figure_files.h"

namespace mlup::exports {

struct CaseEvent {
  projections::Fact fact;
  // The records that it names besides its own.
  std::vector<payload::NamedRecord> named;
};

// OCEL 2.0 in JSON: events with their type, time, role, field of work and province; records, and
// who acted, as objects. No id leaves: `pseudonym` gives another one for each, the same for the
// same. No text, name or number of an event is in it. Pure: the same bytes for the same events and
// pseudonyms.
File WriteOcel(const std::vector<CaseEvent>& events,
               const std::function<std::string(std::string_view id)>& pseudonym);

}  // namespace mlup::exports
