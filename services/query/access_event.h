// Events that say who read what, on their way into the log.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

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

  // `message` on `access/<id>`.
  void Add(std::string_view id, const google::protobuf::Message& message);

  // Of all that was added; at least one.
  const log::v1::AppendRequest& request();

 private:
  const log::v1::Actor actor_;
  const std::string purpose_;
  const privacy::Keyring& keyring_;
  const Clock& clock_;
  Random& random_;
  log::v1::AppendRequest request_;
  // By stream: its write in the request.
  std::unordered_map<std::string, int> writes_;
};

}  // namespace mlup::query
