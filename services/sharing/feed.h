// What one subscriber outside may see of the log, in order, from any position.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "mlup/log/v1/event_store.pb.h"
#include "mlup/sharing/v1/sharing.pb.h"

namespace mlup::sharing {

// One step of a feed.
struct FeedStep {
  // As this subscriber may see them: fields outside the agreement, sealed parts, and the parts of
  // people without consent are gone. May be empty.
  std::vector<log::v1::Record> records;
  // Everything up to here has been decided; resume after it.
  Position position;
  // Names the history at `position`; give it back when resuming.
  std::uint64_t history = 0;
  // All that was recorded has been decided.
  bool caught_up = false;
  // Names the history at each of `records`, for who resumes in the middle of a step.
  std::vector<std::uint64_t> histories;
};

// Follows the log for one subscriber. At least once and in order of position; a record that may not
// be seen is passed over, and the decision is kept. One thread at a time. Must not outlive its
// FeedSource.
class Feed {
 public:
  virtual ~Feed() = default;

  // The next step, when there is something to deliver, the end is reached, or `timeout` passed
  // (then `records` is empty and `position` where it stands). FAILED_PRECONDITION
  // AGREEMENT_EXPIRED, or SUBSCRIBER_CHANGED: open another one at the last position; NOT_FOUND
  // SUBSCRIBER_UNKNOWN; other errors as mlup.log.v1.EventStore/Subscribe. A failed Next() may be
  // repeated: nothing is skipped.
  virtual absl::StatusOr<FeedStep> Next(absl::Duration timeout) = 0;
};

// Opens feeds, and decides about single records, for every face: HTTP, webhooks, NATS, the
// EventStoreDB protocol. The one place where it is decided who sees what.
//
// Any thread. Owns what is known of consents and of what each subscriber received.
class FeedSource {
 public:
  virtual ~FeedSource() = default;

  // The subscriber who holds this bearer token. UNAUTHENTICATED TOKEN_UNKNOWN. Takes the same time
  // for any token.
  virtual absl::StatusOr<std::string> Authenticate(std::string_view token) const = 0;

  // NOT_FOUND SUBSCRIBER_UNKNOWN.
  virtual absl::StatusOr<v1::Subscriber> Find(std::string_view subscriber_id) const = 0;
  virtual std::vector<v1::Subscriber> All() const = 0;
  // Whether somebody stands in the subscribers file as when Find() gave it, with the same token.
  // NOT_FOUND SUBSCRIBER_UNKNOWN; FAILED_PRECONDITION SUBSCRIBER_CHANGED.
  virtual absl::Status Holds(const v1::Subscriber& before) const = 0;

  // Where `request` begins and its filter narrow the feed further, inside the agreement. NOT_FOUND
  // SUBSCRIBER_UNKNOWN; INVALID_ARGUMENT.
  virtual absl::StatusOr<std::unique_ptr<Feed>> Open(std::string_view subscriber_id,
                                                     log::v1::SubscribeRequest request) = 0;

  // For faces that read single records: the ones of `records` that the subscriber may see, as it
  // may see them, decided as of now and recorded as delivered. They are in the order of
  // `direction`. Who reads backward gets what voids, corrects, merges or erases before what that is
  // about, where it may see it.
  virtual absl::StatusOr<std::vector<log::v1::Record>> Filter(std::string_view subscriber_id,
                                                              std::vector<log::v1::Record> records,
                                                              log::v1::Direction direction) = 0;
};

}  // namespace mlup::sharing
