#include "services/query/log_readings.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "eventstore/base/categories.h"
#include "mlup/audit/v1/audit.pb.h"
#include "services/domain/account.h"
#include "services/query/access_event.h"

namespace mlup::query {

absl::Status LogReadings::Record(const identity::Caller* caller, const log::LogReading& reading) {
  if (caller == nullptr || caller->kind() != identity::Caller::Kind::kAccount) {
    return absl::OkStatus();
  }
  const std::string digest = absl::BytesToHexString(keyring_.Digest(
      absl::StrCat("reading of the log\n", ToAbsl(reading.method), "\n", ToAbsl(reading.stream),
                   "\n", reading.filter.SerializeAsString())));
  const std::string key = absl::StrCat(caller->session_id(), " ", digest);
  if (recorded_.Contains(key)) return absl::OkStatus();
  RETURN_IF_ERROR(Append(caller->actor_id(), reading, digest));
  recorded_.Add(key);
  return absl::OkStatus();
}

log::ReadCheck LogReadings::AsCheck() {
  return [this](const log::AdmissionPtr& who, const log::LogReading& reading) {
    return Record(identity::CallerOf(who), reading);
  };
}

absl::Status LogReadings::Append(const std::string& actor_id, const log::LogReading& reading,
                                 const std::string& digest) {
  audit::v1::LogRead event;
  event.set_call(std::string(reading.method));
  event.set_query_digest(digest);
  if (!reading.stream.empty()) event.add_streams(std::string(reading.stream));
  event.mutable_streams()->MergeFrom(reading.filter.categories());
  event.mutable_streams()->MergeFrom(reading.filter.stream_prefixes());
  log::v1::Actor actor;
  actor.set_actor_id(actor_id);
  AccessEvents events(actor, "log_reading", keyring_, clock_, random_);
  events.Add(std::string(RecordIdOf(domain::AccountStream(actor_id))), event);
  return log_.Append(events.request()).status();
}

}  // namespace mlup::query
