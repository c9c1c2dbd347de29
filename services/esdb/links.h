// The virtual streams of links `$ce-<category>` and `$et-<type>`: what they hold, and its numbers.
#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "eventstore/base/mutex.h"
#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "eventstore/log/event_log.h"
#include "services/esdb/events.h"
#include "services/esdb/names.h"

namespace mlup::esdb {

// What the log can leave out when it is read for this link stream. Pure.
log::pb::Filter LinkFilter(const Name& name);

// Whether an event is linked there: system events never are by category. Pure.
bool IsLinked(const Name& name, const Outline& outline);

// Knows which number a link has, without storing links: keeps the position of every 256th of them
// and reads the log in between. The first question about a stream reads its part of the log once.
//
// Any thread. Borrows the log. Keeps kEsdbLinkStreamsMax streams, 8 bytes for 256 links each.
class LinkNumbers {
 public:
  explicit LinkNumbers(log::EventLog& log) : log_(log) {}

  // Where to begin to read forward so that the first link met has this number.
  struct Place {
    Position from{1};
    std::uint64_t number = 0;
  };
  // The last kept place whose number is not above `number`. After the last link: its end.
  absl::StatusOr<Place> Seek(const Name& name, std::uint64_t number);

  // All links up to a position.
  struct Total {
    std::uint64_t count = 0;
    Position head;
  };
  absl::StatusOr<Total> Count(const Name& name);

  // The position of the event with this number; none when there are fewer.
  absl::StatusOr<std::optional<Position>> Find(const Name& name, std::uint64_t number);

  // The number of the link to the event at `position`. `near` is where to begin when it is before
  // that, and is moved there: questions in order of position read each event once.
  absl::StatusOr<std::uint64_t> NumberOf(const Name& name, Position position, Place& near);

 private:
  struct Known {
    // Of the links with the numbers 0, 256, 512, …
    std::vector<Position> marks;
    std::uint64_t count = 0;
    Position scanned_to;
  };

  // What is known once the log has been read to its end.
  absl::StatusOr<Known> Extend(const Name& name);
  Known Load(const std::string& name);
  void Store(const std::string& name, Known known);

  log::EventLog& log_;

  Mutex mutex_;
  // Latest first.
  std::list<std::pair<std::string, Known>> known_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlup::esdb
