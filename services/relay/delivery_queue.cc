// The state machine of deliveries.
#include "services/relay/delivery_queue.h"

#include <algorithm>

#include "eventstore/base/check.h"

namespace mlup::relay {
namespace {

void SetTime(absl::Time time, google::protobuf::Timestamp& timestamp) {
  timestamp.set_seconds(absl::ToUnixSeconds(time));
  timestamp.set_nanos(static_cast<std::int32_t>(
      absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(timestamp.seconds()))));
}

absl::Time TimeOf(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

void Note(const Failure& failure, v1::Letter& head) {
  head.set_event_id(failure.event_id);
  head.set_type(failure.type);
  head.set_because(failure.because);
  head.set_tries(head.tries() + 1);
  if (!head.has_first_failure()) SetTime(failure.at, *head.mutable_first_failure());
}

}  // namespace

void DeliveryQueue::Add(const std::string& name, Position position) {
  const auto stream = streams_.try_emplace(name).first;
  auto& positions = stream->second.positions;
  CHECK(positions.empty() || positions.back() < position.value);
  positions.push_back(position.value);
  ++size_;
  if (positions.size() > 1) return;
  heads_.emplace(position.value, name);
  MakeDue(stream);
}

void DeliveryQueue::Restore(const v1::Letter& letter) {
  Add(letter.stream(), {letter.position()});
  const auto stream = streams_.find(letter.stream());
  if (stream->second.positions.size() > 1) return;
  stream->second.head = letter;
  if (!letter.dead()) return;
  due_.erase({stream->second.next_try, letter.position()});
  dead_.insert(letter.position());
}

std::optional<Position> DeliveryQueue::Begin(absl::Time now) {
  if (due_.empty() || due_.begin()->first > now) return std::nullopt;
  const Position position{due_.begin()->second};
  due_.erase(due_.begin());
  FindHead(position)->second.in_flight = true;
  ++in_flight_;
  return position;
}

absl::Time DeliveryQueue::NextDue() const {
  return due_.empty() ? absl::InfiniteFuture() : due_.begin()->first;
}

void DeliveryQueue::Finish(Position position) {
  const auto stream = FindHead(position);
  CHECK(stream->second.in_flight);
  --in_flight_;
  Pop(stream);
}

void DeliveryQueue::Delivered(Position position, absl::Time at) {
  last_delivered_ = at;
  Finish(position);
}

bool DeliveryQueue::IsOver(const v1::Letter& head, const Failure& failure) const {
  const absl::Time first = TimeOf(head.first_failure());
  const bool tried_enough =
      head.tries() >= options_.tries_max || failure.at - first >= options_.age_max;
  return tried_enough && (failure.refused || last_delivered_ > first);
}

v1::Letter DeliveryQueue::Fail(Position position, const Failure& failure) {
  const auto stream = FindHead(position);
  CHECK(stream->second.in_flight);
  Note(failure, stream->second.head);
  if (IsOver(stream->second.head, failure)) {
    stream->second.in_flight = false;
    --in_flight_;
    stream->second.head.set_dead(true);
    dead_.insert(position.value);
  } else {
    Postpone(position, failure.at + failure.delay);
  }
  return LetterOf(*stream);
}

void DeliveryQueue::Postpone(Position position, absl::Time until) {
  const auto stream = FindHead(position);
  CHECK(stream->second.in_flight);
  stream->second.in_flight = false;
  --in_flight_;
  stream->second.next_try = until;
  MakeDue(stream);
}

v1::Letter DeliveryQueue::SetAside(Position position, const Failure& failure) {
  const auto stream = FindHead(position);
  CHECK(stream->second.in_flight);
  Note(failure, stream->second.head);
  stream->second.in_flight = false;
  --in_flight_;
  stream->second.head.set_dead(true);
  dead_.insert(position.value);
  return LetterOf(*stream);
}

std::vector<v1::Letter> DeliveryQueue::DeadLetters() const {
  std::vector<v1::Letter> letters;
  letters.reserve(dead_.size());
  for (const std::uint64_t position : dead_) letters.push_back(LetterOf(*FindHead({position})));
  return letters;
}

DeliveryQueue::Streams::iterator DeliveryQueue::FindDead(std::string_view event_id) {
  for (const std::uint64_t position : dead_) {
    const auto stream = FindHead({position});
    if (stream->second.head.event_id() == event_id) return stream;
  }
  return streams_.end();
}

std::optional<v1::Letter> DeliveryQueue::Revive(std::string_view event_id) {
  const auto stream = FindDead(event_id);
  if (stream == streams_.end()) return std::nullopt;
  dead_.erase(stream->second.positions.front());
  stream->second.head.Clear();
  stream->second.next_try = absl::InfinitePast();
  MakeDue(stream);
  return LetterOf(*stream);
}

std::optional<v1::Letter> DeliveryQueue::GiveUp(std::string_view event_id) {
  const auto stream = FindDead(event_id);
  if (stream == streams_.end()) return std::nullopt;
  const v1::Letter letter = LetterOf(*stream);
  dead_.erase(letter.position());
  Pop(stream);
  return letter;
}

std::vector<Position> DeliveryQueue::ForgetAfter(Position position) {
  CHECK(in_flight_ == 0);
  std::vector<Position> forgotten;
  for (auto stream = streams_.begin(); stream != streams_.end();) {
    auto& positions = stream->second.positions;
    const std::uint64_t head = positions.front();
    while (!positions.empty() && positions.back() > position.value) {
      forgotten.push_back({positions.back()});
      positions.pop_back();
      --size_;
    }
    if (!positions.empty()) {
      ++stream;
      continue;
    }
    due_.erase({stream->second.next_try, head});
    dead_.erase(head);
    heads_.erase(head);
    stream = streams_.erase(stream);
  }
  return forgotten;
}

std::vector<v1::Letter> DeliveryQueue::Letters() const {
  std::vector<v1::Letter> letters;
  letters.reserve(size_);
  for (const auto& entry : streams_) {
    letters.push_back(LetterOf(entry));
    for (std::size_t i = 1; i < entry.second.positions.size(); ++i) {
      v1::Letter& letter = letters.emplace_back();
      letter.set_stream(entry.first);
      letter.set_position(entry.second.positions[i]);
    }
  }
  std::sort(letters.begin(), letters.end(),
            [](const auto& a, const auto& b) { return a.position() < b.position(); });
  return letters;
}

std::size_t DeliveryQueue::retrying() const {
  return static_cast<std::size_t>(std::count_if(streams_.begin(), streams_.end(), [](auto& entry) {
    return entry.second.head.tries() > 0 && !entry.second.head.dead();
  }));
}

std::size_t DeliveryQueue::behind_dead() const {
  std::size_t waiting = 0;
  for (const std::uint64_t position : dead_)
    waiting += FindHead({position})->second.positions.size() - 1;
  return waiting;
}

std::optional<Position> DeliveryQueue::LowestUndelivered() const {
  std::optional<Position> lowest;
  for (const auto& [name, stream] : streams_) {
    const std::size_t index = stream.head.dead() ? 1 : 0;
    if (index >= stream.positions.size()) continue;
    const Position position{stream.positions[index]};
    if (!lowest.has_value() || position < *lowest) lowest = position;
  }
  return lowest;
}

DeliveryQueue::Streams::iterator DeliveryQueue::FindHead(Position position) {
  const auto head = heads_.find(position.value);
  CHECK(head != heads_.end());
  return streams_.find(head->second);
}

DeliveryQueue::Streams::const_iterator DeliveryQueue::FindHead(Position position) const {
  const auto head = heads_.find(position.value);
  CHECK(head != heads_.end());
  return streams_.find(head->second);
}

v1::Letter DeliveryQueue::LetterOf(const Streams::value_type& entry) {
  v1::Letter letter = entry.second.head;
  letter.set_position(entry.second.positions.front());
  letter.set_stream(entry.first);
  return letter;
}

void DeliveryQueue::MakeDue(Streams::iterator stream) {
  due_.emplace(stream->second.next_try, stream->second.positions.front());
}

void DeliveryQueue::Pop(Streams::iterator stream) {
  auto& positions = stream->second.positions;
  heads_.erase(positions.front());
  positions.pop_front();
  --size_;
  if (positions.empty()) {
    streams_.erase(stream);
    return;
  }
  stream->second.head.Clear();
  stream->second.next_try = absl::InfinitePast();
  stream->second.in_flight = false;
  heads_.emplace(positions.front(), stream->first);
  MakeDue(stream);
}

}  // namespace mlup::relay
