#include "services/proofs/map_event.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/days.h"
#include "eventstore/base/uuid.h"
#include "eventstore/log/timestamp.h"

namespace mlup::proofs {
namespace {

constexpr char kSystem[] = "system";

log::v1::Event MakeEvent(absl::Time now, std::string event_id, const proof::MapRecord& map) {
  const std::string today = FormatDay(DayOf(now));
  log::v1::Event event;
  event.set_event_id(std::move(event_id));
  event.set_type(std::string(proof::kMapRecordType));
  event.set_schema_version(1);
  event.mutable_occurred()->set_precision(log::v1::PRECISION_INSTANT);
  event.mutable_occurred()->set_from(today);
  event.mutable_occurred()->set_to(today);
  *event.mutable_occurred()->mutable_instant() = log::ToTimestamp(now);
  event.mutable_actor()->set_actor_id(kSystem);
  event.mutable_actor()->set_role(kSystem);
  event.mutable_actor()->set_organisation_id(kSystem);
  event.set_channel(log::v1::CHANNEL_SYSTEM);
  event.set_request_id(absl::StrCat("map-", event.event_id()));
  event.set_sensitivity(log::v1::SENSITIVITY_NORMAL);
  event.set_common(map.ToCommon());
  return event;
}

}  // namespace

absl::StatusOr<Position> RecordMapRoot(log::EventLog& log, const Clock& clock, Random& random,
                                       const proof::MapRecord& map) {
  log::v1::Event event = MakeEvent(clock.Now(), NewUuid(clock, random), map);
  log::v1::AppendRequest request;
  request.mutable_key()->set_organisation_id(kSystem);
  request.mutable_key()->set_request_id(event.request_id());
  // Nothing in it is secret, so the digest needs no key.
  const proof::Hash digest = proof::Sha256(event.SerializeAsString());
  request.set_request_digest(std::string(digest.begin(), digest.end()));
  log::v1::StreamWrite& write = *request.add_writes();
  write.set_stream(std::string(proof::kMapStream));
  write.mutable_expected()->set_any(true);
  *write.add_events() = std::move(event);
  ASSIGN_OR_RETURN(const log::v1::AppendResponse response, log.Append(request));
  return Position{response.last_position()};
}

}  // namespace mlup::proofs
