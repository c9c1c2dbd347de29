// The hash of a record, asked for by position.
#include "eventstore/log/history.h"

#include <string>

#include "absl/strings/str_cat.h"

#include "eventstore/base/blake2b.h"
#include "eventstore/base/bytes.h"
#include "eventstore/base/status.h"

namespace mlup::log {

std::uint64_t HistoryOf(const pb::Record& record) {
  return HistoryOfBytes(record.SerializeAsString());
}

std::uint64_t HistoryOfBytes(std::string_view record) {
  return FromBigEndian(Blake2b(record, 32).substr(0, 8));
}

absl::StatusOr<pb::Record> RecordAt(EventLog& log, Position position) {
  pb::ReadAllRequest request;
  request.set_from_position(position.value);
  request.set_limit(1);
  ASSIGN_OR_RETURN(pb::ReadAllResponse page, log.ReadAll(request));
  if (page.records().empty()) {
    return Error(
        absl::StatusCode::kFailedPrecondition, "POSITION_PAST_HEAD",
        absl::StrCat("the log ends at ", page.head(), " and does not reach ", position.value,
                     ": it was replaced or rolled back, so start again from 0"));
  }
  return std::move(*page.mutable_records(0));
}

absl::StatusOr<std::uint64_t> HistoryAt(EventLog& log, Position position) {
  if (position.value == 0) return 0;
  ASSIGN_OR_RETURN(const pb::Record record, RecordAt(log, position));
  return HistoryOf(record);
}

absl::Status CheckHistory(EventLog& log, Position position, std::uint64_t history) {
  if (history == 0) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::uint64_t found, HistoryAt(log, position));
  if (found == history) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "ANOTHER_HISTORY",
               absl::StrCat("the log holds another event at ", position.value,
                            " than the one you followed: it was replaced or rolled back, so start "
                            "again from 0"));
}

}  // namespace mlup::log
