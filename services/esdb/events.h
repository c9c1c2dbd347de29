// Events: ours, and as EventStoreDB clients send and get them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

#include "event_store/client/streams_service.pb.h"
#include "eventstore/base/status.h"
#include "mlup/log/v1/envelope.pb.h"
#include "services/esdb/identifiers.h"

// All functions are pure and may be called from any thread.
namespace mlup::esdb {

using RecordedEvent = pb::streams::ReadResp::ReadEvent::RecordedEvent;

inline constexpr std::string_view kExternalEventType = "mlup.ext.v1.ExternalEvent";

// On whose behalf an outside system appends.
struct Author {
  std::string subscriber_id;
  std::string organisation_id;
  // Name of the source system in the envelope.
  std::string source_system;
  // Categories that are its own; then it appends nowhere else.
  std::vector<std::string> categories = {};
  // Those of others.
  std::vector<std::string> closed_categories = {};
};

// The event that a client proposes. INVALID_ARGUMENT: MetadataMissing(), AppendTooLarge(), or with
// words; AccessDenied() for a type that only we record.
absl::StatusOr<log::v1::Event> ToEvent(const pb::streams::AppendReq::ProposedMessage& message,
                                       const Author& author);

// An event of the face itself: metadata or a tombstone.
// The id that the client gave the event; the log's own where it came another way. They differ where
// another event of the log had the client's already.
const std::string& ClientId(const log::v1::Event& event);

log::v1::Event SystemEvent(std::string_view type, std::string_view json, std::string event_id,
                           const Author& author);

// Type, stream and revision as clients see them. The stream is empty for what they never see.
struct Outline {
  std::string stream;
  std::string type;
  std::uint64_t revision = 0;
  std::string correlation = {};
};
Outline OutlineOf(const log::v1::Record& record);

// The record as clients get it. Domain events become JSON of their clear fields, with the facts of
// the envelope as metadata; sealed parts are never shown; a type that this version does not know
// comes as bytes. DATA_LOSS PAYLOAD_DAMAGED.
absl::StatusOr<RecordedEvent> ToRecorded(const log::v1::Record& record, UuidForm form);

// Where a link points.
struct LinkTarget {
  std::string stream;
  std::uint64_t revision = 0;
};
// From the content of a link event, `7@order-1`. INVALID_ARGUMENT LINK_INVALID.
absl::StatusOr<LinkTarget> ParseLink(std::string_view data);

// The link event of a virtual stream: its number there and what it points to; in `$category-…` the
// name of a stream.
RecordedEvent VirtualLink(std::string_view link_stream, std::uint64_t number,
                          const log::v1::Record& target, UuidForm form);

}  // namespace mlup::esdb
