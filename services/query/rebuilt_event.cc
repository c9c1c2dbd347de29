#include "services/query/rebuilt_event.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/blake2b.h"
#include "eventstore/base/days.h"
#include "eventstore/log/timestamp.h"

namespace mlup::query {
namespace {

constexpr char kProjectionsStream[] = "system/projections";

}  // namespace

absl::Status RecordRebuilt(log::EventLog& log, const Clock& clock,
                           const reports::v1::AskedRebuild& done) {
  log::v1::AppendRequest request;
  request.mutable_key()->set_organisation_id("system");
  request.mutable_key()->set_request_id(absl::StrCat("rebuild-", done.rebuild_id()));
  // Nothing in it is secret, so the digest needs no key.
  request.set_request_digest(Blake2b(done.SerializeAsString(), 32));
  const absl::Time now = clock.Now();
  const std::string today = FormatDay(DayOf(now));
  log::v1::StreamWrite& write = *request.add_writes();
  write.set_stream(kProjectionsStream);
  write.mutable_expected()->set_any(true);
  log::v1::Event& event = *write.add_events();
  event.set_event_id(done.rebuild_id());
  event.set_type(done.done().GetTypeName());
  event.set_schema_version(1);
  event.mutable_occurred()->set_precision(log::v1::PRECISION_INSTANT);
  event.mutable_occurred()->set_from(today);
  event.mutable_occurred()->set_to(today);
  *event.mutable_occurred()->mutable_instant() = log::ToTimestamp(now);
  *event.mutable_actor() = done.actor();
  event.set_channel(log::v1::CHANNEL_SYSTEM);
  event.set_request_id(request.key().request_id());
  event.set_reason(done.reason());
  event.set_sensitivity(log::v1::SENSITIVITY_NORMAL);
  event.set_common(done.done().SerializeAsString());
  return log.Append(request).status();
}

}  // namespace mlup::query
