// Appends that come many to a message, over one call.
#pragma once

#include <string_view>
#include <unordered_set>

#include "absl/status/status.h"

#include "eventstore/base/mutex.h"
#include "eventstore/log/event_log.h"
#include "eventstore/server/append_round.h"
#include "eventstore/server/stream_call.h"

namespace mlup::log {

// What an event must be that a caller appends; INVALID_ARGUMENT with the field of the event.
using EventCheck = absl::Status (*)(const pb::Event& event, std::string_view stream);

// PERMISSION_DENIED CATEGORY_CLOSED where a caller appends to the log's own streams: those are
// appended to in this process only, past the service. What `check` says of an event, unless it is
// null.
absl::Status CheckAppender(const pb::AppendRequest& request, EventCheck check);

class AppendSession;

// The calls of EventStore.AppendSession. No call holds a thread; one that does not read its answers
// has at most kSessionOpenMax appends open.
//
// Open() on the thread of the queue and the round, the rest from any. Borrows `round`, which must
// outlive it; the destructor waits until every session has ended. At most kSessionsMax at a time.
class AppendSessions {
 public:
  AppendSessions(AppendRound& round, EventCheck check) : round_(round), check_(check) {}
  ~AppendSessions();

  StreamReactor* Open(StreamCall& call);

  // Ends each with UNAVAILABLE SHUTTING_DOWN once what it has sent is answered; refuses new ones.
  void EndAll();

 private:
  friend class AppendSession;

  absl::Status MayOpen() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Remove(AppendSession& session);

  AppendRound& round_;
  const EventCheck check_;
  Mutex mutex_;
  Condition removed_;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::unordered_set<AppendSession*> open_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlup::log
