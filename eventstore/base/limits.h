// Every bound of the product in one place. Sizes are bytes unless the name says otherwise.
#pragma once

#include <cstddef>

namespace mlup {

inline constexpr std::size_t kEventBytesMax = 256 << 10;    // one event with its parts
inline constexpr std::size_t kAppendBytesMax = 1 << 20;     // one Append()
inline constexpr std::size_t kGroupBytesMax = 16 << 20;     // one commit group
inline constexpr std::size_t kAppendEventsMax = 1024;       // events in one Append()
inline constexpr std::size_t kAppendStreamsMax = 64;        // streams in one Append()
inline constexpr std::size_t kAppendQueueMax = 4096;        // appends waiting for the committer
inline constexpr std::size_t kReadEventsMax = 1024;         // records in one page
inline constexpr std::size_t kReadBytesMax = 2 << 20;       // bytes of records in one page
inline constexpr std::size_t kStreamNameMax = 128;          // category, slash and id
inline constexpr std::size_t kRequestIdMax = 64;            // characters of a request id
inline constexpr std::size_t kSubjectsMax = 256;            // data subjects of one event
inline constexpr std::size_t kSubscriptionsMax = 256;       // live subscriptions of one server
inline constexpr std::size_t kMessageReceiveMax = 1 << 20;  // one gRPC request
inline constexpr std::size_t kMessageSendMax = 4 << 20;     // one gRPC response
inline constexpr int kCommandRetriesMax = 3;                // tries again after ABORTED
inline constexpr std::size_t kTextCharactersMax =
    4000;                                              // any text field without a bound of its own
inline constexpr std::size_t kRepeatedItemsMax = 256;  // any list without a bound of its own

static_assert(kEventBytesMax <= kAppendBytesMax);
static_assert(kAppendBytesMax <= kMessageReceiveMax);
static_assert(kAppendBytesMax <= kGroupBytesMax);
static_assert(kReadBytesMax + kEventBytesMax <= kMessageSendMax);

}  // namespace mlup
