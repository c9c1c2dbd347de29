// Everything that sharing is made of, for the daemon.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "eventstore/base/clock.h"
#include "eventstore/base/status.h"
#include "eventstore/log/event_log.h"
#include "projections/shared_reader.h"
#include "projections/store/read_model_store.h"
#include "projections/worker.h"
#include "services/sharing/consent_projection.h"
#include "services/sharing/ledger.h"
#include "services/sharing/log_feed_source.h"
#include "services/sharing/status_board.h"
#include "services/sharing/subscribers.h"

namespace mlup::sharing {

// The subscribers, the consents kept up with the log, the ledger, the feeds and the board on which
// every face says where it stands.
//
// Any thread. Owns all of it; borrows the reader, its log and the clock. Faces must be gone before
// it is.
class Sharing {
 public:
  struct Stores {
    std::unique_ptr<projections::ReadModelStore> consents;
    std::unique_ptr<projections::ReadModelStore> ledger;
  };

  // Opens or makes `folder`, with a read model in each of `consents` and `ledger`. `subscribers` is
  // the content of the subscribers file. INVALID_ARGUMENT SUBSCRIBERS_FILE_INVALID; UNAVAILABLE
  // READ_MODEL_UNAVAILABLE.
  static absl::StatusOr<std::unique_ptr<Sharing>> Open(const std::string& folder,
                                                       std::string_view subscribers,
                                                       projections::SharedReader& reader,
                                                       const Clock& clock);

  // The same over stores that the caller opened.
  static absl::StatusOr<std::unique_ptr<Sharing>> Open(Stores stores, std::string_view subscribers,
                                                       projections::SharedReader& reader,
                                                       const Clock& clock);

  FeedSource& feeds() { return feeds_; }
  StatusBoard& board() { return board_; }
  const Subscribers& subscribers() const { return subscribers_; }
  // The errors of Subscribers::Replace(). Open feeds of whoever is changed end.
  absl::Status ReplaceSubscribers(std::string_view text) { return subscribers_.Replace(text); }
  const Ledger& ledger() const { return *ledger_; }
  const projections::Worker& consent_worker() const { return consent_worker_; }
  const projections::ReadModelStore& consents() const { return *stores_.consents; }
  log::EventLog& log() { return log_; }
  const Clock& clock() const { return clock_; }

 private:
  Sharing(Stores stores, Subscribers subscribers, std::unique_ptr<Ledger> ledger,
          projections::SharedReader& reader, const Clock& clock);

  log::EventLog& log_;
  const Clock& clock_;
  Subscribers subscribers_;
  const Stores stores_;
  const ConsentProjection consent_projection_;
  const std::unique_ptr<Ledger> ledger_;
  StatusBoard board_;
  // Stops before the stores close.
  projections::Worker consent_worker_;
  LogFeedSource feeds_;
};

}  // namespace mlup::sharing
