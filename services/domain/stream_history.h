// A stream as the rules see it: its events in order, voids and corrections applied, and the states
// that follow from them.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/time/time.h"
#include <google/protobuf/message.h>

#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "mlup/log/v1/envelope.pb.h"
#include "services/domain/aggregate.h"

namespace mlup::domain {

// One event with its clear fields, corrected.
struct LiveEvent {
  EventInfo info;
  std::string type;
  // When it became known: recorded by an earlier system, else by this one.
  absl::Time known_at;
  // Whether a later EntryVoided names it. Rules do not see voided events.
  bool voided = false;
  // Null for a type that this program does not know. Shared by copies of the event.
  std::shared_ptr<const google::protobuf::Message> message;
};

// The events of a stream, or those that may follow a shared history, its base, which this one does
// not touch: beginning one costs the same however long the base is.
//
// Any threads may read a history without a base that nobody changes; one with a base is for one
// thread. Events are shared by copies, and a base by the histories that follow it.
class StreamHistory {
 public:
  // Of a stream without events.
  explicit StreamHistory(std::string stream) : stream_(std::move(stream)) {}
  explicit StreamHistory(std::shared_ptr<const StreamHistory> base);
  StreamHistory(const StreamHistory&) = delete;
  StreamHistory& operator=(const StreamHistory&) = delete;

  // Of a history without a base. In proportion to the number of its events.
  std::unique_ptr<StreamHistory> Copy() const;

  const std::string& stream() const { return stream_; }
  // Of the last event; 0 for a stream without events.
  Revision revision() const { return {size()}; }
  std::size_t size() const { return base_size_ + own_.size(); }
  // From 0.
  const LiveEvent& At(std::size_t index) const;
  // The event with this id; null when it does not stand on the stream.
  const LiveEvent* Find(std::string_view event_id) const;
  // The first event of an unknown type that is not voided.
  std::optional<std::size_t> FirstUnknown() const;

  // Adds the next event and does what it does to those before it.
  void Add(LiveEvent event);
  // The events that were added to the base, as they were added.
  std::vector<LiveEvent> Added() const;
  // Takes back what was added to the base after the first `count` events.
  void CutBack(std::size_t count);
  std::size_t added() const { return own_.size(); }

  // Stands until the history changes. A history without a base has the states of Aggregates() only,
  // and keeps them up to date; one with a base makes a state when it is asked for.
  const void* StateOf(const AnyAggregate& aggregate) const;

  // About how much memory the history takes, its base aside.
  std::size_t bytes() const { return bytes_; }

 private:
  using States = std::map<const AnyAggregate*, std::shared_ptr<void>>;

  std::optional<std::size_t> IndexOf(std::string_view event_id) const;
  void Apply(const LiveEvent& event);
  void Rewrite(std::size_t index, LiveEvent event);
  void Fold(const LiveEvent& event);
  // The state after the events from `from` on, of which `state` is the one before.
  std::shared_ptr<void> FoldFrom(std::size_t from, const AnyAggregate& aggregate,
                                 std::shared_ptr<void> state) const;
  // Null where it has to be made.
  const void* KnownState(const AnyAggregate& aggregate) const;

  const std::shared_ptr<const StreamHistory> base_;
  const std::string stream_;
  const std::size_t base_size_ = 0;

  // As they were added; a copy shares them.
  std::vector<std::shared_ptr<const LiveEvent>> own_;
  // The first of own_ with an id; the keys are the events' own.
  std::unordered_map<std::string_view, std::size_t> index_;
  // Events that were voided or corrected here, by their index in the stream.
  std::map<std::size_t, LiveEvent> rewritten_;
  // Those of unknown types that are not voided.
  std::set<std::size_t> unknown_;
  std::size_t bytes_ = 0;

  // Without a base, those that some event has changed.
  mutable States states_;
};

// How sensitive all on the stream is at least: what the type of its first event says, else NORMAL.
log::v1::Sensitivity LeastSensitivity(const StreamHistory& history);

// A stored event. DATA_LOSS PAYLOAD_DAMAGED.
absl::StatusOr<LiveEvent> ReadEvent(const log::v1::Record& record);

}  // namespace mlup::domain
