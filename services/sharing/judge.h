// Decides about records for one subscriber with what is known now.
#pragma once

#include <optional>
#include <vector>

#include "absl/time/time.h"

#include "eventstore/base/clock.h"
#include "eventstore/log/event_log.h"
#include "projections/store/read_model_store.h"
#include "projections/worker.h"
#include "services/sharing/consent_book.h"
#include "services/sharing/decide.h"
#include "services/sharing/ledger.h"

namespace mlup::sharing {

// Gathers what Decide() must know, decides, and keeps the decisions.
//
// One thread at a time. Borrows everything, which must outlive it.
class Judge {
 public:
  struct Parts {
    log::EventLog& log;
    const v1::Subscriber& subscriber;
    const projections::ReadModelStore& consents;
    const projections::Worker& consent_worker;
    Ledger& ledger;
    const Clock& clock;
  };

  explicit Judge(const Parts& parts) : parts_(parts) {}

  // FAILED_PRECONDITION AGREEMENT_EXPIRED.
  absl::Status CheckAgreement() const;

  // The last position of the log, once the consents are known up to there. UNAVAILABLE
  // PROJECTION_BEHIND when `timeout` passed first; INTERNAL PROJECTION_STOPPED; as
  // CheckAgreement().
  absl::StatusOr<Position> Prepare(absl::Duration timeout) const;

  // What the subscriber may see of `records`, which fit `wanted` or follow what it received. They
  // are in order of position, whichever way they are read. Call Prepare() before.
  absl::StatusOr<std::vector<log::v1::Record>> Admit(
      const log::v1::Filter& wanted, const std::vector<log::v1::Record>& records,
      log::v1::Direction direction = log::v1::DIRECTION_FORWARD);

  // Everything up to `position` was looked at. Kept now and then, so that Recall() has little to
  // do.
  absl::Status Pass(Position position);
  // The same, kept at once: the feed ends.
  absl::Status End(Position position);

  // The subscriber says that it has everything up to `position`, and the ledger does not reach so
  // far: it was lost, or the last seconds of it. What the subscriber may see now is taken as
  // received. False when `deadline` passed first; call it again then.
  absl::StatusOr<bool> Recall(Position position, absl::Time deadline);

 private:
  // The last position that the ledger knows of.
  Position Known() const;

  const Parts parts_;
  // As of the last batch; kept while nothing was recorded.
  std::optional<ConsentBook> book_;
};

}  // namespace mlup::sharing
