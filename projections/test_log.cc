#include "projections/test_log.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "eventstore/base/check.h"
#include "eventstore/payload/payload.h"

namespace mlup::projections {

TestLog::TestLog()
    : clock_(absl::FromUnixSeconds(1'613'570'400)),  // 2021-02-17 21:00 in Phnom Penh
      random_(7),
      log_(clock_),
      sealer_([](const log::v1::Event&, const std::string&, const std::string&,
                 const std::string&) { return std::string("sealed"); }) {
  envelope_.set_schema_version(1);
  envelope_.mutable_actor()->set_actor_id("staff-sw-1");
  envelope_.mutable_actor()->set_role("social_worker");
  envelope_.mutable_actor()->set_organisation_id("mro");
  envelope_.set_channel(log::v1::CHANNEL_TABLET);
  envelope_.set_sector(log::v1::SECTOR_CASE_MGMT);
  Occurred("2021-02-17");
}

void TestLog::Occurred(const std::string& from, const std::string& to) {
  log::v1::Occurred& occurred = *envelope_.mutable_occurred();
  occurred.set_precision(to.empty() ? log::v1::PRECISION_DAY : log::v1::PRECISION_INTERVAL);
  occurred.set_from(from);
  occurred.set_to(to.empty() ? from : to);
}

std::string TestId(unsigned number) {
  return absl::StrFormat("00000000-0000-7000-8000-%012u", number);
}

std::string TestLog::id_of(Position position) const {
  return absl::StrFormat("00000000-0000-7000-9000-%012u", position.value);
}

log::v1::Event TestLog::Stored(const std::string& stream,
                               const google::protobuf::Message& event) const {
  const absl::StatusOr<payload::Payload> payload = payload::Split(event);
  CHECK(payload.ok());
  log::v1::Event stored = envelope_;
  stored.set_event_id(id_of(Next(head_)));
  stored.set_type(event.GetTypeName());
  stored.set_common(payload->common);
  for (const payload::Part& part : payload->parts) {
    log::v1::SubjectPart& subject = *stored.add_subjects();
    subject.set_subject_id(part.subject_id);
    subject.set_clear(part.clear);
    if (!part.personal.empty()) {
      subject.set_sealed(sealer_(stored, stream, part.subject_id, part.personal));
    }
  }
  return stored;
}

Position TestLog::Append(const std::string& stream, const google::protobuf::Message& event) {
  return AppendEvent(stream, Stored(stream, event));
}

Position TestLog::AppendDamaged(const std::string& stream, const google::protobuf::Message& event) {
  log::v1::Event stored = Stored(stream, event);
  stored.set_common("\xff\xff");
  return AppendEvent(stream, std::move(stored));
}

Position TestLog::AppendUnknown(const std::string& stream) {
  log::v1::Event event = envelope_;
  event.set_event_id(id_of(Next(head_)));
  event.set_type("mlup.cases.v9.NobodyKnows");
  return AppendEvent(stream, std::move(event));
}

Position TestLog::AppendEvent(const std::string& stream, log::v1::Event event) {
  const std::string request_id = absl::StrCat("request-", Next(head_).value);
  event.set_request_id(request_id);
  log::v1::AppendRequest request;
  log::v1::StreamWrite& write = *request.add_writes();
  write.set_stream(stream);
  write.mutable_expected()->set_any(true);
  *write.add_events() = std::move(event);
  request.mutable_key()->set_organisation_id("mro");
  request.mutable_key()->set_request_id(request_id);
  request.set_request_digest(std::string(32, 'd'));
  const absl::StatusOr<log::v1::AppendResponse> response = log_.Append(request);
  CHECK(response.ok());
  head_ = {response->last_position()};
  return head_;
}

}  // namespace mlup::projections
