// Wires the API to the server, and the log's growth to the streams.
#include "services/gateway/gateway.h"

#include <utility>

namespace mlup::gateway {
namespace {

// Bounds how long ending takes.
constexpr absl::Duration kWatchWait = absl::Milliseconds(200);

}  // namespace

Gateway::Gateway(const Parts& parts)
    : log_(parts.log),
      inbound_({parts.sharing, parts.log, parts.clock, parts.random}),
      health_({parts.sharing, parts.log, parts.clock, parts.groups, parts.workers,
               parts.reading_alarms}),
      readers_(parts.sharing.board()),
      api_({parts.sharing.feeds(), inbound_, health_, readers_, parts.clock}) {
  for (const sharing::v1::Subscriber& subscriber : parts.sharing.subscribers().all()) {
    if (subscriber.token_sha256().empty()) continue;
    readers_.Expect(subscriber.subscriber_id(),
                    parts.sharing.ledger().totals(subscriber.subscriber_id()).position);
  }
}

Gateway::~Gateway() {
  watcher_.request_stop();
  if (watcher_.joinable()) watcher_.join();
}

absl::StatusOr<std::unique_ptr<Gateway>> Gateway::Start(Options options, const Parts& parts) {
  std::unique_ptr<Gateway> gateway(new Gateway(parts));
  Gateway& self = *gateway;
  ASSIGN_OR_RETURN(
      self.server_,
      HttpServer::Start({.address = options.address, .tls = std::move(options.tls)},
                        [&self](const HttpRequest& request) { return self.api_.Handle(request); }));
  if (!options.operator_address.empty()) {
    ASSIGN_OR_RETURN(self.operator_server_,
                     HttpServer::Start({.address = options.operator_address, .threads = 1},
                                       [&self](const HttpRequest& request) {
                                         return self.api_.HandleOperator(request,
                                                                         self.server_->counts());
                                       }));
  }
  self.watcher_ = std::jthread([&self](const std::stop_token& stop) { self.Watch(stop); });
  return gateway;
}

void Gateway::Watch(const std::stop_token& stop) {
  const std::stop_callback wake(stop, [this] { stopping_.NotifyAll(); });
  Position seen;
  while (!stop.stop_requested()) {
    const absl::StatusOr<Position> head = log_.WaitPast(seen, kWatchWait);
    if (!head.ok()) {
      // The streams ask by themselves every second.
      MutexLock lock(mutex_);
      if (!stop.stop_requested()) stopping_.WaitFor(mutex_, absl::ToChronoMilliseconds(kWatchWait));
    } else if (*head > seen) {
      seen = *head;
      server_->Wake();
    }
  }
}

}  // namespace mlup::gateway
