// Refusals of consent, which nobody takes back alone. Pure.
#pragma once

#include <string>

#include <google/protobuf/message.h>

#include "eventstore/base/status.h"
#include "services/domain/stream_history.h"

namespace mlup::domain {

// May `fact` follow on this record of a person? What makes a refusal of consent none, be it a void,
// a correction or a consent for the same purpose, needs an approval of APPROVAL_SUBJECT_CONSENT
// that was granted on the record and not used: CONSENT_REFUSED. An approval itself is not
// corrected: INVALID_ARGUMENT APPROVAL_NOT_CORRECTABLE.
//
// A consent that a person gives anew needs none where another records it than who recorded the
// refusal; `actor_id` and `on_behalf_of` tell who records the fact.
absl::Status CheckConsent(const StreamHistory& history, const google::protobuf::Message& fact,
                          const std::string& actor_id, const std::string& on_behalf_of);

}  // namespace mlup::domain
