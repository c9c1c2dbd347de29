#include "eventstore/log/event_log.h"

#include <utility>

#include "eventstore/log/append_rules.h"

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

}  // namespace

void EventLog::AppendLater(
    const std::vector<const pb::AppendRequest*>& requests,
    std::function<void(std::vector<absl::StatusOr<pb::AppendResponse>>)> done) {
  std::vector<absl::StatusOr<pb::AppendResponse>> results;
  results.reserve(requests.size());
  for (const pb::AppendRequest* request : requests) results.push_back(Append(*request));
  done(std::move(results));
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
