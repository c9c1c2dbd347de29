// Who works with a record, from the events on its stream.
#pragma once

#include "services/domain/stream_history.h"
#include "services/domain/unit_of_work.h"
#include "services/identity/scope.h"

namespace mlup::command {

// The organisation, province and field of work are those of the stream's first event; the workers
// of a case those who are assigned now, and before anybody was, whoever began it. Pure.
identity::Relation RelationOf(const domain::StreamHistory& history);
// Of a record that begins with this.
identity::Relation RelationOf(const domain::Circumstances& first);

}  // namespace mlup::command
