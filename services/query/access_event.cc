#include "services/query/access_event.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/days.h"
#include "eventstore/base/uuid.h"
#include "eventstore/log/timestamp.h"

namespace mlup::query {

AccessEvents::AccessEvents(const log::v1::Actor& actor, std::string_view purpose,
                           const privacy::Keyring& keyring, const Clock& clock, Random& random)
    : actor_(actor), purpose_(purpose), keyring_(keyring), clock_(clock), random_(random) {
  request_.mutable_key()->set_organisation_id(
      actor.organisation_id().empty() ? "readings" : actor.organisation_id());
  request_.mutable_key()->set_request_id(absl::StrCat("access-", NewUuid(clock, random)));
}

void AccessEvents::Add(std::string_view id, const google::protobuf::Message& message) {
  const absl::Time now = clock_.Now();
  const std::string today = FormatDay(DayOf(now));
  const std::string stream = absl::StrCat("access/", ToAbsl(id));
  const auto [place, is_new] = writes_.try_emplace(stream, request_.writes_size());
  if (is_new) {
    request_.add_writes()->set_stream(stream);
    request_.mutable_writes(place->second)->mutable_expected()->set_any(true);
  }
  log::v1::Event& event = *request_.mutable_writes(place->second)->add_events();
  event.set_event_id(NewUuid(clock_, random_));
  event.set_type(message.GetTypeName());
  event.set_schema_version(1);
  event.mutable_occurred()->set_precision(log::v1::PRECISION_INSTANT);
  event.mutable_occurred()->set_from(today);
  event.mutable_occurred()->set_to(today);
  *event.mutable_occurred()->mutable_instant() = log::ToTimestamp(now);
  *event.mutable_actor() = actor_;
  event.set_channel(log::v1::CHANNEL_SYSTEM);
  event.set_request_id(request_.key().request_id());
  event.set_reason(purpose_);
  event.set_sensitivity(log::v1::SENSITIVITY_RESTRICTED);
  event.set_common(message.SerializeAsString());
}

const log::v1::AppendRequest& AccessEvents::request() {
  request_.set_request_digest(keyring_.Digest(request_.SerializeAsString()));
  return request_;
}

}  // namespace mlup::query
