// Identifiers of events and answers, as clients write and get them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "event_store/client/shared.pb.h"
#include "eventstore/base/status.h"

// All functions are pure and may be called from any thread.
namespace mlup::esdb {

namespace pb = ::event_store::client;

// How UUIDs are written to this client.
enum class UuidForm { kText, kNumbers };

// A UUID as text of 36 characters in lower case. What clients write is what .NET's Guid.Parse
// takes, because the servers that they know take that: digits in any case, with hyphens or without,
// in braces or parentheses, as fields `{0x…,0x…,0x…,{0x…,…}}`, with white space around it; or the
// two numbers of the structured form. INVALID_ARGUMENT EVENT_ID_INVALID.
absl::StatusOr<std::string> UuidText(const pb::UUID& uuid);
pb::UUID ToUuid(std::string_view text, UuidForm form);

}  // namespace mlup::esdb
