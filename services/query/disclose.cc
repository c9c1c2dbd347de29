#include "services/query/disclose.h"

#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "eventstore/base/days.h"
#include "eventstore/base/uuid.h"
#include "eventstore/log/timestamp.h"
#include "eventstore/proof/merkle.h"

namespace mlup::query {

absl::StatusOr<Position> Disclosure::Disclose(const Access& access) {
  audit::v1::RecordAccessed accessed;
  accessed.set_scope(absl::StrCat("person/", access.person_id));
  accessed.set_purpose(access.purpose);
  accessed.set_result(access.result);
  accessed.set_reveals_special(access.reveals_special);
  accessed.set_emergency_access_id(access.emergency_access_id);
  return Append(access, accessed);
}

absl::Status Disclosure::Export(const Access& access, std::string_view format,
                                std::string_view file) {
  const proof::Hash digest = proof::Sha256(file);
  audit::v1::DataExported exported;
  exported.set_scope(absl::StrCat("person/", access.person_id));
  exported.set_purpose(access.purpose);
  exported.set_format(std::string(format));
  exported.set_bytes(file.size());
  exported.set_sha256(absl::BytesToHexString(std::string(digest.begin(), digest.end())));
  return Append(access, exported).status();
}

absl::StatusOr<Position> Disclosure::Append(const Access& access,
                                            const google::protobuf::Message& message) {
  const absl::Time now = clock_.Now();
  const std::string today = FormatDay(DayOf(now));
  log::v1::Event event;
  event.set_event_id(NewUuid(clock_, random_));
  event.set_type(message.GetTypeName());
  event.set_schema_version(1);
  event.mutable_occurred()->set_precision(log::v1::PRECISION_INSTANT);
  event.mutable_occurred()->set_from(today);
  event.mutable_occurred()->set_to(today);
  *event.mutable_occurred()->mutable_instant() = log::ToTimestamp(now);
  *event.mutable_actor() = access.actor;
  event.set_channel(log::v1::CHANNEL_SYSTEM);
  // Each is a request of its own: it is never taken for a repetition.
  event.set_request_id(absl::StrCat("access-", event.event_id()));
  event.set_reason(access.purpose);
  event.set_sensitivity(log::v1::SENSITIVITY_RESTRICTED);
  event.set_common(message.SerializeAsString());

  log::v1::AppendRequest request;
  request.mutable_key()->set_organisation_id(access.actor.organisation_id());
  request.mutable_key()->set_request_id(event.request_id());
  request.set_request_digest(keyring_.Digest(event.SerializeAsString()));
  log::v1::StreamWrite& write = *request.add_writes();
  write.set_stream(absl::StrCat("access/", access.person_id));
  write.mutable_expected()->set_any(true);
  *write.add_events() = std::move(event);
  ASSIGN_OR_RETURN(const log::v1::AppendResponse response, log_.Append(request));
  return Position{response.last_position()};
}

}  // namespace mlup::query
