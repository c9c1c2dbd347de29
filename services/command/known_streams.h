// The streams that commands were decided on, kept in memory as the rules see them.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "eventstore/base/limits.h"
#include "eventstore/base/mutex.h"
#include "eventstore/base/status.h"
#include "eventstore/log/event_log.h"
#include "services/domain/stream_history.h"

namespace mlup::command {

// What is known of a stream is its first events, whatever happened since: what is decided on it
// holds if the log appends at its revision, or if Read() finds nothing new.
//
// Any thread. Borrows the log. The streams used last are kept, at most `streams_max` and about
// `bytes_max`. A history that others read is not changed: it is copied.
class KnownStreams {
 public:
  struct Options {
    std::size_t streams_max = kKnownStreamsMax;
    std::size_t bytes_max = kKnownStreamBytesMax;
  };
  // Shared with those who read the same history; must not outlive this.
  using History = std::shared_ptr<const domain::StreamHistory>;

  explicit KnownStreams(log::EventLog& log) : KnownStreams(log, Options{}) {}
  KnownStreams(log::EventLog& log, Options options) : log_(log), options_(options) {}

  // What is known without asking the log; null where nothing is.
  History Find(const std::string& stream);

  // The stream as the log has it now: reads what follows what is known. Errors of
  // EventLog::ReadStream(); DATA_LOSS PAYLOAD_DAMAGED.
  absl::StatusOr<History> Read(const std::string& stream);

  // The log appended `events` to the stream when it was at `before`.
  void Follow(const std::string& stream, Revision before, std::vector<domain::LiveEvent> events);

 private:
  // A history and how many read it right now, which is guarded by mutex_. Shared by the list and
  // its readers.
  struct Held {
    std::unique_ptr<domain::StreamHistory> history;
    std::size_t readers = 0;
  };
  class Reader;
  using Order = std::list<std::shared_ptr<Held>>;

  History Lend(const std::shared_ptr<Held>& held) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  History Keep(std::unique_ptr<domain::StreamHistory> history);
  void Insert(std::shared_ptr<Held> held) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Remove(Order::iterator at) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Forget();

  log::EventLog& log_;
  const Options options_;

  Mutex mutex_;
  // The one used last comes first.
  Order order_ ABSL_GUARDED_BY(mutex_);
  // The keys are the histories' own.
  std::unordered_map<std::string_view, Order::iterator> index_ ABSL_GUARDED_BY(mutex_);
  std::size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace mlup::command
