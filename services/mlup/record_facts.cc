#include "services/mlup/record_facts.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "eventstore/base/uuid.h"
#include "eventstore/log/timestamp.h"

namespace mlup::cli {

command::v1::CommandContext ContextNow(const Reader& who) {
  const SystemClock clock;
  SystemRandom random;
  command::v1::CommandContext context;
  context.set_request_id(absl::StrCat("cli-", NewUuid(clock, random)));
  SetAsker(who, context);
  context.set_channel(log::v1::CHANNEL_CLI);
  context.mutable_occurred()->set_precision(log::v1::PRECISION_INSTANT);
  *context.mutable_occurred()->mutable_instant() = log::ToTimestamp(clock.Now());
  return context;
}

absl::Status RecordFacts(const Session& session, const Reader& who,
                         const std::vector<identity::v1::IdentityFact>& facts) {
  identity::v1::RecordRequest request;
  request.mutable_facts()->Add(facts.begin(), facts.end());
  return RecordNow(session, who, "mlup.identity.v1.IdentityService", std::move(request)).status();
}

}  // namespace mlup::cli
