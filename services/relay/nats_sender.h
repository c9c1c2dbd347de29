// Publishes events to a JetStream stream of a NATS server.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/mutex.h"
#include "services/relay/sender.h"

namespace mlup::relay {

// INVALID_ARGUMENT NATS_URL_INVALID unless `url` is tls://, or nats:// to this machine;
// NATS_SUBJECT_INVALID where the prefix or the stream's name holds more than letters, digits, `_`,
// `-` and, between them, `.`.
absl::Status CheckNats(const std::string& url, const std::string& stream,
                       const std::string& prefix);

// CloudEvents in structured JSON on `<prefix>.<category>.<type without package>`, with the event id
// as `Nats-Msg-Id`: what the server has stored already it does not store again within a day. An
// event is delivered when the stream has acknowledged it. The stream is made when it is missing:
// stored in files, for all subjects of the prefix, without a limit.
//
// A connection that breaks is given up with all that is in flight, and the next parcel connects
// anew, so that nothing is kept in buffers that nobody sees. Borrows `clock`.
class NatsSender final : public Sender {
 public:
  struct Options {
    std::string url;
    std::string stream;
    std::string prefix = "mlup";
  };

  NatsSender(Options options, const Clock& clock);
  ~NatsSender() override;

  std::string_view path() const override { return "nats"; }
  std::size_t capacity() const override;
  void Start(Parcel parcel) override;
  std::vector<Outcome> Wait(absl::Duration timeout) override;
  void Wake() override;
  // Connects anew and looks for the stream; nothing is published.
  Outcome Ping(const std::string& event_id) override;

 private:
  class Connection;

  absl::Status Connect(absl::Time now);
  void Fail(Position position, std::string_view because);
  void GiveUp(std::string_view because);
  void TakeAnswers(absl::Duration timeout);
  void FailLate(absl::Time now);

  const Options options_;
  const Clock& clock_;

  // The relay's thread.
  std::unique_ptr<Connection> connection_;
  absl::Time connect_next_ = absl::InfinitePast();
  std::string connect_failure_;
  // When to stop waiting for an answer, by position.
  std::map<std::uint64_t, absl::Time> in_flight_;
  std::vector<Outcome> outcomes_;

  Mutex mutex_;
  Condition woken_;
  bool wake_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace mlup::relay
