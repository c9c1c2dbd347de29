// Makes the sender and the state of each relay.
#include "services/relay/relay_set.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include <pthread.h>

#include "eventstore/base/status.h"
#include "services/relay/nats_sender.h"
#include "services/relay/webhook_sender.h"

namespace mlup::relay {
namespace {

constexpr std::uint32_t kTimeoutSeconds = 10;
constexpr std::uint32_t kTimeoutSecondsMax = 60;

using MadeSender = absl::StatusOr<std::unique_ptr<Sender>>;

MadeSender MakeWebhook(const sharing::v1::Subscriber& subscriber, Files& files,
                       const Clock& clock) {
  const sharing::v1::Webhook& webhook = subscriber.webhook();
  const std::uint32_t seconds =
      webhook.timeout_seconds() == 0 ? kTimeoutSeconds : webhook.timeout_seconds();
  return std::make_unique<WebhookSender>(
      webhook, absl::Seconds(std::min(seconds, kTimeoutSecondsMax)), files, clock);
}

MadeSender MakeNats(const sharing::v1::Subscriber& subscriber, Files&, const Clock& clock) {
  const sharing::v1::Nats& nats = subscriber.nats();
  const std::string prefix = nats.prefix().empty() ? "mlup" : nats.prefix();
  RETURN_IF_ERROR(CheckNats(nats.url(), nats.stream(), prefix));
  return std::make_unique<NatsSender>(NatsSender::Options{nats.url(), nats.stream(), prefix},
                                      clock);
}

// A way to reach a subscriber, by the field of Subscriber that asks for it.
struct Way {
  std::string_view path;
  bool (sharing::v1::Subscriber::*is_wanted)() const;
  MadeSender (*make)(const sharing::v1::Subscriber&, Files&, const Clock&);
};
constexpr Way kWays[] = {
    {"webhook", &sharing::v1::Subscriber::has_webhook, MakeWebhook},
    {"nats", &sharing::v1::Subscriber::has_nats, MakeNats},
};

// Null where nobody calls the subscriber.
const Way* WayTo(const sharing::v1::Subscriber& subscriber) {
  const Way* found = std::find_if(std::begin(kWays), std::end(kWays),
                                  [&](const Way& way) { return (subscriber.*way.is_wanted)(); });
  return found == std::end(kWays) ? nullptr : found;
}

}  // namespace

RelaySet::RelaySet(const std::string& folder, Relay::Parts parts, Files& files) : parts_(parts) {
  for (const sharing::v1::Subscriber& subscriber : parts_.feeds.All()) {
    const Way* way = WayTo(subscriber);
    if (way == nullptr) continue;
    Running& running = relays_[subscriber.subscriber_id()];
    absl::StatusOr<std::unique_ptr<Relay>> relay = Make(folder, subscriber, files);
    if (!relay.ok()) {
      running.failure = relay.status();
      sharing::PathStatus status;
      status.subscriber_id = subscriber.subscriber_id();
      status.path = way->path;
      status.state = sharing::PathState::kStopped;
      status.because = absl::StrCat(ErrorReason(relay.status()), ": ", relay.status().message());
      parts_.board.Report(std::move(status));
      continue;
    }
    running.relay = *std::move(relay);
    running.thread = std::jthread([relay = running.relay.get()](const std::stop_token& stop) {
      pthread_setname_np(pthread_self(), "mlup-relay");
      relay->Run(stop);
    });
  }
}

RelaySet::~RelaySet() {
  // All at once, so that their last turns pass side by side.
  for (auto& [id, running] : relays_) running.thread.request_stop();
}

absl::StatusOr<std::unique_ptr<Relay>> RelaySet::Make(const std::string& folder,
                                                      const sharing::v1::Subscriber& subscriber,
                                                      Files& files) const {
  ASSIGN_OR_RETURN(std::unique_ptr<Sender> sender,
                   WayTo(subscriber)->make(subscriber, files, parts_.clock));
  DeliveryQueue::Options options;
  if (subscriber.webhook().tries_max() > 0) options.tries_max = subscriber.webhook().tries_max();
  ASSIGN_OR_RETURN(std::unique_ptr<RelayState> state,
                   RelayState::Open(files, absl::StrCat(folder, "/", subscriber.subscriber_id()),
                                    {subscriber.begin_after()}, options));
  return std::make_unique<Relay>(subscriber.subscriber_id(), std::move(sender), std::move(state),
                                 parts_);
}

absl::StatusOr<Relay*> RelaySet::Find(std::string_view subscriber_id) const {
  const auto found = relays_.find(subscriber_id);
  if (found != relays_.end()) {
    RETURN_IF_ERROR(found->second.failure);
    return found->second.relay.get();
  }
  RETURN_IF_ERROR(parts_.feeds.Find(subscriber_id).status());
  return Error(absl::StatusCode::kNotFound, "RELAY_UNKNOWN",
               absl::StrCat("no relay calls ", ToAbsl(subscriber_id)));
}

}  // namespace mlup::relay
