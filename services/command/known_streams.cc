#include "services/command/known_streams.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "eventstore/base/check.h"

namespace mlup::command {
namespace {

using domain::LiveEvent;
using domain::StreamHistory;

// The events that follow `known`; nothing when the log's stream does not begin with `known`, as
// after the log was replaced.
absl::StatusOr<std::optional<std::vector<LiveEvent>>> ReadAfter(log::EventLog& log,
                                                                const StreamHistory& known) {
  std::vector<LiveEvent> events;
  const Revision last = known.revision();
  log::pb::ReadStreamRequest request;
  request.set_stream(known.stream());
  request.set_limit(kReadEventsMax);
  // With the last known one, to see that it is the same.
  request.set_from_revision(std::max<std::uint64_t>(last.value, 1));
  while (true) {
    ASSIGN_OR_RETURN(const log::pb::ReadStreamResponse page, log.ReadStream(request));
    if (page.last_revision() < last.value) return std::nullopt;
    for (const log::pb::Record& record : page.records()) {
      CHECK(record.revision() == request.from_revision());
      request.set_from_revision(record.revision() + 1);
      if (record.revision() == last.value) {
        const LiveEvent& same = known.At(last.value - 1);
        if (record.event().event_id() != same.info.event_id) return std::nullopt;
        continue;
      }
      ASSIGN_OR_RETURN(LiveEvent event, domain::ReadEvent(record));
      events.push_back(std::move(event));
    }
    if (page.records().empty() || request.from_revision() > page.last_revision()) return events;
  }
}

}  // namespace

// One loan of a history: ends when the last copy of its pointer does.
class KnownStreams::Reader {
 public:
  Reader(KnownStreams& owner, std::shared_ptr<Held> held) : owner_(owner), held_(std::move(held)) {}
  ~Reader() {
    MutexLock lock(owner_.mutex_);
    --held_->readers;
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

 private:
  KnownStreams& owner_;
  const std::shared_ptr<Held> held_;
};

KnownStreams::History KnownStreams::Lend(const std::shared_ptr<Held>& held) {
  const auto reader = std::make_shared<Reader>(*this, held);
  ++held->readers;
  return History(reader, held->history.get());
}

KnownStreams::History KnownStreams::Find(const std::string& stream) {
  MutexLock lock(mutex_);
  const auto found = index_.find(stream);
  if (found == index_.end()) return nullptr;
  order_.splice(order_.begin(), order_, found->second);
  return Lend(*found->second);
}

absl::StatusOr<KnownStreams::History> KnownStreams::Read(const std::string& stream) {
  while (true) {
    History known = Find(stream);
    const bool anew = known == nullptr;
    auto history = anew ? std::make_unique<StreamHistory>(stream) : nullptr;
    ASSIGN_OR_RETURN(std::optional<std::vector<LiveEvent>> events,
                     ReadAfter(log_, anew ? *history : *known));
    if (!events) {
      // Of the other streams nothing is sure either.
      Forget();
    } else if (anew) {
      for (LiveEvent& event : *events) history->Add(std::move(event));
      return Keep(std::move(history));
    } else if (events->empty()) {
      return known;
    } else {
      // Not read by us any more, so that it needs no copy.
      const Revision before = known->revision();
      const Revision last = {before.value + events->size()};
      known = nullptr;
      Follow(stream, before, *std::move(events));
      known = Find(stream);
      if (known != nullptr && known->revision() >= last) return known;
    }
  }
}

void KnownStreams::Follow(const std::string& stream, Revision before,
                          std::vector<LiveEvent> events) {
  MutexLock lock(mutex_);
  const auto found = index_.find(stream);
  std::shared_ptr<Held> held;
  if (found != index_.end()) {
    // Somebody else has followed it, or read further.
    if ((*found->second)->history->revision() != before) return;
    held = *found->second;
    Remove(found->second);
    if (held->readers > 0) held = std::make_shared<Held>(Held{held->history->Copy()});
  } else if (before.value == 0) {
    held = std::make_shared<Held>(Held{std::make_unique<StreamHistory>(stream)});
  } else {
    return;
  }
  for (LiveEvent& event : events) held->history->Add(std::move(event));
  Insert(std::move(held));
}

KnownStreams::History KnownStreams::Keep(std::unique_ptr<StreamHistory> history) {
  const auto held = std::make_shared<Held>(Held{std::move(history)});
  MutexLock lock(mutex_);
  History lent = Lend(held);
  const auto found = index_.find(held->history->stream());
  if (found != index_.end()) {
    if ((*found->second)->history->revision() >= held->history->revision()) return lent;
    Remove(found->second);
  }
  if (held->history->size() > 0) Insert(held);
  return lent;
}

void KnownStreams::Insert(std::shared_ptr<Held> held) {
  bytes_ += held->history->bytes();
  order_.push_front(std::move(held));
  index_.emplace(order_.front()->history->stream(), order_.begin());
  while (bytes_ > options_.bytes_max || order_.size() > options_.streams_max) {
    Remove(std::prev(order_.end()));
  }
}

void KnownStreams::Remove(Order::iterator at) {
  bytes_ -= (*at)->history->bytes();
  index_.erase((*at)->history->stream());
  order_.erase(at);
}

void KnownStreams::Forget() {
  MutexLock lock(mutex_);
  index_.clear();
  order_.clear();
  bytes_ = 0;
}

}  // namespace mlup::command
