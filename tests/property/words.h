// Answers and records as text, without what differs by chance between two worlds.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

#include "eventstore/base/status.h"
#include "mlup/command/v1/command.pb.h"
#include "mlup/log/v1/event_store.pb.h"

namespace mlup::property {

using Result = absl::StatusOr<command::v1::RecordResult>;

// An id that the server made is `made`: the two worlds draw different ones.
inline std::string Stated(const std::string& event_id) {
  return event_id.starts_with("018f3c6e-0000-7000-8001-") || event_id.empty() ? event_id : "made";
}

inline std::string Words(const Result& result) {
  if (!result.ok()) {
    const absl::Status& status = result.status();
    return absl::StrCat(absl::StatusCodeToString(status.code()), " ", ErrorReason(status), " ",
                        ErrorField(status), " ", status.message());
  }
  command::v1::RecordResult words = *result;
  for (std::string& id : *words.mutable_event_ids()) id = Stated(id);
  return words.ShortDebugString();
}

// A record without what differs by chance: salts, seals and ids that the server made.
inline std::string Words(log::v1::Record record) {
  record.mutable_event()->set_event_id(Stated(record.event().event_id()));
  record.clear_request_digest();
  for (auto& part : *record.mutable_event()->mutable_subjects()) {
    part.clear_salt();
    part.clear_sealed();
  }
  return record.DebugString();
}

}  // namespace mlup::property
