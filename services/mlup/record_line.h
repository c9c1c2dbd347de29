// An event as one line of JSON for scripts.
#pragma once

#include <string>

#include "mlup/log/v1/envelope.pb.h"

namespace mlup::cli {

// Position, stream, revision, time of recording, the envelope, the ids of the people concerned and,
// under `fields`, the clear fields of the event. Sealed fields are never part of it; `fields` is
// null for an event type that this program does not know.
std::string RecordLine(const log::v1::Record& record);

}  // namespace mlup::cli
