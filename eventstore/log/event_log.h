// The append-only event log: the one interface that services, bus and projections use.
#pragma once

#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "eventstore/base/types.h"
#include "eventstore/log/stored_page.h"
#include "mlup/log/v1/event_store.pb.h"

namespace mlup::log {

namespace pb = ::mlup::log::v1;

// A log of events in streams, with one total order. Three implementations pass one conformance
// suite: MemoryEventLog (the model), RocksEventLog, and the gRPC client.
//
// Any thread may call any method. Positions are gapless and become visible in order: a reader that
// asks for what follows p can never miss an event. Nothing past the durable watermark is visible to
// anybody. Limits are in eventstore/base/limits.h. The messages and their errors are documented in
// proto/mlup/log/v1/event_store.proto.
class EventLog {
 public:
  virtual ~EventLog() = default;

  // Appends all events or none; returns when they are durable. A write without events only checks
  // what it expects. A stream may be written again further on, so that positions follow the order
  // of the writes; it states what it expects the first time only. A repetition (same key, same
  // digest) returns the first result with `replayed`, before any expectation is checked. At least
  // one event in all is required, and no event has the id of another one of the log. ABORTED
  // VERSION_MISMATCH; FAILED_PRECONDITION EVENT_ID_TAKEN; ALREADY_EXISTS REQUEST_ID_REUSED;
  // INVALID_ARGUMENT with the field; RESOURCE_EXHAUSTED QUEUE_FULL; UNAVAILABLE when the log is
  // shutting down.
  virtual absl::StatusOr<pb::AppendResponse> Append(const pb::AppendRequest& request) = 0;

  // Appends each request as Append() does, in order and whatever becomes of the others, without
  // waiting where the log can. Tells `done` all results once, on this thread or another; it must
  // not block, and the requests must live until then.
  virtual void AppendLater(
      const std::vector<const pb::AppendRequest*>& requests,
      std::function<void(std::vector<absl::StatusOr<pb::AppendResponse>>)> done);

  // Appends each request as Append() does, in order, and answers each by itself. One that fails
  // stops only those after it that name a stream it was to write: they rest on what is not there,
  // and are ABORTED VERSION_MISMATCH. Where the log can, all are committed together.
  virtual std::vector<absl::StatusOr<pb::AppendResponse>> AppendEach(
      const std::vector<pb::AppendRequest>& requests);

  // The result of the append with this key, if there is one. ALREADY_EXISTS REQUEST_ID_REUSED when
  // its digest differs.
  virtual absl::StatusOr<pb::LookupResponse> Lookup(const pb::LookupRequest& request) = 0;

  // A page of one stream; an unknown stream is an empty stream.
  virtual absl::StatusOr<pb::ReadStreamResponse> ReadStream(
      const pb::ReadStreamRequest& request) = 0;

  // The same as it is stored.
  virtual absl::StatusOr<StoredStream> ReadStreamStored(const pb::ReadStreamRequest& request);

  // A page of the whole log.
  virtual absl::StatusOr<pb::ReadAllResponse> ReadAll(const pb::ReadAllRequest& request) = 0;

  // The same as it is stored. Without `with_system` the log's own events are passed over, as a
  // filter passes over others.
  virtual absl::StatusOr<StoredPage> ReadStored(const pb::ReadAllRequest& request,
                                                bool with_system);

  // The last durable position.
  virtual absl::StatusOr<Position> Head() = 0;

  // Waits until the head is past `position` or `timeout` has passed, and returns the head. This is
  // a hint: followers read again after either outcome.
  virtual absl::StatusOr<Position> WaitPast(Position position, absl::Duration timeout) = 0;
};

}  // namespace mlup::log
