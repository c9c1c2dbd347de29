// Reads runs of neighbouring positions as pages.
#include "services/query/records.h"

#include "absl/strings/str_cat.h"

namespace mlup::query {
namespace {

// Positions at most so far apart are read as one page: cheaper than another call.
constexpr std::uint64_t kPageEvents = 64;

}  // namespace

absl::StatusOr<std::vector<log::v1::Record>> ReadRecords(log::EventLog& log,
                                                         const std::vector<Position>& positions) {
  std::vector<log::v1::Record> records;
  while (records.size() < positions.size()) {
    const std::size_t begin = records.size();
    const std::uint64_t from = positions[begin].value;
    std::size_t end = begin + 1;
    while (end < positions.size() && positions[end].value < from + kPageEvents) ++end;
    log::v1::ReadAllRequest request;
    request.set_from_position(from);
    request.set_limit(static_cast<std::uint32_t>(positions[end - 1].value - from + 1));
    ASSIGN_OR_RETURN(log::v1::ReadAllResponse page, log.ReadAll(request));
    // A page may end early; what it lacks is read with the next one.
    for (log::v1::Record& record : *page.mutable_records()) {
      if (records.size() == end || record.position() > positions[records.size()].value) break;
      if (record.position() == positions[records.size()].value) {
        records.push_back(std::move(record));
      }
    }
    if (records.size() == begin) {
      return Error(absl::StatusCode::kDataLoss, "RECORD_MISSING",
                   absl::StrCat("the log has no record at position ", from));
    }
  }
  return records;
}

}  // namespace mlup::query
