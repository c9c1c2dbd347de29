// Records of the second version of the protocol, as the first one has them.
#pragma once

#include "event_store/client/streams_service.pb.h"
#include "eventstore/base/status.h"
#include "kurrentdb/protocol/v2/streams/streams_service.pb.h"
#include "services/esdb/faults.h"

// All functions are pure and may be called from any thread.
namespace mlup::esdb {

namespace pb = ::event_store::client;
namespace v2 = ::kurrentdb::protocol::v2::streams;

// The schema's name is the type, its format decides the content type, and both stand with the
// properties in the metadata, as JSON. A record without an id gets `new_id`. INVALID_ARGUMENT
// PROPERTIES_INVALID and those of strict::ParseJson(); MetadataMissing().
absl::StatusOr<pb::streams::AppendReq::ProposedMessage> ToProposed(const v2::AppendRecord& record,
                                                                   std::string_view new_id);

// A revision, -1 for no stream, -2 for any or -4 for an existing one. INVALID_ARGUMENT
// REVISION_INVALID.
absl::StatusOr<Expected> ExpectedOf(std::int64_t number);

}  // namespace mlup::esdb
