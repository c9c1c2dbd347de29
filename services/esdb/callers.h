// Who calls, and what that subscriber may see.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "eventstore/base/status.h"
#include "services/esdb/events.h"
#include "services/esdb/presenter.h"
#include "services/sharing/feed.h"

namespace mlup::esdb {

struct Caller {
  Author author;
  // What it calls itself in its credentials; the subscriber where it does not say.
  std::string user;
  // As people know it.
  std::string label;
  // AccessDenied() as of `holds`.
  Admit admit;
  // Whether it still is who it was when it called: calls last, and a token is taken back meanwhile.
  // AccessDenied().
  std::function<absl::Status()> holds;
  // Otherwise it only reads.
  bool may_append = false;

  // AccessDenied() for who only reads, whatever it names, and as of `holds`.
  absl::Status CheckAppends() const;
};

// Knows subscribers by what clients send. Any thread. Borrows the feeds; so do the callers it
// gives.
class Callers {
 public:
  // `anonymous` is the subscriber that clients without credentials are, nobody when empty. Clients
  // send none without TLS; without TLS the server listens on loopback only.
  Callers(sharing::FeedSource& feeds, std::string anonymous)
      : feeds_(feeds), anonymous_(std::move(anonymous)) {}

  // From the header `authorization`: `Basic` with the token as the password and any user name,
  // `Bearer` with the token, or nothing. AccessDenied().
  absl::StatusOr<Caller> Identify(std::string_view authorization) const;

 private:
  sharing::FeedSource& feeds_;
  const std::string anonymous_;
};

}  // namespace mlup::esdb
