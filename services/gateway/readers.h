// Where the readers of the HTTP face are, subscriber by subscriber.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"

#include "eventstore/base/mutex.h"
#include "eventstore/base/types.h"
#include "services/sharing/feed.h"
#include "services/sharing/status_board.h"

namespace mlup::gateway {

// Tells the board of the path `http`: the slowest of a subscriber's connections, or, when there is
// none, how far the last one was.
//
// Any thread. Borrows the board.
class Readers {
 public:
  explicit Readers(sharing::StatusBoard& board) : board_(board) {}

  // The subscriber has not come yet since the process began; it had decisions up to here.
  void Expect(std::string_view subscriber_id, Position position);

  class Reader;
  // A connection that goes on. RESOURCE_EXHAUSTED STREAMS_FULL when the subscriber has
  // kHttpStreamsOfOneMax, or all have kHttpStreamsMax.
  absl::StatusOr<std::unique_ptr<Reader>> OpenStream(const std::string& subscriber_id,
                                                     Position position);

  // One connection or one page, from construction to destruction.
  class Reader {
   public:
    // A page.
    Reader(Readers& readers, std::string subscriber_id, Position position)
        : Reader(readers, std::move(subscriber_id), position, false) {}
    ~Reader();
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    // It was given `step`.
    void Give(const sharing::FeedStep& step);
    // It could not go on.
    void Fail(std::string_view because);

   private:
    friend class Readers;
    Reader(Readers& readers, std::string subscriber_id, Position position, bool streams);

    Readers& readers_;
    const std::string subscriber_id_;
    const bool streams_;
    std::uint64_t number_;
  };

 private:
  struct Connection {
    Position position;
    bool caught_up = false;
  };
  struct Subscriber {
    std::map<std::uint64_t, Connection> connections;
    // Of these.
    std::size_t streams = 0;
    Position last;
    std::uint64_t delivered = 0;
    std::uint64_t failures = 0;
    std::string because;
  };

  sharing::PathStatus Describe(const std::string& subscriber_id,
                               const Subscriber& subscriber) const;

  sharing::StatusBoard& board_;

  Mutex mutex_;
  std::uint64_t next_number_ ABSL_GUARDED_BY(mutex_) = 1;
  std::size_t streams_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, Subscriber, std::less<>> subscribers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlup::gateway
