// A small table; the board is told after each change.
#include "services/gateway/readers.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"

namespace mlup::gateway {

sharing::PathStatus Readers::Describe(const std::string& subscriber_id,
                                      const Subscriber& subscriber) const {
  sharing::PathStatus status;
  status.subscriber_id = subscriber_id;
  status.path = "http";
  status.position = subscriber.last;
  status.delivered = subscriber.delivered;
  status.failures = subscriber.failures;
  status.because = subscriber.because;
  if (!subscriber.because.empty()) status.state = sharing::PathState::kStopped;
  if (subscriber.connections.empty()) return status;
  const auto slowest = std::min_element(
      subscriber.connections.begin(), subscriber.connections.end(),
      [](const auto& a, const auto& b) { return a.second.position < b.second.position; });
  status.position = slowest->second.position;
  status.state =
      slowest->second.caught_up ? sharing::PathState::kLive : sharing::PathState::kBehind;
  status.because.clear();
  return status;
}

void Readers::Expect(std::string_view subscriber_id, Position position) {
  const std::string id(subscriber_id);
  sharing::PathStatus status;
  {
    MutexLock lock(mutex_);
    subscribers_[id].last = position;
    status = Describe(id, subscribers_[id]);
  }
  board_.Report(std::move(status));
}

absl::StatusOr<std::unique_ptr<Readers::Reader>> Readers::OpenStream(
    const std::string& subscriber_id, Position position) {
  {
    MutexLock lock(mutex_);
    Subscriber& subscriber = subscribers_[subscriber_id];
    if (subscriber.streams >= kHttpStreamsOfOneMax) {
      return Error(absl::StatusCode::kResourceExhausted, "STREAMS_FULL",
                   absl::StrCat(subscriber_id, " follows with ", kHttpStreamsOfOneMax,
                                " connections already: close one"));
    }
    if (streams_ >= kHttpStreamsMax) {
      return Error(absl::StatusCode::kResourceExhausted, "STREAMS_FULL",
                   absl::StrCat("all ", kHttpStreamsMax, " streams are taken: come again later"));
    }
    ++subscriber.streams;
    ++streams_;
  }
  return std::unique_ptr<Reader>(new Reader(*this, subscriber_id, position, true));
}

Readers::Reader::Reader(Readers& readers, std::string subscriber_id, Position position,
                        bool streams)
    : readers_(readers), subscriber_id_(std::move(subscriber_id)), streams_(streams) {
  MutexLock lock(readers_.mutex_);
  const std::uint64_t number = readers_.next_number_++;
  number_ = number;
  Subscriber& subscriber = readers_.subscribers_[subscriber_id_];
  subscriber.connections[number] = {position, false};
  subscriber.because.clear();
}

Readers::Reader::~Reader() {
  sharing::PathStatus status;
  {
    MutexLock lock(readers_.mutex_);
    Subscriber& subscriber = readers_.subscribers_[subscriber_id_];
    subscriber.connections.erase(number_);
    if (streams_) {
      --subscriber.streams;
      --readers_.streams_;
    }
    status = readers_.Describe(subscriber_id_, subscriber);
  }
  readers_.board_.Report(std::move(status));
}

void Readers::Reader::Give(const sharing::FeedStep& step) {
  sharing::PathStatus status;
  {
    MutexLock lock(readers_.mutex_);
    Subscriber& subscriber = readers_.subscribers_[subscriber_id_];
    subscriber.connections[number_] = {step.position, step.caught_up};
    subscriber.last = step.position;
    subscriber.delivered += step.records.size();
    status = readers_.Describe(subscriber_id_, subscriber);
  }
  readers_.board_.Report(std::move(status));
}

void Readers::Reader::Fail(std::string_view because) {
  MutexLock lock(readers_.mutex_);
  Subscriber& subscriber = readers_.subscribers_[subscriber_id_];
  ++subscriber.failures;
  subscriber.because = std::string(because);
}

}  // namespace mlup::gateway
