// How appends of this face are put to the log, and what its refusals mean.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/random.h"
#include "eventstore/base/types.h"
#include "eventstore/log/event_log.h"
#include "services/esdb/faults.h"

// All functions are pure and may be called from any thread.
namespace mlup::esdb {

log::pb::StreamWrite& AddWrite(log::pb::AppendRequest& request, const std::string& stream);

// The stream as it was read; 0 is none.
void ExpectExactly(Revision revision, log::pb::Expected& ours);

// At most kAppendEventsMax events, and kEsdbAppendBytesMax of content: AppendTooLarge().
absl::Status CheckSize(std::size_t events, std::size_t content_bytes);

// Of an event that ToEvent() made, within a few bytes.
std::size_t ContentBytes(const log::pb::Event& event);

// Makes the request known by this text, in its key and in each of its events.
void SetKey(std::string_view text, log::pb::AppendRequest& request);

// Whether a stream with this last revision, of ours, is as expected.
bool Fits(const Expected& expected, Revision last);

// Whether the log refused because a stream is not as expected.
bool IsMismatch(const absl::Status& status);

// Whether the log refused because another of its events, or of the append, has one of these ids.
bool IsIdTaken(const absl::Status& status);

// Clients' ids are of a stream, and stay with the event (ClientId()); ours are of the whole log.
void GiveNewIds(std::vector<log::pb::Event>& events, const Clock& clock, Random& random);

// The log's error as clients know it.
absl::Status Translated(const absl::Status& status);

}  // namespace mlup::esdb
