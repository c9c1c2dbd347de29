// Events that say who read what, on their way into the log.
#pragma once

#include <string>
#include <string_view>

#include <google/protobuf/message.h>

#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "mlup/log/v1/envelope.pb.h"
#include "mlup/log/v1/event_store.pb.h"
#include "services/privacy/keyring.h"

namespace mlup::query {

// One append, which is never taken for a repetition of another one. One thread.
class AccessEvents {
 public:
  AccessEvents(const log::v1::Actor& actor, std::string_view purpose,
               const privacy::Keyring& keyring, const Clock& clock, Random& random);

  // `message` on `access/<id>`; an id once.
  void Add(std::string_view id, const google::protobuf::Message& message);

  int size() const { return request_.writes_size(); }
  // Of all that was added; at least one.
  const log::v1::AppendRequest& request();

 private:
  const log::v1::Actor actor_;
  const std::string purpose_;
  const privacy::Keyring& keyring_;
  const Clock& clock_;
  Random& random_;
  log::v1::AppendRequest request_;
};

}  // namespace mlup::query
