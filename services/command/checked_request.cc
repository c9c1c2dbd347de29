#include "services/command/checked_request.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "eventstore/base/check.h"
#include "eventstore/log/timestamp.h"
#include "mlup/common/v1/common.pb.h"
#include "services/command/envelope.h"
#include "services/domain/import_windows.h"
#include "services/domain/unit_of_work.h"
#include "services/fields/occurred.h"
#include "services/fields/relations.h"
#include "services/fields/validator.h"

namespace mlup::command {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// A RecordRequest has these by design; CHECK because a proto without them is our bug.
const FieldDescriptor* FieldNamed(const Message& request, const char* name) {
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName(name);
  CHECK(field != nullptr);
  return field;
}

const v1::CommandContext& ContextOf(const Message& request) {
  const Message& context =
      request.GetReflection()->GetMessage(request, FieldNamed(request, "context"));
  CHECK(context.GetDescriptor() == v1::CommandContext::descriptor());
  return static_cast<const v1::CommandContext&>(context);
}

// What makes a repetition the same request: everything but what carried it, and whether it is only
// to be validated.
std::string CanonicalBytes(const Message& request) {
  const std::unique_ptr<Message> copy(request.New());
  copy->CopyFrom(request);
  const auto* reflection = copy->GetReflection();
  reflection->ClearField(copy.get(), FieldNamed(*copy, "validate_only"));
  Message* context = reflection->MutableMessage(copy.get(), FieldNamed(*copy, "context"));
  for (const char* const carrier : {"device", "channel", "recorded_by"}) {
    context->GetReflection()->ClearField(context, FieldNamed(*context, carrier));
  }
  std::string bytes = absl::StrCat(request.GetTypeName(), absl::string_view("\0", 1));
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    CHECK(copy->SerializeToCodedStream(&coded));
  }
  return bytes;
}

// A correction may state anew when the event happened, in any of the forms of a request.
absl::Status NormaliseEvent(CheckedFact& fact, Day today) {
  const auto* correction = dynamic_cast<const common::v1::DetailsCorrected*>(fact.event);
  if (correction == nullptr || !correction->has_occurred()) return absl::OkStatus();
  auto normalised = std::make_unique<common::v1::DetailsCorrected>(*correction);
  ASSIGN_OR_RETURN(
      *normalised->mutable_occurred(),
      fields::NormaliseOccurred(correction->occurred(), today, "details_corrected.occurred"));
  fact.event = normalised.get();
  fact.normalised = std::move(normalised);
  return absl::OkStatus();
}

absl::Status CheckOccurred(const v1::CommandContext& context, Day today, CheckedFact& fact) {
  if (fact.head.occurred == nullptr && !context.has_occurred()) {
    return FieldError(absl::StatusCode::kInvalidArgument, "FIELD_REQUIRED",
                      absl::StrCat("facts[", fact.index, "].occurred"),
                      "must be given, or context.occurred");
  }
  const bool own = fact.head.occurred != nullptr;
  ASSIGN_OR_RETURN(fact.occurred,
                   fields::NormaliseOccurred(own ? *fact.head.occurred : context.occurred(), today,
                                             own ? absl::StrCat("facts[", fact.index, "].occurred")
                                                 : "context.occurred"));
  fact.days = fields::DaysOf(fact.occurred);
  return absl::OkStatus();
}

absl::StatusOr<CheckedFact> CheckFact(const Message& request, int index,
                                      const v1::CommandContext& context, Day today,
                                      absl::Time now) {
  const Message& stated =
      request.GetReflection()->GetRepeatedMessage(request, FieldNamed(request, "facts"), index);
  CheckedFact fact{.index = index,
                   .type = &domain::TypeOf(stated),
                   .head = domain::HeadOf(stated),
                   .streams = {},
                   .event = &domain::EventOf(stated),
                   .normalised = nullptr,
                   .occurred = {},
                   .days = {}};
  RETURN_IF_ERROR(CheckOccurred(context, today, fact));
  RETURN_IF_ERROR(fields::CheckSourceRecordedAt(context, fact.days, now));
  const absl::Status normal = NormaliseEvent(fact, today);
  if (!normal.ok()) return fact.At(normal);
  RETURN_IF_ERROR(
      fields::CheckRelations(fields::Stage::kStated, *fact.event, fact.days, today, fact.path()));
  fact.streams = domain::UnitOfWork::StreamsOf(*fact.type, *fact.event, fact.head.stream);
  if (context.has_source_recorded_at()) fact.streams.emplace_back(domain::kImportStream);
  return fact;
}

absl::StatusOr<CheckedRequest> CheckForm(const Message& request, absl::Time now) {
  RETURN_IF_ERROR(fields::Validate(request));
  const v1::CommandContext& context = ContextOf(request);
  const auto* reflection = request.GetReflection();
  CheckedRequest checked{
      .context = &context,
      .validate_only = reflection->GetBool(request, FieldNamed(request, "validate_only")),
      .facts = {},
      .identity = {},
      .today = DayOf(now),
      .known_at =
          context.has_source_recorded_at() ? log::FromTimestamp(context.source_recorded_at()) : now,
      .may_see = false};
  const int facts = reflection->FieldSize(request, FieldNamed(request, "facts"));
  for (int i = 0; i < facts; ++i) {
    ASSIGN_OR_RETURN(CheckedFact fact, CheckFact(request, i, context, checked.today, now));
    checked.facts.push_back(std::move(fact));
  }
  return checked;
}

}  // namespace

std::string CheckedFact::path() const {
  return absl::StrCat("facts[", index, "].", type->field->name());
}

absl::Status CheckedFact::At(const absl::Status& error) const {
  const std::string field = ErrorField(error);
  // Below the fact with a point before it, else below the item of the list.
  const bool below = field.empty() || field.front() == '.';
  return FieldError(
      error.code(), ErrorReason(error),
      below ? absl::StrCat(path(), field) : absl::StrCat("facts[", index, "].", field),
      ToStd(error.message()));
}

std::vector<std::string> CheckedRequest::Streams() const {
  std::vector<std::string> streams;
  for (const CheckedFact& fact : facts) {
    streams.insert(streams.end(), fact.streams.begin(), fact.streams.end());
  }
  return streams;
}

absl::Status DeniedAt(const absl::Status& denial, const CheckedFact& fact,
                      const v1::CommandContext& context, const identity::Policy& policy) {
  const std::string reason = ErrorReason(denial);
  const auto at = [&](const char* field) {
    return FieldError(denial.code(), reason, absl::StrCat("context.", field),
                      ToStd(denial.message()));
  };
  const auto is_known = [&](const log::v1::Actor& actor) {
    const identity::What what = identity::Recording(fact.type->permission);
    return ErrorReason(policy.Authorise(actor, what)) != "ACTOR_UNKNOWN";
  };
  if (reason == "ACTOR_UNKNOWN") {
    if (!is_known(identity::Anyhow(context.actor_id()))) return at("actor_id");
    log::v1::Actor actor = ActorOf(context);
    actor.clear_on_behalf_of();
    return at(is_known(actor) ? "on_behalf_of" : "organisation_id");
  }
  if (reason == "DELEGATION_MISSING") return at("on_behalf_of");
  if (reason == "ROLE_NOT_HELD") return at("role");
  if (reason == "IMPORT_NOT_GRANTED") {
    if (!context.recorded_by().empty()) return at("recorded_by");
    return at(context.has_source_recorded_at() ? "source_recorded_at" : "allow_unregistered");
  }
  return fact.At(denial);
}

absl::StatusOr<CheckedRequest> CheckRequest(const Message& request, const identity::Policy& policy,
                                            const privacy::Keyring& keyring, absl::Time now) {
  ASSIGN_OR_RETURN(CheckedRequest checked, CheckForm(request, now));
  const v1::CommandContext& context = *checked.context;
  for (const CheckedFact& fact : checked.facts) {
    const identity::What what = identity::Recording(
        fact.type->permission, context.has_source_recorded_at() || context.allow_unregistered());
    const absl::Status may =
        policy.Authorise(ActorOf(context), what, nullptr, context.recorded_by());
    if (!may.ok()) return DeniedAt(may, fact, context, policy);
  }
  checked.may_see =
      policy.Authorise(ActorOf(context), identity::Calling(identity::kHistoryCall)).ok();
  checked.identity = IdentityOf(request, keyring);
  return checked;
}

RequestIdentity IdentityOf(const Message& request, const privacy::Keyring& keyring) {
  RequestIdentity identity;
  const v1::CommandContext& context = ContextOf(request);
  identity.key.set_organisation_id(context.organisation_id());
  identity.key.set_request_id(context.request_id());
  identity.digest = keyring.Digest(CanonicalBytes(request));
  return identity;
}

absl::Status CheckFields(const Message& request, absl::Time now) {
  return CheckForm(request, now).status();
}

}  // namespace mlup::command
