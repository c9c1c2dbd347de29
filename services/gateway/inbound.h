// Facts from other systems become events on `ext/<source system>`.
#pragma once

#include <string>
#include <string_view>

#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "eventstore/log/event_log.h"
#include "mlup/sharing/v1/sharing.pb.h"
#include "services/cloudevents/cloud_event.h"
#include "services/sharing/sharing.h"

namespace mlup::gateway {

// Takes what the subscribers file lets a subscriber send. The event keeps the source system and the
// id it has there; the same id is recorded once. Personal fields are refused: they cannot be sealed
// for a person whom this installation may not know.
//
// Any thread. Borrows everything.
class Inbound {
 public:
  struct Parts {
    sharing::Sharing& sharing;
    log::EventLog& log;
    const Clock& clock;
    Random& random;
  };

  struct Taken {
    // False for an event that left here and has come back.
    bool recorded = true;
    // It was recorded before.
    bool replayed = false;
    std::string event_id;
    Position position;
  };

  explicit Inbound(const Parts& parts) : parts_(parts) {}

  // PERMISSION_DENIED NOTHING_ACCEPTED, TYPE_NOT_ACCEPTED; INVALID_ARGUMENT with the field, among
  // them FIELD_IS_PERSONAL and CODE_UNKNOWN; ALREADY_EXISTS REQUEST_ID_REUSED where the id had
  // another content; those of CloudEvents and of the log.
  absl::StatusOr<Taken> Take(const sharing::v1::Subscriber& subscriber,
                             std::string_view json) const;

 private:
  const Parts parts_;
};

}  // namespace mlup::gateway
