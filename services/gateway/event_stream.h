// A feed as server-sent events.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"

#include "eventstore/base/clock.h"
#include "services/gateway/http_message.h"
#include "services/gateway/readers.h"
#include "services/sharing/feed.h"

namespace mlup::gateway {

// Events have the id to resume with, the event name and one line of data:
//   cloudevent   a CloudEvent in structured JSON;
//   caught-up    `{"position":…}`: all that was recorded has been decided;
//   checkpoint   `{"position":…}`: everything up to here was looked at, where nothing was to be
//                delivered for a while;
//   failed       the error as JSON, then the end.
// A comment is sent every 15 seconds when nothing else is. Borrows the clock and the readers.
class EventStream final : public HttpStream {
 public:
  EventStream(std::unique_ptr<sharing::Feed> feed, std::unique_ptr<Readers::Reader> reader,
              const Clock& clock)
      : feed_(std::move(feed)),
        reader_(std::move(reader)),
        clock_(clock),
        last_sent_(clock.Now()) {}

  Step Next() override;

 private:
  absl::StatusOr<std::string> Format(const sharing::FeedStep& step);
  std::string Mark(const sharing::FeedStep& step);

  const std::unique_ptr<sharing::Feed> feed_;
  const std::unique_ptr<Readers::Reader> reader_;
  const Clock& clock_;
  absl::Time last_sent_;
  std::optional<Position> told_;
  bool told_caught_up_ = false;
};

}  // namespace mlup::gateway
