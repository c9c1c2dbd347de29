// Voids, corrections and documents, the same on every stream. Pure.
#pragma once

#include <memory>

#include "absl/time/time.h"
#include <google/protobuf/message.h>

#include "eventstore/base/status.h"
#include "services/domain/stream_history.h"

namespace mlup::domain {

// May `fact`, which becomes known at `known_at` and is recorded `today`, follow `history`? Facts of
// other types than these are accepted as they are. A refusal says what stands in the record
// where the caller `may_see` it.
//
// EntryVoided, DetailsCorrected: FAILED_PRECONDITION EVENT_NOT_ON_STREAM, ALREADY_VOIDED,
// RECORDED_BEFORE_ORIGINAL, OLD_VALUE_DIFFERS, UNDOING_IS_FINAL (a void of what undoes a merge);
// INVALID_ARGUMENT when it names a void or a correction (ENTRY_NOT_A_FACT), a person's id
// (FIELD_NOT_CORRECTABLE), or a personal field among the clear ones (FIELD_IS_PERSONAL), or when
// the corrected event would break a rule of its fields. DocumentDetached: FAILED_PRECONDITION
// DOCUMENT_NOT_ATTACHED.
absl::Status CheckEntry(const StreamHistory& history, const google::protobuf::Message& fact,
                        absl::Time known_at, Day today, bool may_see);

// A correction as it is stored: each value printed anew from what was read, so that nothing
// stands in the log as it was typed. Null for other facts. A value that cannot be read, or whose
// event is not known, stays as it is: CheckEntry() refuses it.
std::unique_ptr<google::protobuf::Message> CanonicalEntry(const StreamHistory& history,
                                                          const google::protobuf::Message& fact);

}  // namespace mlup::domain
