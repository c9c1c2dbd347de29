// A request to record that passed every check that needs no history.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include <google/protobuf/message.h>

#include "eventstore/base/days.h"
#include "eventstore/base/status.h"
#include "mlup/command/v1/command.pb.h"
#include "mlup/log/v1/event_store.pb.h"
#include "services/domain/fact_table.h"
#include "services/identity/policy.h"
#include "services/privacy/keyring.h"

namespace mlup::command {

struct CheckedFact {
  // In the request, from 0.
  int index;
  const domain::FactType* type;
  domain::FactHead head;
  // That deciding about it reads, its own first.
  std::vector<std::string> streams;
  // In their stored forms. The request's event, or `normalised`.
  const google::protobuf::Message* event;
  std::unique_ptr<google::protobuf::Message> normalised;
  log::v1::Occurred occurred;
  std::optional<DayRange> days;

  // `facts[1].case_closed`.
  std::string path() const;
  // The error with its field below the fact; one without a field is about the fact as a whole.
  absl::Status At(const absl::Status& error) const;
};

// What makes a request the one that it is.
struct RequestIdentity {
  log::v1::RequestKey key;
  std::string digest;
};

// Of any request, right or wrong.
RequestIdentity IdentityOf(const google::protobuf::Message& request,
                           const privacy::Keyring& keyring);

// Borrows the request.
struct CheckedRequest {
  const v1::CommandContext* context;
  bool validate_only;
  std::vector<CheckedFact> facts;
  RequestIdentity identity;
  Day today;
  // When the facts become known: an earlier system's word, else now.
  absl::Time known_at;
  // Whether the actor may read histories, so that a refusal may say what stands in a record.
  bool may_see = false;

  // That deciding about its facts reads.
  std::vector<std::string> Streams() const;
};

// Checks fields and forms, and whether the actor may record each fact. `request` is a service's
// RecordRequest. INVALID_ARGUMENT with the field, PERMISSION_DENIED.
absl::StatusOr<CheckedRequest> CheckRequest(const google::protobuf::Message& request,
                                            const identity::Policy& policy,
                                            const privacy::Keyring& keyring, absl::Time now);

// A denial of the policy with the field of the request that it is about: who asks, in which role,
// for whom, or the fact that the role does not record.
absl::Status DeniedAt(const absl::Status& denial, const CheckedFact& fact,
                      const v1::CommandContext& context, const identity::Policy& policy);

// The checks of fields and forms alone, as of `now`: what can be said without knowing who may do
// what.
absl::Status CheckFields(const google::protobuf::Message& request, absl::Time now);

}  // namespace mlup::command
