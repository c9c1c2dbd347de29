// A request made on what a device knew, made into one on what is known.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <google/protobuf/message.h>

#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "eventstore/base/status.h"
#include "eventstore/log/event_log.h"
#include "services/privacy/keyring.h"
#include "services/sync/said.h"

namespace mlup::sync {

// Fields that others have not touched since the base stay as the device says. Where others said
// another value since, all that was said stands in a `conflict_detected`, and one value holds until
// a person resolves it: that of the request with the smallest id, or what a person took before. The
// other events are corrected to it in the same append. What results is the same in whatever order
// the requests arrive.
//
// Any thread. Borrows everything it is built from.
class Merger {
 public:
  // What a device said that it knew of the stream when it made the request of this digest; 0 where
  // that is not known.
  using BaseOf = std::function<std::uint64_t(const Saying&, const std::string& stream)>;

  struct Parts {
    log::EventLog& log;
    const privacy::Keyring& keyring;
    const Clock& clock;
    Random& random;
  };

  explicit Merger(const Parts& parts) : parts_(parts) {}

  // `asked` is a service's RecordRequest. The request rests on the revisions that were seen:
  // recording it is ABORTED VERSION_MISMATCH where others come between. FAILED_PRECONDITION
  // CONFLICT_FULL; what the log says; DATA_LOSS.
  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> Merge(
      const google::protobuf::Message& asked, const BaseOf& base_of) const;

 private:
  const Parts parts_;
};

}  // namespace mlup::sync
