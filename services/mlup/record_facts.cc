#include "services/mlup/record_facts.h"

#include "absl/strings/str_cat.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "eventstore/base/uuid.h"
#include "eventstore/log/timestamp.h"
#include "services/mlup/server_rpc.h"

namespace mlup::cli {

namespace pb = ::mlup::identity::v1;

absl::Status RecordFacts(const Session& session, const Reader& who,
                         const std::vector<pb::IdentityFact>& facts) {
  const SystemClock clock;
  SystemRandom random;
  pb::RecordRequest request;
  command::v1::CommandContext& context = *request.mutable_context();
  context.set_request_id(absl::StrCat("cli-", NewUuid(clock, random)));
  SetAsker(who, context);
  context.set_channel(log::v1::CHANNEL_CLI);
  context.mutable_occurred()->set_precision(log::v1::PRECISION_INSTANT);
  *context.mutable_occurred()->mutable_instant() = log::ToTimestamp(clock.Now());
  for (const pb::IdentityFact& fact : facts) *request.add_facts() = fact;
  return CallOnce<command::v1::RecordResult>(session.server,
                                             "mlup.identity.v1.IdentityService/Record", request)
      .status();
}

}  // namespace mlup::cli
