#include "services/esdb/append_requests.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "eventstore/base/blake2b.h"
#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"
#include "eventstore/base/uuid.h"

namespace mlup::esdb {
namespace {

using Kind = Expected::Kind;

constexpr std::size_t kDigestBytes = 32;
// Of a message around the content of an event: its tags and lengths.
constexpr std::size_t kCarrierBytes = 16;
// Whose request ids they are, beside those of organisations.
constexpr char kKeyOwner[] = "ext";

}  // namespace

bool IsMismatch(const absl::Status& status) { return ErrorReason(status) == "VERSION_MISMATCH"; }

bool IsIdTaken(const absl::Status& status) {
  const std::string reason = ErrorReason(status);
  return reason == "EVENT_ID_TAKEN" || reason == "EVENT_ID_REPEATED";
}

void GiveNewIds(std::vector<log::pb::Event>& events, const Clock& clock, Random& random) {
  for (log::pb::Event& event : events) event.set_event_id(NewUuid(clock, random));
}

absl::Status Translated(const absl::Status& status) {
  const std::string reason = ErrorReason(status);
  const bool size =
      reason == "APPEND_TOO_LARGE" || reason == "EVENT_TOO_LARGE" || reason == "EVENTS_TOO_MANY";
  return size ? AppendTooLarge(ToStd(status.message())) : status;
}

void ExpectExactly(Revision revision, log::pb::Expected& ours) {
  if (revision.value == 0) {
    ours.set_no_stream(true);
  } else {
    ours.set_revision(revision.value);
  }
}

log::pb::StreamWrite& AddWrite(log::pb::AppendRequest& request, const std::string& stream) {
  log::pb::StreamWrite& write = *request.add_writes();
  write.set_stream(stream);
  return write;
}

absl::Status CheckSize(std::size_t events, std::size_t content_bytes) {
  if (events <= kAppendEventsMax && content_bytes <= kEsdbAppendBytesMax) return absl::OkStatus();
  return AppendTooLarge(absl::StrCat("an append is at most ", kAppendEventsMax, " events and ",
                                     kEsdbAppendBytesMax, " bytes of content"));
}

std::size_t ContentBytes(const log::pb::Event& event) {
  return event.common().size() - std::min(event.common().size(), kCarrierBytes);
}

void SetKey(std::string_view text, log::pb::AppendRequest& request) {
  const std::string digest = Blake2b(text, kDigestBytes);
  const std::string id = absl::BytesToHexString(digest);
  request.mutable_key()->set_organisation_id(kKeyOwner);
  request.mutable_key()->set_request_id(id);
  request.set_request_digest(digest);
  for (log::pb::StreamWrite& write : *request.mutable_writes()) {
    for (log::pb::Event& event : *write.mutable_events()) event.set_request_id(id);
  }
}

bool Fits(const Expected& expected, Revision last) {
  switch (expected.kind) {
    case Kind::kAny:
      return true;
    case Kind::kNoStream:
      return last.value == 0;
    case Kind::kStreamExists:
      return last.value != 0;
    case Kind::kRevision:
      break;
  }
  return last.value == expected.revision + 1;
}

}  // namespace mlup::esdb
