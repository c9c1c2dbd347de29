// Books of one group: what is pending, at consumers, waiting for a retry, or parked.
#include "eventstore/bus/consumer_group.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "eventstore/base/check.h"
#include "eventstore/base/utf8.h"

namespace mlup::log {
namespace {

// FNV-1a over the bytes of `text`, from `hash` on.
std::uint64_t Fnv1a(std::string_view text, std::uint64_t hash = 0xcbf29ce484222325) {
  for (const char byte : text) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  }
  return hash;
}

// Wait before each retry while no event can be parked.
constexpr absl::Duration kParkedFullDelay = absl::Seconds(1);

bool IsPinned(Strategy strategy) {
  return strategy == Strategy::kPinned || strategy == Strategy::kPinnedByCorrelation;
}

absl::Duration RetryDelay(const GroupRules& rules, std::uint32_t tries) {
  absl::Duration delay = rules.retry_delay_min;
  if (delay == absl::ZeroDuration()) return delay;
  for (std::uint32_t i = 1; i < tries && delay < rules.retry_delay_max; ++i) delay *= 2;
  return std::min(delay, rules.retry_delay_max);
}

// At most kGroupReasonMax bytes of UTF-8.
std::string Shortened(std::string_view text) {
  std::size_t end = std::min(text.size(), kGroupReasonMax);
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
    --end;
  text = text.substr(0, end);
  return IsUtf8(text) ? std::string(text) : "a reason that is not UTF-8";
}

}  // namespace

std::uint64_t StreamKey64(std::string_view stream) { return Fnv1a(stream); }

ConsumerGroup::ConsumerGroup(const GroupRules& rules, GroupState state)
    : rules_(rules), read_to_(state.read_to), stopped_because_(std::move(state.stopped_because)) {
  for (ParkedEvent& parked : state.parked) {
    const Position position = parked.event.position;
    parked_.emplace(position, std::move(parked));
  }
  for (const GroupEvent& event : state.unfinished) {
    if (parked_.count(event.position) == 0) Insert(event);
  }
}

void ConsumerGroup::Connect(ConsumerId consumer, std::size_t credits) {
  CHECK(consumers_.size() < kGroupConsumersMax);
  const bool fresh = consumers_.emplace(consumer, Consumer{.credits = credits}).second;
  CHECK(fresh);
}

void ConsumerGroup::Disconnect(ConsumerId consumer, absl::Time now) {
  const auto found = consumers_.find(consumer);
  if (found == consumers_.end()) return;
  const std::set<Position> held = std::move(found->second.held);
  found->second.held.clear();
  consumers_.erase(found);
  for (const Position position : held) {
    const auto item = items_.find(position);
    TakeBack(item->second);
    if (position == *held.begin()) {
      Fail(item, "the consumer went away while it had this event", now);
    } else {
      MakeReady(item->second);
    }
  }
}

void ConsumerGroup::SetOpen(ConsumerId consumer, bool open) {
  const auto found = consumers_.find(consumer);
  if (found != consumers_.end()) found->second.open = open;
}

std::size_t ConsumerGroup::Room() const {
  return items_.size() >= kGroupUnfinishedMax ? 0 : kGroupUnfinishedMax - items_.size();
}

void ConsumerGroup::Offer(const GroupEvent& event) {
  CHECK(event.position > read_to_);
  CHECK(Room() > 0);
  read_to_ = event.position;
  ++version_;
  Insert(event);
}

void ConsumerGroup::Passed(Position position) {
  CHECK(position >= read_to_);
  if (position == read_to_) return;
  read_to_ = position;
}

void ConsumerGroup::Insert(const GroupEvent& event) {
  Item& item = items_[event.position];
  item.event = event;
  if (rules_.ordered) streams_[event.stream_key].unfinished.insert(event.position);
  MakeReady(item);
}

void ConsumerGroup::MakeReady(Item& item) {
  item.phase = Phase::kPending;
  if (rules_.ordered) {
    Refresh(item.event.stream_key);
  } else {
    ready_.insert(item.event.position);
  }
}

void ConsumerGroup::Refresh(std::uint64_t stream_key) {
  const auto stream = streams_.find(stream_key);
  if (stream == streams_.end()) return;
  std::set<Position>& unfinished = stream->second.unfinished;
  if (unfinished.empty()) {
    streams_.erase(stream);
    return;
  }
  // What was replayed may stand before what was ready until now.
  if (stream->second.ready.value > 0) ready_.erase(stream->second.ready);
  stream->second.ready = {};
  const Position first = *unfinished.begin();
  if (stream->second.in_flight > 0 || items_.at(first).phase != Phase::kPending) return;
  stream->second.ready = first;
  ready_.insert(first);
}

void ConsumerGroup::SetTimer(Item& item, absl::Time due) {
  if (item.due != absl::InfiniteFuture()) timers_.erase({item.due, item.event.position});
  item.due = due;
  if (due != absl::InfiniteFuture()) timers_.insert({due, item.event.position});
}

bool ConsumerGroup::HasRoom(const Consumer& consumer, std::size_t given,
                            std::size_t each_max) const {
  return consumer.open && given < each_max && consumer.held.size() < consumer.credits;
}

std::map<ConsumerId, ConsumerGroup::Consumer>::iterator ConsumerGroup::Choose(
    const GroupEvent& event, const std::map<ConsumerId, std::size_t>& given, std::size_t each_max) {
  const auto has_room = [&](const auto& entry) {
    const auto count = given.find(entry.first);
    return HasRoom(entry.second, count == given.end() ? 0 : count->second, each_max);
  };
  if (IsPinned(rules_.strategy)) {
    // The highest hash of stream and consumer, so that few streams move when consumers change.
    const auto pinned =
        std::max_element(consumers_.begin(), consumers_.end(), [&](const auto& a, const auto& b) {
          const auto weight = [&](ConsumerId id) {
            return Fnv1a(absl::StrCat(id.value), event.stream_key);
          };
          return weight(a.first) < weight(b.first);
        });
    return pinned != consumers_.end() && has_room(*pinned) ? pinned : consumers_.end();
  }
  const bool stay = rules_.strategy == Strategy::kDispatchToSingle;
  const auto begin =
      stay ? consumers_.lower_bound(last_chosen_) : consumers_.upper_bound(last_chosen_);
  const auto later = std::find_if(begin, consumers_.end(), has_room);
  if (later != consumers_.end()) return later;
  const auto earlier = std::find_if(consumers_.begin(), begin, has_room);
  return earlier != begin ? earlier : consumers_.end();
}

std::vector<ConsumerGroup::Delivery> ConsumerGroup::Dispatch(absl::Time now, std::size_t each_max) {
  std::vector<Delivery> deliveries;
  if (!stopped_because_.empty()) return deliveries;
  std::map<ConsumerId, std::size_t> given;
  for (auto next = ready_.begin(); next != ready_.end() && in_flight_ < rules_.in_flight_max;) {
    Item& item = items_.at(*next);
    const auto chosen = Choose(item.event, given, each_max);
    if (chosen == consumers_.end()) {
      if (!IsPinned(rules_.strategy)) break;
      ++next;
      continue;
    }
    next = ready_.erase(next);
    last_chosen_ = chosen->first;
    ++given[chosen->first];
    chosen->second.held.insert(item.event.position);
    item.phase = Phase::kInFlight;
    item.consumer = chosen->first;
    ++in_flight_;
    if (item.since == absl::InfiniteFuture()) {
      item.since = now;
      given_out_.insert({now, item.event.position});
    }
    if (rules_.message_timeout > absl::ZeroDuration()) {
      SetTimer(item, now + rules_.message_timeout);
    }
    if (rules_.ordered) {
      Stream& stream = streams_.at(item.event.stream_key);
      stream.ready = {};
      ++stream.in_flight;
    }
    deliveries.push_back({chosen->first, item.event});
  }
  return deliveries;
}

void ConsumerGroup::TakeBack(Item& item) {
  SetTimer(item, absl::InfiniteFuture());
  if (item.phase == Phase::kRetrying) --retrying_;
  if (item.phase == Phase::kInFlight) {
    --in_flight_;
    const auto consumer = consumers_.find(item.consumer);
    if (consumer != consumers_.end()) consumer->second.held.erase(item.event.position);
    if (rules_.ordered) --streams_.at(item.event.stream_key).in_flight;
  }
  item.phase = Phase::kPending;
  item.consumer = {};
}

void ConsumerGroup::Return(ConsumerId consumer, Position position) {
  const auto item = items_.find(position);
  if (!Holds(consumer, item)) return;
  TakeBack(item->second);
  if (item->second.event.tries == 0) {
    given_out_.erase({item->second.since, position});
    item->second.since = absl::InfiniteFuture();
  }
  MakeReady(item->second);
}

void ConsumerGroup::Erase(Items::iterator item, absl::Time now) {
  TakeBack(item->second);
  const Position position = item->first;
  const std::uint64_t stream_key = item->second.event.stream_key;
  given_out_.erase({item->second.since, position});
  ready_.erase(position);
  items_.erase(item);
  if (rules_.ordered) {
    Stream& stream = streams_.at(stream_key);
    stream.unfinished.erase(position);
    if (stream.ready == position) stream.ready = {};
    Refresh(stream_key);
  }
  last_progress_ = now;
  ++version_;
}

void ConsumerGroup::Park(Items::iterator item, std::string_view reason, absl::Time now) {
  parked_.insert_or_assign(item->first, ParkedEvent{item->second.event, Shortened(reason), now});
  Erase(item, now);
}

void ConsumerGroup::Fail(Items::iterator item, std::string_view reason, absl::Time now) {
  GroupEvent& event = item->second.event;
  ++version_;
  if (event.tries < UINT32_MAX) ++event.tries;
  const bool too_often = event.tries > rules_.retries_max;
  if (too_often && !parked_is_full()) {
    Park(item, reason, now);
    return;
  }
  absl::Duration delay = RetryDelay(rules_, event.tries);
  // What cannot be parked must not go round at once for ever.
  if (parked_is_full()) delay = std::max(delay, kParkedFullDelay);
  if (delay == absl::ZeroDuration()) return MakeReady(item->second);
  item->second.phase = Phase::kRetrying;
  ++retrying_;
  SetTimer(item->second, now + delay);
  if (rules_.ordered) Refresh(event.stream_key);
}

bool ConsumerGroup::WasGivenOut(const Item& item) {
  return item.phase != Phase::kPending || item.event.tries > 0;
}

bool ConsumerGroup::Ack(Position position, absl::Time now) {
  const auto item = items_.find(position);
  if (item == items_.end() || !WasGivenOut(item->second)) return false;
  Erase(item, now);
  return true;
}

bool ConsumerGroup::Holds(ConsumerId consumer, Items::const_iterator item) const {
  return item != items_.end() && item->second.phase == Phase::kInFlight &&
         item->second.consumer == consumer;
}

bool ConsumerGroup::Nack(ConsumerId consumer, Position position, NackAction action,
                         std::string_view reason, absl::Time now) {
  const auto item = items_.find(position);
  if (!Holds(consumer, item)) return false;
  switch (action) {
    case NackAction::kSkip:
      Erase(item, now);
      return true;
    case NackAction::kRetry:
      TakeBack(item->second);
      Fail(item, reason, now);
      return true;
    case NackAction::kPark:
      if (parked_is_full()) {
        TakeBack(item->second);
        Fail(item, reason, now);
      } else {
        Park(item, reason, now);
      }
      return true;
    case NackAction::kStop:
      TakeBack(item->second);
      MakeReady(item->second);
      stopped_because_ = absl::StrCat("a consumer stopped the group at position ", position.value);
      if (!reason.empty()) absl::StrAppend(&stopped_because_, ": ", Shortened(reason));
      ++version_;
      return true;
  }
  return false;
}

void ConsumerGroup::Tick(absl::Time now) {
  while (!timers_.empty() && timers_.begin()->first <= now) {
    const auto item = items_.find(timers_.begin()->second);
    const bool timed_out = item->second.phase == Phase::kInFlight;
    TakeBack(item->second);
    if (timed_out) {
      Fail(item, "no answer in time", now);
    } else {
      MakeReady(item->second);
    }
  }
}

absl::Time ConsumerGroup::NextTimer() const {
  return timers_.empty() ? absl::InfiniteFuture() : timers_.begin()->first;
}

std::size_t ConsumerGroup::ReplayParked(const std::vector<Position>& positions, std::size_t limit,
                                        absl::Time now) {
  std::size_t count = 0;
  for (const Position position : Chosen(positions)) {
    const auto found = parked_.find(position);
    if (found == parked_.end()) continue;
    if (Room() == 0 || (limit > 0 && count == limit)) break;
    GroupEvent event = found->second.event;
    event.tries = 0;
    parked_.erase(found);
    Insert(event);
    ++count;
  }
  if (count > 0) last_progress_ = now;
  version_ += count;
  return count;
}

std::size_t ConsumerGroup::SkipParked(const std::vector<Position>& positions, absl::Time now) {
  std::size_t count = 0;
  for (const Position position : Chosen(positions)) count += parked_.erase(position);
  if (count > 0) last_progress_ = now;
  version_ += count;
  return count;
}

std::vector<Position> ConsumerGroup::Chosen(const std::vector<Position>& positions) const {
  if (!positions.empty()) return positions;
  std::vector<Position> all;
  all.reserve(parked_.size());
  for (const auto& [position, parked] : parked_) all.push_back(position);
  return all;
}

void ConsumerGroup::Resume() {
  stopped_because_.clear();
  ++version_;
}

GroupState ConsumerGroup::Save() const {
  GroupState state{.read_to = read_to_, .stopped_because = stopped_because_};
  state.unfinished.reserve(items_.size());
  for (const auto& [position, item] : items_) state.unfinished.push_back(item.event);
  state.parked.reserve(parked_.size());
  for (const auto& [position, parked] : parked_) state.parked.push_back(parked);
  return state;
}

Position ConsumerGroup::checkpoint() const {
  return items_.empty() ? read_to_ : Position{items_.begin()->first.value - 1};
}

const GroupEvent* ConsumerGroup::oldest_unfinished() const {
  return items_.empty() ? nullptr : &items_.begin()->second.event;
}

Position ConsumerGroup::oldest_unacked() const {
  return given_out_.empty() ? Position{} : given_out_.begin()->second;
}

absl::Time ConsumerGroup::oldest_unacked_since() const {
  return given_out_.empty() ? absl::InfiniteFuture() : given_out_.begin()->first;
}

std::size_t ConsumerGroup::in_flight_of(ConsumerId consumer) const {
  const auto found = consumers_.find(consumer);
  return found == consumers_.end() ? 0 : found->second.held.size();
}

}  // namespace mlup::log
