// An event message in parts: what concerns nobody in particular, and one part per data subject.
//
// The marks are the options of proto/mlup/privacy/v1/privacy.proto. All functions are pure and may
// be called from any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/message.h>

#include "eventstore/base/status.h"
#include "mlup/log/v1/envelope.pb.h"

namespace mlup::payload {

// What concerns one data subject, before sealing.
struct Part {
  std::string subject_id;
  // The event message with only this subject's sub-messages, without personal fields, serialised.
  std::string clear;
  // The same sub-messages in the same order with only their personal fields, serialised; empty when
  // none is set. To be sealed: never stored as it stands.
  std::string personal;
};

struct Payload {
  std::string common;
  std::vector<Part> parts;
};

// Splits an event message. INVALID_ARGUMENT when a sub-message does not name its person.
absl::StatusOr<Payload> Split(const google::protobuf::Message& event);

// The event message with all its clear fields; sealed ones are unset. INTERNAL EVENT_TYPE_UNKNOWN;
// DATA_LOSS PAYLOAD_DAMAGED.
absl::StatusOr<std::unique_ptr<google::protobuf::Message>> JoinClear(const log::v1::Event& event);
// The same as a message of the arena.
absl::StatusOr<google::protobuf::Message*> JoinClear(const log::v1::Event& event,
                                                     google::protobuf::Arena& arena);

// Puts one subject's opened personal fields (Part::personal) into a message made by JoinClear.
absl::Status MergePersonal(google::protobuf::Message& event, std::string_view subject_id,
                           std::string_view personal);

// A copy without its personal fields, as JoinClear gives it once it is stored.
std::unique_ptr<google::protobuf::Message> ClearCopy(const google::protobuf::Message& event);

// True for a field marked personal.
bool IsPersonal(const google::protobuf::FieldDescriptor& field);

// The name of the field that holds the person's id, for a sub-message about one person; else empty.
std::string AboutField(const google::protobuf::FieldDescriptor& field);

// Whether this program can read the event, and its type stands on such streams. INVALID_ARGUMENT
// EVENT_TYPE_UNKNOWN, STREAM_CATEGORY (field `type`), PAYLOAD_UNREADABLE (field `common`). Pure.
absl::Status CheckReadable(const log::v1::Event& event, std::string_view stream);

}  // namespace mlup::payload
