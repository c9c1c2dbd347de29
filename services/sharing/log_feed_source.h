// Feeds over an event log: reads, asks for consents, decides, and keeps what was decided.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

#include "eventstore/base/clock.h"
#include "eventstore/log/event_log.h"
#include "projections/store/read_model_store.h"
#include "projections/worker.h"
#include "services/sharing/feed.h"
#include "services/sharing/ledger.h"
#include "services/sharing/subscribers.h"

namespace mlup::sharing {

// Decides about each batch with the consents as they stand at the head of the log at that moment,
// and keeps the decisions before the batch is given out. Streams of the log's own work (`system/`,
// `access/`) are never shown.
//
// Any thread. Borrows everything it is made of, which must outlive it and its feeds. A feed holds
// one batch at most.
class LogFeedSource final : public FeedSource {
 public:
  struct Parts {
    log::EventLog& log;
    const Subscribers& subscribers;
    // The read model `consents` and who keeps it up.
    const projections::ReadModelStore& consents;
    const projections::Worker& consent_worker;
    Ledger& ledger;
    const Clock& clock;
  };

  explicit LogFeedSource(const Parts& parts) : parts_(parts) {}

  absl::StatusOr<std::string> Authenticate(std::string_view token) const override;
  absl::StatusOr<v1::Subscriber> Find(std::string_view subscriber_id) const override;
  std::vector<v1::Subscriber> All() const override { return parts_.subscribers.all(); }
  absl::Status Holds(const v1::Subscriber& before) const override {
    return parts_.subscribers.Holds(before);
  }
  absl::StatusOr<std::unique_ptr<Feed>> Open(std::string_view subscriber_id,
                                             log::v1::SubscribeRequest request) override;
  absl::StatusOr<std::vector<log::v1::Record>> Filter(std::string_view subscriber_id,
                                                      std::vector<log::v1::Record> records,
                                                      log::v1::Direction direction) override;

 private:
  const Parts parts_;
};

}  // namespace mlup::sharing
