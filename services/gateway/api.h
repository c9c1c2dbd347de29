// The calls of the HTTP face.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "eventstore/base/clock.h"
#include "services/gateway/health.h"
#include "services/gateway/http_message.h"
#include "services/gateway/inbound.h"
#include "services/gateway/readers.h"
#include "services/sharing/feed.h"

namespace mlup::gateway {

//   GET  /v1/events    with `Accept: text/event-stream` server-sent events (EventStream), else a
//                      page as JSON: {"events":[…],"next":token,"caught_up":…}; parameters of
//                      ParseSubscription(), and limit=1..1024 for a page
//   POST /v1/events    a CloudEvent in structured JSON, taken by Inbound
//   GET  /v1/health    Health::StatusJson(), without a token
//
// and for whoever runs the machine, on an address of their own:
//
//   GET  /v1/health    Health::Json()
//   GET  /metrics      Health::Metrics()
//
// Events need `Authorization: Bearer TOKEN` of a subscriber. Any thread. Borrows everything.
class Api {
 public:
  struct Parts {
    sharing::FeedSource& feeds;
    const Inbound& inbound;
    const Health& health;
    Readers& readers;
    const Clock& clock;
  };

  explicit Api(const Parts& parts) : parts_(parts) {}

  HttpResponse Handle(const HttpRequest& request) const;
  // `counts` are those of the server that subscribers call.
  HttpResponse HandleOperator(const HttpRequest& request, const HttpCounts& counts) const;

 private:
  absl::StatusOr<std::string> Authenticate(const HttpRequest& request) const;
  HttpResponse Events(const HttpRequest& request) const;
  absl::StatusOr<HttpResponse> Answer(const HttpRequest& request,
                                      const std::string& subscriber_id) const;
  absl::StatusOr<HttpResponse> Stream(const HttpRequest& request,
                                      const std::string& subscriber_id) const;
  absl::StatusOr<HttpResponse> Page(const HttpRequest& request,
                                    const std::string& subscriber_id) const;
  absl::StatusOr<HttpResponse> Post(const HttpRequest& request,
                                    const std::string& subscriber_id) const;

  const Parts parts_;
};

}  // namespace mlup::gateway
