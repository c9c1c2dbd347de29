// What a person asks of the relays.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "mlup/relay/v1/relay_service.pb.h"
#include "services/identity/policy.h"
#include "services/relay/relay_set.h"

namespace mlup::relay {

// mlup.relay.v1.RelayService. Any thread; borrows everything it is built from. Errors as in the
// proto.
class RelayService {
 public:
  RelayService(const RelaySet& relays, const identity::Policy& policy, const Clock& clock,
               Random& random)
      : relays_(relays), policy_(policy), clock_(clock), random_(random) {}

  absl::StatusOr<v1::PingResponse> Ping(const v1::PingRequest& request);
  absl::StatusOr<v1::ListDeadLettersResponse> ListDeadLetters(
      const v1::ListDeadLettersRequest& request);
  absl::StatusOr<v1::ReplayDeadLettersResponse> ReplayDeadLetters(
      const v1::ReplayDeadLettersRequest& request);
  absl::StatusOr<v1::SkipDeadLetterResponse> SkipDeadLetter(
      const v1::SkipDeadLetterRequest& request);
  absl::StatusOr<v1::ReplayFromResponse> ReplayFrom(const v1::ReplayFromRequest& request);

 private:
  absl::StatusOr<Relay*> Admit(const log::v1::Actor& actor, std::string_view method,
                               std::string_view subscriber_id) const;

  const RelaySet& relays_;
  const identity::Policy& policy_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace mlup::relay
