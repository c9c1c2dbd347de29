// The rules that are the same on every stream: voids, corrections and approvals. Pure.
#pragma once

#include <string>

#include "absl/time/time.h"
#include <google/protobuf/message.h>

#include "eventstore/base/status.h"
#include "services/command/history.h"

namespace mlup::command {

// Who makes an entry, and when it becomes known.
struct EntryContext {
  std::string actor_id;
  std::string on_behalf_of;
  absl::Time known_at;
};

// May `fact` follow `history`? Facts of other types than these are accepted as they are.
//
// EntryVoided, DetailsCorrected: FAILED_PRECONDITION EVENT_NOT_ON_STREAM, ALREADY_VOIDED,
// RECORDED_BEFORE_ORIGINAL, OLD_VALUE_DIFFERS; INVALID_ARGUMENT when it names a void or a
// correction (ENTRY_NOT_A_FACT), a person's id (FIELD_NOT_CORRECTABLE), or a personal field among
// the clear ones (FIELD_IS_PERSONAL), or when the corrected event would break a rule of its fields.
// ApprovalRequested: FAILED_PRECONDITION APPROVAL_PENDING, APPROVAL_ID_USED. ApprovalGranted,
// ApprovalRejected: APPROVAL_NOT_PENDING, SAME_PERSON_ASKED.
absl::Status CheckEntry(const History& history, const google::protobuf::Message& fact,
                        const EntryContext& context);

}  // namespace mlup::command
