#include "services/mlup/record_facts.h"

#include <memory>

#include "absl/strings/str_cat.h"

#include "eventstore/base/categories.h"
#include "eventstore/base/check.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "eventstore/base/uuid.h"
#include "eventstore/log/timestamp.h"
#include "services/domain/fact_table.h"
#include "services/mlup/server_rpc.h"

namespace mlup::cli {
namespace {

using command::v1::RecordResult;
using google::protobuf::Message;

// Under a key of its own, of what happens now.
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

Message& Part(Message& message, const char* name) {
  return *message.GetReflection()->MutableMessage(&message,
                                                  message.GetDescriptor()->FindFieldByName(name));
}

}  // namespace

absl::Status RecordFacts(const Session& session, const Reader& who,
                         const std::vector<identity::v1::IdentityFact>& facts) {
  identity::v1::RecordRequest request;
  *request.mutable_context() = ContextNow(who);
  request.mutable_facts()->Add(facts.begin(), facts.end());
  return CallOnce<RecordResult>(session.server, "mlup.identity.v1.IdentityService/Record", request)
      .status();
}

absl::StatusOr<RecordResult> RecordFact(const Session& session, const Reader& who,
                                        const std::string& stream, std::string_view name,
                                        const Message& event) {
  const domain::FactType* const type = domain::FactTable::Get().Find(name, CategoryOf(stream));
  CHECK(type != nullptr);
  const domain::Service& service = *type->service;
  const std::unique_ptr<Message> request(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(service.request)->New());
  Part(*request, "context").CopyFrom(ContextNow(who));
  Message& fact = *request->GetReflection()->AddMessage(request.get(), service.facts);
  fact.GetReflection()->SetString(&fact, service.fact->FindFieldByName("stream"), stream);
  fact.GetReflection()->MutableMessage(&fact, type->field)->CopyFrom(event);
  return CallOnce<RecordResult>(session.server, service.call(), *request);
}

}  // namespace mlup::cli
