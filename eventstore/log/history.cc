// The hash of a record, asked for by position.
#include "eventstore/log/history.h"

#include <string>

#include "absl/strings/str_cat.h"

#include "eventstore/base/blake2b.h"
#include "eventstore/base/bytes.h"
#include "eventstore/base/status.h"

namespace mlup::log {
namespace {

pb::ReadAllRequest RequestFor(Position position) {
  pb::ReadAllRequest request;
  request.set_from_position(position.value);
  request.set_limit(1);
  return request;
}

absl::Status PastHead(Position position, Position head) {
  return Error(absl::StatusCode::kFailedPrecondition, "POSITION_PAST_HEAD",
               absl::StrCat("the log ends at ", head.value, " and does not reach ", position.value,
                            ": it was replaced or rolled back, so start again from 0"));
}

}  // namespace

std::uint64_t HistoryOf(const pb::Record& record) {
  return HistoryOfBytes(record.SerializeAsString());
}

std::uint64_t HistoryOfBytes(std::string_view record) {
  return FromBigEndian(Blake2b(record, 32).substr(0, 8));
}

absl::StatusOr<pb::Record> RecordAt(EventLog& log, Position position) {
  ASSIGN_OR_RETURN(pb::ReadAllResponse page, log.ReadAll(RequestFor(position)));
  if (page.records().empty()) return PastHead(position, {page.head()});
  return std::move(*page.mutable_records(0));
}

absl::StatusOr<std::uint64_t> HistoryAt(EventLog& log, Position position) {
  if (position.value == 0) return 0;
  ASSIGN_OR_RETURN(const StoredPage page, log.ReadStored(RequestFor(position), true));
  if (page.count == 0) return PastHead(position, page.head);
  return HistoryOfBytes(page.last_record());
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
