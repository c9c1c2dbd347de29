#include "eventstore/log/event_log.h"

#include <utility>

#include "eventstore/base/status.h"
#include "eventstore/log/append_rules.h"
#include "eventstore/log/read_rules.h"

namespace mlup::log {
namespace {

// A repetition is recognised before anything is expected.
absl::StatusOr<pb::AppendResponse> ReplayOr(EventLog& log, const pb::AppendRequest& request,
                                            const absl::Status& lost) {
  pb::LookupRequest lookup;
  *lookup.mutable_key() = request.key();
  lookup.set_request_digest(request.request_digest());
  absl::StatusOr<pb::LookupResponse> earlier = log.Lookup(lookup);
  if (!earlier.ok()) return earlier.status();
  if (!earlier->found()) return lost;
  return std::move(*earlier->mutable_result());
}

void Add(const pb::Record& record, StoredRecords& records) {
  records.Add({record.position()}, record.SerializeAsString());
}

}  // namespace

void EventLog::AppendLater(
    const std::vector<const pb::AppendRequest*>& requests,
    std::function<void(std::vector<absl::StatusOr<pb::AppendResponse>>)> done) {
  std::vector<absl::StatusOr<pb::AppendResponse>> results;
  results.reserve(requests.size());
  for (const pb::AppendRequest* request : requests) results.push_back(Append(*request));
  done(std::move(results));
}

absl::StatusOr<StoredStream> EventLog::ReadStreamStored(const pb::ReadStreamRequest& request) {
  ASSIGN_OR_RETURN(const pb::ReadStreamResponse read, ReadStream(request));
  StoredStream page;
  page.last_revision = {read.last_revision()};
  for (const pb::Record& record : read.records()) Add(record, page);
  return page;
}

absl::StatusOr<StoredPage> EventLog::ReadStored(const pb::ReadAllRequest& request,
                                                bool with_system) {
  ASSIGN_OR_RETURN(const pb::ReadAllResponse read, ReadAll(request));
  StoredPage page;
  page.next = {read.next_position()};
  page.head = {read.head()};
  for (const pb::Record& record : read.records()) {
    if (with_system || !IsSystem(record)) Add(record, page);
  }
  return page;
}

std::vector<absl::StatusOr<pb::AppendResponse>> EventLog::AppendEach(
    const std::vector<pb::AppendRequest>& requests) {
  std::vector<absl::StatusOr<pb::AppendResponse>> results;
  LostWrites lost;
  for (const pb::AppendRequest& request : requests) {
    const absl::Status rests = lost.Check(request);
    results.push_back(rests.ok() ? Append(request) : ReplayOr(*this, request, rests));
    if (!results.back().ok()) lost.Add(request);
  }
  return results;
}

}  // namespace mlup::log
