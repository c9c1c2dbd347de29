#include "services/accounts/own_facts.h"

#include "absl/strings/str_cat.h"

#include "eventstore/base/check.h"
#include "eventstore/base/uuid.h"
#include "eventstore/log/timestamp.h"
#include "services/accounts/accounts.h"
#include "services/domain/account.h"

namespace mlup::accounts {
namespace {

constexpr std::string_view kOrganisation = "mlup";
constexpr std::string_view kRole = "installation";

// Part of the program: no roles file grants it.
identity::Policy OwnPolicy() {
  absl::StatusOr<identity::Policy> policy = identity::Policy::Parse(absl::StrCat(
      "roles { name: '", ToAbsl(kRole), "' records: 'identity/*' records: 'identity/signing/*' }",
      "actors { actor_id: '", ToAbsl(kInstallationActor), "' organisation_id: '",
      ToAbsl(kOrganisation), "' roles: '", ToAbsl(kRole), "' }"));
  CHECK(policy.ok());
  return *std::move(policy);
}

}  // namespace

OwnFacts::OwnFacts(log::EventLog& log, privacy::Keyring& keyring, const Clock& clock,
                   Random& random)
    : clock_(clock),
      random_(random),
      policy_(OwnPolicy()),
      handler_(log, policy_, keyring, clock, random) {}

absl::Status OwnFacts::Record(const std::vector<identity::v1::IdentityFact>& facts) {
  identity::v1::RecordRequest request;
  command::v1::CommandContext& context = *request.mutable_context();
  context.set_request_id(absl::StrCat("own-", NewUuid(clock_, random_)));
  context.set_actor_id(std::string(kInstallationActor));
  context.set_role(std::string(kRole));
  context.set_organisation_id(std::string(kOrganisation));
  context.set_channel(log::v1::CHANNEL_SYSTEM);
  context.mutable_occurred()->set_precision(log::v1::PRECISION_INSTANT);
  *context.mutable_occurred()->mutable_instant() = log::ToTimestamp(clock_.Now());
  for (const identity::v1::IdentityFact& fact : facts) *request.add_facts() = fact;
  return handler_.Record(request).status();
}

identity::v1::IdentityFact FactOn(std::string_view actor_id) {
  identity::v1::IdentityFact fact;
  fact.set_stream(domain::AccountStream(actor_id));
  return fact;
}

}  // namespace mlup::accounts
